"""The ministry's forms about codes that are reclaimed automatically, and about school holidays.

Tested in `pages.ministry.tests.test_reclaims`.
"""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from common.fields import DayField, SearchField
from common.filters import Filter
from pages.ministry.forms import Choices, about
from pages.ministry.stock_forms import in_order
from pages.shared.fields import PeriodField
from pages.shared.one_column import OneColumn
from vouchers.actions.life.reclaims import SUGGESTED_DAYS
from vouchers.models import ReclaimNotice, SchoolHoliday
from vouchers.models.periods import FEWEST_DAYS, MOST_DAYS
from vouchers.models.reclaims import ReclaimNoticeQuerySet


class ReclaimRuleForm(OneColumn, forms.Form):
    """After how many days unseen codes of a wave are reclaimed."""

    button: str | StrPromise = gettext_lazy("Aanzetten")
    days = forms.IntegerField(
        label=gettext_lazy("Na hoeveel dagen nemen we een code terug die niemand zag?"),
        min_value=FEWEST_DAYS,
        max_value=MOST_DAYS,
        initial=SUGGESTED_DAYS,
        help_text=gettext_lazy(
            "Dagen in een schoolvakantie tellen niet mee. De organisatie krijgt eerst een week de "
            "tijd om te kiezen. Ons voorstel: 30."
        ),
        widget=forms.NumberInput(attrs={"class": "short"}),
    )


class HolidayForm(OneColumn, forms.ModelForm):
    """A school holiday that is not in the list yet."""

    starts_on = DayField(label=gettext_lazy("Eerste dag"))
    ends_on = DayField(label=gettext_lazy("Laatste dag"))

    class Meta:
        model = SchoolHoliday
        fields = ("kind", "starts_on", "ends_on")

    def clean(self) -> dict[str, object]:
        said = super().clean() or self.cleaned_data
        in_order(self, "starts_on", "ends_on")
        return said


class ReclaimFilter(Filter[ReclaimNoticeQuerySet]):
    """Announcements; it opens with those that still apply."""

    OPEN, KEPT, TAKEN, EVERYTHING = "aangekondigd", "nog-in-gebruik", "teruggenomen", "alle"
    STATES: Choices = [
        (OPEN, gettext_lazy("aangekondigd")),
        (KEPT, gettext_lazy("nog in gebruik, zegt de organisatie")),
        (TAKEN, gettext_lazy("teruggenomen")),
        (EVERYTHING, gettext_lazy("alle")),
    ]

    opens_with = {"staat": OPEN}
    everything = {"staat": EVERYTHING}
    exact = {"golf": "request__period"}

    zoek = SearchField(gettext_lazy("Nummer, naam of gemeente"))
    staat = forms.ChoiceField(label=gettext_lazy("Status"), choices=STATES, required=False)
    golf = PeriodField()

    @property
    def state(self) -> str:
        return str(self.values.get("staat", self.EVERYTHING))

    def condition(self) -> Q:
        found = super().condition() & self._in_state()
        if text := self.values.get("zoek"):
            found &= about(text, organisation="request__organisation")
        return found

    def _in_state(self) -> Q:
        if self.state == self.OPEN:
            return Q(pk__in=ReclaimNotice.objects.open().values("pk"))
        conditions = {self.KEPT: Q(kept_at__isnull=False), self.TAKEN: Q(taken__gt=0)}
        return conditions.get(self.state, Q())
