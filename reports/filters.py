"""What the address of a report asks for, as a form.

Tested in `voucherportal.tests.test_filters` and `pages.ministry.tests.test_reports`.
"""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from common.fields import ChoiceOfAny, DayField, SearchField
from common.filters import Filter
from reports.figures import BY_NAME, FIGURES, Dimension, Figure, Reading
from reports.tables import Question
from schools.models import EducationType, Province
from vouchers.models import Period

READINGS = {"cohort": Reading.COHORT, "activiteit": Reading.ACTIVITY}
READING_CHOICES = [
    ("cohort", _("de leerlingen van deze golf, tot nu")),
    ("activiteit", _("wat in deze dagen gebeurde")),
]
# What a table shows at first sight; the rest on request.
MAIN = ("requested", "granted", "waiting", "handed_out", "given", "activated", "activation_rate")
MAIN_OF_SCHOOLS = (MAIN[0], "via_other", *MAIN[1:])
ALL = "alle"

# Filters that make no sense beside these rows: a province by province, a school by type.
NOT_ASKED: dict[str, tuple[str, ...]] = {
    "": ("leeg", "zoek"),
    Dimension.SCHOOL: (),
    Dimension.EDUCATION_TYPE: ("type", "zoek"),
    Dimension.PROVINCE: ("provincie", "zoek"),
    Dimension.PERIOD: ("zoek",),
    Dimension.PROVIDER: ("zoek",),
}


class ReportFilter(Filter[Any]):
    """Period, reading, day, and whose figures. The defaults: all periods, the cohort, today,
    everybody. It narrows no rows: the figures are asked through its `question`, and only when all
    of it is valid."""

    run_on = ("lezing", "dag")
    unsaid = ("cijfers",)
    tells_errors = True

    golf = forms.ChoiceField(label=_("Golf"), required=False)
    lezing = forms.ChoiceField(
        label=_("Hoe tellen we?"),
        choices=READING_CHOICES,
        required=False,
    )
    dag = DayField(
        label=_("Zoals bekend op"), required=False, help_text=_("Leeg is vandaag. Dag/maand/jaar.")
    )
    provincie = ChoiceOfAny(_("Provincie"), Province.choices)
    type = ChoiceOfAny(_("Type onderwijs"), EducationType.choices)
    zoek = SearchField(_("Nummer, naam of gemeente"))
    leeg = forms.BooleanField(required=False)
    cijfers = forms.ChoiceField(
        choices=[(ALL, ALL)], required=False, widget=forms.HiddenInput, label=_("Cijfers")
    )

    def __init__(
        self, address: QueryDict, *, path: str = "", today: date, dimension: str = ""
    ) -> None:
        super().__init__(address, path=path)
        self.today = today
        self.dimension = dimension
        golf = self.fields["golf"]
        if isinstance(golf, forms.ChoiceField):
            golf.choices = [("", _("alle golven")), *self._periods_by_name]
        self.fields["leeg"].label = _("Toon ook scholen zonder aanvraag")
        if dimension != Dimension.SCHOOL:
            self.fields["leeg"].label = _("Toon ook rijen zonder leerlingen")
        for name in NOT_ASKED[dimension]:
            del self.fields[name]

    @cached_property
    def periods(self) -> list[Period]:
        """All periods, the newest first; one query."""
        return list(Period.objects.latest_first())

    @property
    def _periods_by_name(self) -> list[tuple[str, str]]:
        return [(period.slug, period.name) for period in self.periods]

    def clean_dag(self) -> date:
        """The day as of which; today by default. A day in the future is not known yet."""
        day: date = self.cleaned_data["dag"] or self.today
        if day > self.today:
            raise forms.ValidationError(
                _("Deze dag is nog niet voorbij. Kies vandaag of een vroegere dag.")
            )
        return day

    @property
    def question(self) -> Question:
        """The question asked; the form has to be valid."""
        asked = self.cleaned_data
        return Question(
            reading=READINGS.get(asked["lezing"], Reading.COHORT),
            as_of=asked["dag"],
            period=next((each for each in self.periods if each.slug == asked["golf"]), None),
            with_empty=asked.get("leeg", False),
            province=asked.get("provincie", ""),
            education_type=asked.get("type", ""),
            search=" ".join(asked.get("zoek", "").split()),
        )

    @property
    def shows_all(self) -> bool:
        """Whether every figure is asked, not only the main ones."""
        return self.cleaned_data["cijfers"] == ALL

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures to show, in order."""
        if self.shows_all:
            return tuple(each for each in FIGURES if each.count(self.question.reading))
        names = MAIN_OF_SCHOOLS if self.dimension == Dimension.SCHOOL else MAIN
        return tuple(BY_NAME[name] for name in names if BY_NAME[name].count(self.question.reading))


def address(request: HttpRequest, path: str = "", **changes: str | None) -> str:
    """This page, or another at `path`, with the same filters but for changes; None removes one."""
    kept = request.GET.copy()
    for name in {*changes, "page"}:
        kept.pop(name, None)
    for name, value in changes.items():
        if value is not None:
            kept[name] = value
    path = path or request.path
    return f"{path}?{kept.urlencode()}" if kept else path


def address_of(question: Question, dimension: Dimension) -> str:
    """The page that asks this question as of the same day, today and later."""
    readings = {reading: word for word, reading in READINGS.items()}
    said = {
        "golf": question.period.slug if question.period else "",
        "lezing": readings[Reading(question.reading)],
        "dag": f"{question.as_of:%d/%m/%Y}",
        "provincie": question.province,
        "type": question.education_type,
        "zoek": question.search,
        "leeg": "on" if question.with_empty else "",
    }
    kept = urlencode({name: value for name, value in said.items() if value})
    return f"{reverse('report', args=[dimension])}?{kept}"
