"""Asking, sending and deciding: the only writer of requests, their pupil lines and decisions.

Lock order: the request, then its organisation (so that two requests of one organisation cannot
both take a reference), then whatever a hand-out locks.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from schools.models import Organisation
from vouchers import policies
from vouchers.actions.mail import notifications
from vouchers.actions.requests.request_checks import (
    DecisionRefused,
    Defaults,
    DraftRefused,
    LineInput,
    Problem,
    RequestRefused,
    SubmitRefused,
    clashing_keys,
    doubles_in_form,
    draft_problems,
    period_problem,
    sending_problems,
    text_problem,
)
from vouchers.actions.requests.request_rows import (
    freeze_new_lines,
    lock_organisation,
    lock_request,
    provider_of,
    withdraw_lines,
    write_lines,
)
from vouchers.models import Decision, Period, PupilLine, VoucherRequest
from vouchers.states import EDITABLE_REQUESTS, STANDING_LINES, LineState, RequestState

__all__ = [
    "DecisionRefused",
    "Defaults",
    "DraftRefused",
    "LineInput",
    "Problem",
    "RequestRefused",
    "SubmitRefused",
    "begin",
    "create_draft",
    "decide",
    "grant_all",
    "grant_selection",
    "possible_doubles",
    "problems_before_sending",
    "return_to_asker",
    "save_draft",
    "submit",
    "throw_away",
    "undo_decision",
    "withdraw",
]


def begin(
    *,
    organisation: Organisation,
    period: Period,
    lines: Sequence[LineInput],
    defaults: Defaults,
    by: User,
    now: datetime,
    form_token: UUID,
) -> VoucherRequest:
    """A new request with what was typed, if anything. A form that was already sent gives the
    request it made, unchanged. Raises as `create_draft` and `save_draft` do."""
    with recorded(by=by, why=gettext_noop("aanvraag begonnen")):
        draft = create_draft(
            organisation=organisation, period=period, by=by, now=now, form_token=form_token
        )
        if draft.state not in EDITABLE_REQUESTS:
            return draft
        return save_draft(request=draft, lines=lines, defaults=defaults, by=by, now=now)


def create_draft(
    *,
    organisation: Organisation,
    period: Period,
    by: User,
    now: datetime,
    form_token: UUID | None = None,
) -> VoucherRequest:
    """An empty request; the same `form_token` again gives the request it made, sent or not.

    Raises Refused for anyone who does not act for the organisation, DraftRefused when the period
    takes no requests today.
    """
    with recorded(by=by, why=gettext_noop("aanvraag begonnen")):
        policies.check_acts_for(by, organisation)
        # The period is locked for its number; a second post of the same form waits here.
        period = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        made = VoucherRequest.objects.filter(form_token=form_token).first() if form_token else None
        if made:
            policies.check_acts_for(by, made.organisation)
            return made
        problem = period_problem(period, timezone.localdate(now))
        _refuse_if([problem] if problem else [], DraftRefused)
        period.last_number += 1
        period.save(update_fields=["last_number"])
        return VoucherRequest.objects.create(
            organisation=organisation,
            period=period,
            number=period.last_number,
            form_token=form_token or uuid4(),
            created_at=now,
            created_by=by,
        )


def save_draft(
    *,
    request: VoucherRequest,
    lines: Sequence[LineInput],
    defaults: Defaults,
    by: User,
    now: datetime,
) -> VoucherRequest:
    """Store what was typed. Unchanged lines keep their row; in a returned request, lines that were
    sent and are now absent or different are withdrawn, never deleted.

    Raises Refused, or DraftRefused with what may not be stored.
    """
    with recorded(by=by, why=gettext_noop("aanvraag bewaard")):
        request = lock_request(request.pk)
        policies.check_can_edit(by, request)
        problems = list(draft_problems(request.organisation, lines, defaults))
        # Reported along with the rest, so that all problems show at once; alone it stops no draft.
        _refuse_if([*problems, *doubles_in_form(lines)] if problems else [], DraftRefused)
        write_lines(request, lines, defaults, by=by, now=now)
        request.education_type = defaults.education_type
        request.wish = defaults.wish
        request.wish_provider = provider_of(defaults)
        request.note = defaults.note
        request.save(update_fields=["education_type", "wish", "wish_provider", "note"])
        return request


def problems_before_sending(request: VoucherRequest, now: datetime) -> list[Problem]:
    """What would stop this request, as stored, from being sent now; changes nothing."""
    return sending_problems(request, timezone.localdate(now))


def submit(*, request: VoucherRequest, by: User, now: datetime) -> VoucherRequest:
    """Send a request. Lines sent for the first time freeze their school, type, place and wish.

    Raises Refused, or SubmitRefused with every problem; the draft is then kept.
    """
    with recorded(by=by, why=gettext_noop("aanvraag verstuurd")):
        request = lock_request(request.pk)
        policies.check_can_submit(by, request)
        lock_organisation(request)
        # Whoever closed the period had locked the request: the joined period may be stale.
        request.period.refresh_from_db()
        _refuse_if(sending_problems(request, timezone.localdate(now)), SubmitRefused)
        freeze_new_lines(request, now)
        request.state = RequestState.SUBMITTED
        request.submitted_at, request.submitted_by = now, by
        request.save(update_fields=["state", "submitted_at", "submitted_by"])
        notifications.received(request=request, now=now)
        return request


def withdraw(*, request: VoucherRequest, by: User, now: datetime) -> VoucherRequest:
    """Take back a request that was sent but not decided; its lines are withdrawn with it."""
    with recorded(by=by, why=gettext_noop("aanvraag ingetrokken")):
        request = lock_request(request.pk)
        policies.check_can_withdraw(by, request)
        request.lines.filter(state=LineState.DRAFT).delete()
        withdraw_lines(request.lines.filter(state=LineState.ASKED), by=by, now=now)
        request.state = RequestState.WITHDRAWN
        request.withdrawn_at, request.withdrawn_by = now, by
        request.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
        return request


def throw_away(*, request: VoucherRequest, by: User) -> None:
    """Delete a request that was never sent, with its lines; history records that it existed."""
    with recorded(by=by, why=gettext_noop("aanvraag weggegooid")):
        request = lock_request(request.pk)
        policies.check_can_throw_away(by, request)
        request.lines.all().delete()
        request.delete()


def return_to_asker(
    *, request: VoucherRequest, question: str, by: User, now: datetime
) -> VoucherRequest:
    """Send a request back with a question; its lines stay asked.

    Raises Refused, or DecisionRefused without a question or with a national number in it.
    """
    with recorded(by=by, why=gettext_noop("aanvraag teruggestuurd met een vraag")):
        request = lock_request(request.pk)
        policies.check_can_return(by, request)
        _refuse_if(_question_problems(question), DecisionRefused)
        request.state = RequestState.RETURNED
        request.question = question.strip()
        request.returned_at, request.returned_by = now, by
        request.save(update_fields=["state", "question", "returned_at", "returned_by"])
        notifications.returned(request=request, now=now)
        return request


def decide(
    *,
    request: VoucherRequest,
    granted: Collection[int],
    refused: Mapping[int, str],
    by: User,
    now: datetime,
) -> VoucherRequest:
    """Grant and refuse lines by id, each line asked for exactly once; a refusal has a reason.

    Raises Refused, or DecisionRefused when a line has no decision, two, or no reason.
    """
    with recorded(by=by, why=gettext_noop("over een aanvraag beslist")):
        request = lock_request(request.pk)
        policies.check_can_decide(by, request)
        policies.check_did_not_admit(by, request.organisation, now)
        asked = set(request.lines.filter(state=LineState.ASKED).values_list("pk", flat=True))
        _refuse_if(_decision_problems(asked, granted, refused), DecisionRefused)
        Decision.objects.bulk_create(
            Decision(
                line_id=line,
                granted=line in granted,
                reason=refused.get(line, "").strip(),
                decided_at=now,
                decided_by=by,
            )
            for line in sorted(asked)
        )
        request.lines.filter(pk__in=granted).update(state=LineState.GRANTED)
        request.lines.filter(pk__in=list(refused)).update(state=LineState.REFUSED)
        request.state = RequestState.DECIDED
        request.decided_at, request.decided_by = now, by
        request.save(update_fields=["state", "decided_at", "decided_by"])
        notifications.decided(request=request, now=now)
        return request


def grant_all(*, request: VoucherRequest, by: User, now: datetime) -> VoucherRequest:
    """Grant every line asked for. Raises as `decide` does."""
    with recorded(by=by, why=gettext_noop("over een aanvraag beslist")):
        request = lock_request(request.pk)
        asked = request.lines.filter(state=LineState.ASKED).values_list("pk", flat=True)
        return decide(request=request, granted=set(asked), refused={}, by=by, now=now)


@dataclass(slots=True)
class SelectionGranted:
    """What became of a selection: numbers granted, and for each request that could not be, why."""

    requests: int = 0
    lines: int = 0
    refused: list[tuple[VoucherRequest, str]] = field(default_factory=list)


def grant_selection(*, requests: Iterable[int], by: User, now: datetime) -> SelectionGranted:
    """Grant these requests (ids) completely, each on its own: one that cannot stops no other."""
    policies.check_is_ministry(by)
    result = SelectionGranted()
    chosen = VoucherRequest.objects.visible_to(by).filter(pk__in=set(requests))
    for request in chosen.select_related("period").order_by("pk"):
        try:
            done = grant_all(request=request, by=by, now=now)
        except Refused as refusal:
            result.refused.append((request, refusal.message))
        else:
            result.requests += 1
            result.lines += done.lines.filter(state=LineState.GRANTED).count()
    return result


def undo_decision(*, request: VoucherRequest, by: User, now: datetime) -> VoucherRequest:
    """Undo a decision while nothing has been handed out: decisions are withdrawn, not erased.

    Raises Refused, or DecisionRefused when a refused pupil has since been asked for again.
    """
    with recorded(by=by, why=gettext_noop("beslissing ingetrokken")):
        request = lock_request(request.pk)
        policies.check_can_undo_decision(by, request)
        lock_organisation(request)
        decided = request.lines.filter(state__in=[LineState.GRANTED, LineState.REFUSED])
        _refuse_if(_asked_again(request, decided), DecisionRefused)
        Decision.objects.standing().filter(line__request=request).update(
            withdrawn_at=now, withdrawn_by=by
        )
        decided.update(state=LineState.ASKED)
        request.state = RequestState.SUBMITTED
        decided_at, request.decided_at, request.decided_by = request.decided_at, None, None
        request.save(update_fields=["state", "decided_at", "decided_by"])
        notifications.decision_undone(request=request, decided_at=decided_at, now=now)
        return request


def possible_doubles(request: VoucherRequest) -> int:
    """How many of its pupils another organisation also asks for: same school of the pupil, same
    reference, same period. A number for the officer; nobody learns which (rule 5)."""
    others = PupilLine.objects.filter(period=request.period_id, state__in=STANDING_LINES).exclude(
        organisation=request.organisation_id
    )
    own = request.lines.exclude(state=LineState.WITHDRAWN).exclude(reference_key="")
    mine = own.values_list("school", "reference_key")
    keys = {key for _school, key in mine}
    taken = set(others.filter(reference_key__in=keys).values_list("school", "reference_key"))
    return sum(pair in taken for pair in mine)


def _refuse_if(problems: Iterable[Problem], refusal: type[RequestRefused]) -> None:
    found = list(problems)
    if found:
        raise refusal(found)


def _question_problems(question: str) -> Iterator[Problem]:
    if not question.strip():
        yield Problem("question", _("Schrijf wat de aanvrager moet aanpassen of beantwoorden."))
    yield from text_problem("question", question)


def _decision_problems(
    asked: set[int], granted: Collection[int], refused: Mapping[int, str]
) -> Iterator[Problem]:
    if not asked:
        yield Problem("lines", _("Deze aanvraag heeft geen leerlingen meer om over te beslissen."))
    chosen = set(granted) | set(refused)
    if set(granted) & set(refused):
        yield Problem("lines", _("Een leerling is goedgekeurd én geweigerd. Kies één van beide."))
    if chosen - asked:
        yield Problem(
            "lines", _("De aanvraag veranderde intussen. Kijk ze opnieuw na en beslis dan.")
        )
    if asked - chosen:
        yield Problem("lines", _("Beslis over elke leerling van deze aanvraag."))
    for line, reason in refused.items():
        if not reason.strip():
            yield Problem("reason", _("Geef een reden: de school leest ze."), line)
        yield from (
            Problem("reason", problem.message, line) for problem in text_problem("reason", reason)
        )


def _asked_again(request: VoucherRequest, decided: Iterable[PupilLine]) -> Iterator[Problem]:
    """A refused pupil who was asked for again cannot become asked for here too."""
    other = clashing_keys(request, [line.reference_key for line in decided])
    if other:
        yield Problem(
            "lines",
            _(
                "Een geweigerde leerling is intussen opnieuw gevraagd, in aanvraag {number}. "
                "De beslissing blijft staan."
            ).format(number=other),
        )
