"""The filter of the list of sign-ins. Tested in `pages.ministry.tests.test_sign_ins`."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.models import How, SignInKind
from accounts.sign_in_models import FAILURES, SignInQuerySet
from common.fields import ChoiceOfAny, DayField, SearchField
from common.filters import Filter

RESULTS = [("gelukt", gettext_lazy("gelukt")), ("mislukt", gettext_lazy("mislukt"))]


class SignInFilter(Filter[SignInQuerySet]):
    """What happened at the door, by whom, what, with what, from where and on which day."""

    exact = {"wat": "kind", "hoe": "how", "adres": "address"}

    zoek = SearchField(gettext_lazy("Naam of e-mailadres"))
    wat = ChoiceOfAny(gettext_lazy("Wat"), SignInKind.choices)
    uitkomst = ChoiceOfAny(gettext_lazy("Uitkomst"), RESULTS)
    hoe = ChoiceOfAny(gettext_lazy("Waarmee"), How.choices)
    adres = forms.GenericIPAddressField(label=gettext_lazy("IP-adres"), required=False)
    dag = DayField(label=gettext_lazy("Dag"), required=False)

    def condition(self) -> Q:
        fits = super().condition()
        if text := self.values.get("zoek"):
            fits &= Q(person__name__icontains=text) | Q(person__email__icontains=text)
        if result := self.values.get("uitkomst"):
            failed = Q(kind__in=FAILURES)
            fits &= failed if result == "mislukt" else ~failed
        if day := self.values.get("dag"):
            fits &= Q(at__date=day)
        return fits
