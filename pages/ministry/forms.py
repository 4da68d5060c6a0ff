"""The ministry's forms: find requests and files, decide, answer.

Tested in `pages.ministry.tests.test_requests`, `pages.ministry.tests.test_files`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from common.fields import ChoiceOfAny, SearchField
from common.filters import Filter
from pages.shared.fields import PeriodField
from pages.shared.one_column import OneColumn
from schools.models import EducationType, Organisation, Province
from vouchers.models import Job, PupilLine, VoucherRequest
from vouchers.models.files import ProviderFileQuerySet
from vouchers.models.requests import WAITS_FOR_CODES, VoucherRequestQuerySet
from vouchers.states import FileKind, FileState, RequestState

Choices = list[tuple[str, str | StrPromise]]

REQUEST_NUMBER = re.compile(r"^\s*([A-Za-z0-9]+)\s*-\s*0*(\d+)\s*$")


# Find requests


class RequestFilter(Filter[VoucherRequestQuerySet]):
    """Filter of the ministry's queue of requests."""

    TO_DECIDE = "te-beslissen"
    WAITING = "wacht-op-codes"
    EVERYTHING = "alle"
    STATES: Choices = [
        (TO_DECIDE, gettext_lazy("te beslissen")),
        (WAITING, gettext_lazy("wacht op codes")),
        ("wacht-op-aanvrager", gettext_lazy("wacht op de aanvrager")),
        ("uitgereikt", gettext_lazy("uitgereikt")),
        ("geweigerd", gettext_lazy("helemaal geweigerd")),
        ("ingetrokken", gettext_lazy("ingetrokken")),
        (EVERYTHING, gettext_lazy("alle")),
    ]
    opens_with = {"staat": TO_DECIDE}
    everything = {"staat": EVERYTHING}
    exact = {"golf": "period"}

    zoek = SearchField(gettext_lazy("Nummer, naam of gemeente"))
    staat = forms.ChoiceField(label=gettext_lazy("Status"), choices=STATES, required=False)
    golf = PeriodField()
    provincie = ChoiceOfAny(gettext_lazy("Provincie"), Province.choices)
    type = ChoiceOfAny(gettext_lazy("Type onderwijs"), EducationType.choices)
    # The page of a job links here: the requests that it handed out codes for.
    taak = forms.IntegerField(
        label=gettext_lazy("Uitgereikt met taak"),
        required=False,
        max_value=2**31 - 1,
        widget=forms.HiddenInput,
    )

    def __init__(self, address: QueryDict, *, path: str = "", state: str = "") -> None:
        """state: the part of the work to show, overriding the address."""
        super().__init__(address, path=path)
        if state:
            self.address["staat"] = state

    @property
    def state(self) -> str:
        """Which part of the work."""
        return str(self.values.get("staat", self.EVERYTHING))

    @staticmethod
    def in_state(requests: VoucherRequestQuerySet, state: str) -> VoucherRequestQuerySet:
        """The requests that are in one part of the work."""
        return requests.filter(_in_state(state))

    def condition(self) -> Q:
        """Province and type are matched against the pupils: one match is enough."""
        found = super().condition() & _in_state(self.state)
        lines = PupilLine.objects.filter(request=OuterRef("pk"))
        if province := self.values.get("provincie"):
            found &= Q(Exists(lines.filter(province=province)))
        if education_type := self.values.get("type"):
            found &= Q(Exists(lines.filter(education_type=education_type)))
        if "taak" in self.values:
            found &= _handed_out_by(self.values["taak"])
        if text := self.values.get("zoek"):
            found &= searched(text)
        return found


def _in_state(state: str) -> Q:
    """Requests in one part of the ministry's work; partly granted and partly served are counts of
    lines."""
    decided = Q(state=RequestState.DECIDED)
    conditions = {
        RequestFilter.TO_DECIDE: Q(state=RequestState.SUBMITTED),
        RequestFilter.WAITING: WAITS_FOR_CODES,
        "wacht-op-aanvrager": Q(state=RequestState.RETURNED),
        "uitgereikt": decided & Q(counts__granted__gt=0, counts__waiting=0),
        "geweigerd": decided & (Q(counts=None) | Q(counts__granted=0)),
        "ingetrokken": Q(state=RequestState.WITHDRAWN),
    }
    return conditions.get(state, Q())


def _handed_out_by(number: int) -> Q:
    """Requests that got codes from a job; none when there is no such job."""
    job = Job.objects.filter(pk=number).first() or Job()
    return Q(pk__in=job.hand_outs().values("line__request"))


def searched(text: str) -> Q:
    """Match a request by its number as people write it (G3-421), otherwise by words of the
    organisation's name."""
    number = REQUEST_NUMBER.match(text)
    if number and len(number[2]) < 10:
        return Q(period__prefix__iexact=number[1], number=int(number[2]))
    return Q(organisation__in=Organisation.objects.matching(text))


def about(text: str, also: Q | None = None, *, organisation: str = "organisation") -> Q:
    """Match rows by the number of their request as people write it, otherwise by organisation
    (`organisation`: the path to it), and by whatever else the text may name (`also`)."""
    if REQUEST_NUMBER.match(text):
        return Q(request__in=VoucherRequest.objects.filter(searched(text)))
    named = Q(**{f"{organisation}__in": Organisation.objects.matching(text)})
    return named | also if also else named


# The database has one state for both; a page says which of the two it is.
_REFUSED = gettext_lazy("geweigerd of niet toegepast")


class FileFilter(Filter[ProviderFileQuerySet]):
    exact = {"staat": "state", "soort": "kind"}

    staat = ChoiceOfAny(
        gettext_lazy("Status"),
        [
            (state, _REFUSED if state == FileState.REFUSED else label)
            for state, label in FileState.choices
        ],
    )
    soort = ChoiceOfAny(gettext_lazy("Soort"), FileKind.choices)


# Decide


class DecisionForm(forms.Form):
    """Which pupils are refused and why; the others are granted. `lines`: the requested ones, in
    order.

    One reason may serve all ticked pupils; a reason beside a pupil takes precedence.
    """

    reason = forms.CharField(
        label=gettext_lazy("Reden voor alle aangevinkte leerlingen"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("De school leest deze reden."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, lines: Sequence[PupilLine]
    ) -> None:
        super().__init__(data)
        self.lines = lines
        for number, line in enumerate(lines, 1):
            self.fields[f"refuse_{line.pk}"] = forms.BooleanField(
                label=_("Leerling {n} weigeren").format(n=number), required=False
            )
            self.fields[f"reason_{line.pk}"] = forms.CharField(
                label=_("Reden voor leerling {n}").format(n=number), required=False, max_length=500
            )

    def rows(self) -> list[tuple[PupilLine, forms.BoundField, forms.BoundField]]:
        """Each line with its two fields, for the table."""
        return [(each, self[f"refuse_{each.pk}"], self[f"reason_{each.pk}"]) for each in self.lines]

    def clean(self) -> dict[str, Any]:
        """A refusal needs a reason; a reason without a tick is an error, since it would be lost."""
        said = self.cleaned_data
        for line in self.lines:
            refused, own = said.get(f"refuse_{line.pk}"), said.get(f"reason_{line.pk}")
            if refused and not (own or said.get("reason")):
                self.add_error(f"reason_{line.pk}", _("Geef een reden om te weigeren."))
            if own and not refused:
                self.add_error(
                    f"refuse_{line.pk}", _("Je gaf een reden. Vink ‘weigeren’ aan of wis de reden.")
                )
        return said

    @property
    def refused(self) -> dict[int, str]:
        """The refused lines, each with its reason."""
        said = self.cleaned_data
        return {
            line.pk: said[f"reason_{line.pk}"] or said["reason"]
            for line in self.lines
            if said[f"refuse_{line.pk}"]
        }

    @property
    def granted(self) -> set[int]:
        return {line.pk for line in self.lines} - set(self.refused)


class ReturnForm(OneColumn, forms.Form):
    """The question with which a request is returned."""

    button = gettext_lazy("Terugsturen")
    question = forms.CharField(
        label=gettext_lazy("Wat wil je weten of laten aanpassen?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("De aanvrager leest deze vraag en past de aanvraag dan aan."),
    )


class RefuseRenewalsForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Waarom niet?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("De school leest deze reden."),
        error_messages={"required": gettext_lazy("Zeg waarom, zodat de school verder kan.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.helper = FormHelper()
        self.helper.form_tag = False
