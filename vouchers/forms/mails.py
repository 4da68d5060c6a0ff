"""Find mails."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy

from schools.models import Organisation
from vouchers.forms.ministry import ANY, REQUEST_NUMBER, searched
from vouchers.models import VoucherRequest
from vouchers.models.mails import MailQuerySet
from vouchers.states import MailKind, MailState


class MailFilter(forms.Form):
    """What is in the address of the list of mails."""

    zoek = forms.CharField(
        label=gettext_lazy("Nummer, naam of adres"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    staat = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=[("", ANY), *MailState.choices], required=False
    )
    soort = forms.ChoiceField(
        label=gettext_lazy("Soort"), choices=[("", ANY), *MailKind.choices], required=False
    )

    def found(self, mails: MailQuerySet) -> MailQuerySet:
        """Those of these mails that fit."""
        self.full_clean()
        exact = {
            "state": self.cleaned_data.get("staat"),
            "kind": self.cleaned_data.get("soort"),
        }
        mails = mails.filter(**{name: value for name, value in exact.items() if value})
        text = self.cleaned_data.get("zoek")
        return mails.filter(_about(text)) if text else mails


def _about(text: str) -> Q:
    """Of a request by its number as one says it, else of an organisation, or to somebody."""
    if REQUEST_NUMBER.match(text):
        return Q(request__in=VoucherRequest.objects.filter(searched(text)))
    to = Q(address__icontains=text) | Q(recipient__name__icontains=text)
    return to | Q(organisation__in=Organisation.objects.matching(text))
