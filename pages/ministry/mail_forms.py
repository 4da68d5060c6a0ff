"""Find mails."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy

from pages.ministry.forms import ANY, about
from pages.shared.fields import SearchField
from vouchers.models.mails import MailQuerySet
from vouchers.states import MailKind, MailState


class MailFilter(forms.Form):
    """What is in the address of the list of mails."""

    zoek = SearchField(gettext_lazy("Nummer, naam of adres"))
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
        if text:
            to = Q(address__icontains=text) | Q(recipient__name__icontains=text)
            mails = mails.filter(about(text, to))
        return mails
