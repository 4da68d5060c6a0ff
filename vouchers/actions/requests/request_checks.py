"""What stops a request from being saved or sent, reported beside the field it is about.

Tested in `vouchers.actions.requests.tests.test_requests`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from common.formats import as_number
from common.refused import Refused
from schools.models import Organisation
from vouchers.models import Period, Provider, PupilLine, VoucherRequest
from vouchers.references import check_free_text, check_reference, reference_key
from vouchers.states import STANDING_LINES, LineState, RequestState, Wish

MAX_LINES = 1_000


@dataclass(frozen=True, slots=True)
class LineInput:
    """One pupil as the asker typed it. `school` is the pupil's; a school may leave it out."""

    reference: str
    school: Organisation | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for the whole request."""

    education_type: str = ""
    wish: str = Wish.NONE
    wish_provider: Provider | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where. `field`: period, organisation, lines, reference, school,
    education_type, wish_provider, note or question. `line`: which pupil, counted from 1."""

    field: str
    message: str
    line: int | None = None


class RequestRefused(Refused):
    """Nothing was written: here is why, field by field. `message` is all of it in one text."""

    code: str

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        message = " ".join(problem.message for problem in problems)
        fields = {problem.field for problem in problems}
        super().__init__(message, fields.pop() if len(fields) == 1 else "", code=self.code)


class DraftRefused(RequestRefused):
    """A draft may not contain this (a name, a national number, a school that is not one)."""

    code = "draft-not-kept"


class SubmitRefused(RequestRefused):
    """A request cannot be sent like this; the draft is kept."""

    code = "request-incomplete"


class DecisionRefused(RequestRefused):
    """A decision or question is incomplete; the request is as it was."""

    code = "decision-incomplete"


def text_problem(field: str, text: str) -> Iterator[Problem]:
    """What is wrong with a free text that contains a national number (rule 5)."""
    try:
        check_free_text(text)
    except Refused as refusal:
        yield Problem(field, refusal.message)


def draft_problems(
    organisation: Organisation, lines: Sequence[LineInput], defaults: Defaults
) -> Iterator[Problem]:
    """What the portal does not store, not even in a draft."""
    if len(lines) > MAX_LINES:
        yield Problem(
            "lines",
            _("Een aanvraag telt ten hoogste {n} leerlingen. Maak een tweede voor de rest.").format(
                n=as_number(MAX_LINES)
            ),
        )
    for number, line in enumerate(lines, 1):
        yield from _line_problems(organisation, line, number)
    if defaults.wish != Wish.NONE and defaults.wish_provider is None:
        yield Problem("wish_provider", _("Kies van welke provider je een voucher wil."))
    yield from text_problem("note", defaults.note)


def doubles_in_form(lines: Sequence[LineInput]) -> Iterator[Problem]:
    """References that occur in the form more than once: kept in a draft, never sent."""
    yield from _twice([reference_key(line.reference) for line in lines])


def _twice(keys: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, key in enumerate(keys, 1):
        if first.setdefault(key, number) != number:
            sentence = _("Deze referentie staat al bij leerling {n}. Geef elke leerling een eigen.")
            yield Problem("reference", sentence.format(n=first[key]), number)


def _line_problems(organisation: Organisation, line: LineInput, number: int) -> Iterator[Problem]:
    try:
        check_reference(line.reference)
    except Refused as refusal:
        yield Problem("reference", refusal.message, number)
    if line.school is None:
        return
    if organisation.is_school and line.school != organisation:
        message = _("Een school vraagt alleen voor haar eigen leerlingen.")
        yield Problem("school", message, number)
    elif not line.school.is_school:
        yield Problem("school", _("Kies een school, geen gemeente of OCMW."), number)


def sending_problems(request: VoucherRequest, day: date) -> list[Problem]:
    """Everything that stops this request, as stored, from being sent on this day."""
    lines = list(request.lines.exclude(state=LineState.WITHDRAWN).select_related("school"))
    lines.sort(key=lambda line: (line.position, line.pk))
    return [
        *_period_problems(request, day),
        *_organisation_problems(request.organisation, day),
        *no_line(lines),
        *_school_problems(request, lines, day),
        *_doubles(request, lines),
        *_type_problems(request, lines),
        *text_problem("note", request.note),
    ]


def period_problem(period: Period, day: date) -> Problem | None:
    """Why nobody can ask in this period on this day, and what to do instead."""
    if period.takes_requests_on(day):
        return None
    if day < period.asks_from:
        return Problem(
            "period",
            _("Aanvragen voor {period} kan vanaf {day}. Bewaar en kom dan terug.").format(
                period=period.name, day=f"{period.asks_from:%d/%m/%Y}"
            ),
        )
    since = period.asks_until + timedelta(days=1)
    if period.closed_at:
        since = min(since, timezone.localdate(period.closed_at))
    return Problem(
        "period",
        _(
            "Aanvragen voor {period} kan niet meer sinds {day}. "
            "Mail {email} als er een leerling dringend zonder internet zit."
        ).format(
            period=period.name,
            day=f"{since:%d/%m/%Y}",
            email=settings.SUPPORT_EMAIL,
        ),
    )


def _period_problems(request: VoucherRequest, day: date) -> Iterator[Problem]:
    """After a question an asker may answer past the last day, until the period closes."""
    answering = request.state == RequestState.RETURNED and request.period.closed_at is None
    problem = period_problem(request.period, day)
    if problem and not answering:
        yield problem


def _organisation_problems(organisation: Organisation, day: date) -> Iterator[Problem]:
    if not organisation.exists_on(day):
        yield Problem("organisation", _closed(organisation))


def _closed(organisation: Organisation) -> str:
    if organisation.closed_on is None:
        return _("{name} bestaat nog niet in het register. Mail {email}.").format(
            name=organisation.name, email=settings.SUPPORT_EMAIL
        )
    return _(
        "{name} is gesloten sinds {day}. Vraag aan in naam van de school waar de leerling nu is, "
        "of mail {email}."
    ).format(
        name=organisation.name,
        day=f"{organisation.closed_on:%d/%m/%Y}",
        email=settings.SUPPORT_EMAIL,
    )


def no_line(lines: Sequence[object]) -> Iterator[Problem]:
    """A request must be for somebody."""
    if not lines:
        yield Problem("lines", _("Vul minstens één leerling in."))


def _school_problems(
    request: VoucherRequest, lines: Sequence[PupilLine], day: date
) -> Iterator[Problem]:
    for number, line in enumerate(lines, 1):
        if line.state != LineState.DRAFT:
            continue
        if line.school is None:
            yield Problem("school", _("Kies de school van deze leerling."), number)
        elif line.school != request.organisation and not line.school.exists_on(day):
            yield Problem("school", _closed(line.school), number)


def _doubles(request: VoucherRequest, lines: Sequence[PupilLine]) -> Iterator[Problem]:
    """A reference used twice in the form, or already in this period (rule 5, "Doubles")."""
    keys = {line.reference_key for line in lines}
    earlier = {
        line.reference_key: line.request.label
        for line in PupilLine.objects.filter(
            organisation=request.organisation_id,
            period=request.period_id,
            reference_key__in=keys,
            state__in=STANDING_LINES,
        )
        .exclude(request=request)
        .select_related("request__period")
    }
    yield from _twice([line.reference_key for line in lines])
    for number, line in enumerate(lines, 1):
        if line.reference_key in earlier:
            sentence = _(
                "Voor deze referentie vroeg je deze golf al een voucher, in aanvraag {number}. "
                "Haal deze leerling weg."
            )
            yield Problem(
                "reference", sentence.format(number=earlier.pop(line.reference_key)), number
            )


def _type_problems(request: VoucherRequest, lines: Sequence[PupilLine]) -> Iterator[Problem]:
    """Schools with one type settle this themselves; for the others the request must
    (docs/facts.md)."""
    schools = {
        line.school_id: line.school
        for line in lines
        if line.state == LineState.DRAFT and line.school and not line.school.only_education_type
    }
    if schools and not request.education_type:
        yield Problem("education_type", _("Kies het type onderwijs."))
        return
    for school in schools.values():
        if school.education_types and request.education_type not in school.education_types:
            yield Problem(
                "education_type",
                _("{school} heeft geen {type}. Kies een ander type, of maak een aparte aanvraag.")
                .format(school=school.name, type=request.get_education_type_display()),
            )  # fmt: skip


def clashing_keys(request: VoucherRequest, keys: Sequence[str]) -> str | None:
    """The number of another request of this organisation that has since used one of these."""
    line = (
        PupilLine.objects.filter(
            organisation=request.organisation_id,
            period=request.period_id,
            reference_key__in=keys,
            state__in=STANDING_LINES,
        )
        .exclude(request=request)
        .select_related("request__period")
        .first()
    )
    return line.request.label if line else None
