"""The filter of the list of mails. Tested in `pages.ministry.tests.test_mails`."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from common.fields import ChoiceOfAny, SearchField
from common.filters import Filter
from pages.ministry.forms import about
from vouchers.models.mails import MailQuerySet
from vouchers.states import MailKind, MailState


class MailFilter(Filter[MailQuerySet]):
    """Mails, by what they are about and by recipient."""

    exact = {"staat": "state", "soort": "kind"}

    zoek = SearchField(gettext_lazy("Nummer, naam of adres"))
    staat = ChoiceOfAny(gettext_lazy("Status"), MailState.choices)
    soort = ChoiceOfAny(gettext_lazy("Soort"), MailKind.choices)

    def condition(self) -> Q:
        text = self.values.get("zoek")
        if not text:
            return super().condition()
        to = Q(address__icontains=text) | Q(recipient__name__icontains=text)
        return super().condition() & about(text, to)
