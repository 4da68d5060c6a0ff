"""Hand codes out: lock the request rows first, then the pools, and take codes only from those.

For one request, for a selection one by one, or for a whole period at once. It reads downhill: what
a hand-out comes to is in `plan`, who waits in `waiting_list`, what there is in `stock`, who gets
which code in `allocation`. Any other way in does the same or does not exist
(docs/architecture.md#handing-out).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.actions.hand_out import waiting_list
from vouchers.actions.hand_out.allocation import assign
from vouchers.actions.hand_out.plan import (
    DivisionChanged,
    Given,
    NotEnoughForPeriod,
    Plan,
    allocate_request,
    allocation_input,
    record_division,
)
from vouchers.actions.hand_out.stock import (
    Draw,
    NotEnoughCodes,
    count_stock,
    draw,
    locked_pools,
    shortage,
)
from vouchers.actions.mail import notifications
from vouchers.actions.requests.request_rows import lock_request, lock_requests
from vouchers.models import Division, HandOut, Period, Pool, PupilLine, VoucherRequest


@dataclass(frozen=True, slots=True)
class HandedOut:
    """How many codes went out, and how many granted pupils of the request still wait."""

    count: int
    waiting: int


@dataclass(slots=True)
class SelectionHandedOut:
    """What became of a selection: requests served, codes handed out, and why the others
    were not."""

    requests: int = 0
    codes: int = 0
    refused: list[tuple[VoucherRequest, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PeriodHandedOut:
    """What was handed out for a period: how many codes from each pool, and which requests (ids) got
    theirs, the one sent first in front. `division`: how, when there were too few."""

    from_pools: dict[Pool, int]
    requests: tuple[int, ...]
    division: Division | None = None

    @property
    def count(self) -> int:
        return sum(self.from_pools.values())


def hand_out(
    *, request: VoucherRequest, by: User, now: datetime, as_many_as_there_are: bool = False
) -> HandedOut:
    """A code for every granted pupil of a request who waits, or for none of them.

    as_many_as_there_are: hand out what there is and let the rest wait. Raises Refused, and
    NotEnoughCodes when somebody would go without.
    """
    with recorded(by=by, why=gettext_noop("codes uitgereikt")):
        locked = lock_request(request.pk)
        policies.check_can_hand_out(by, locked)
        policies.check_did_not_admit(by, locked.organisation, now)
        lines = waiting_list.waiting_lines(locked.lines.all())
        if not lines:
            raise Refused(
                _("Op deze aanvraag wacht niemand meer op een code."), code="nobody-waits"
            )
        # With nobody on the waiting list, what these lines do not want stays free for others.
        pools = locked_pools(locked.period, now, [] if waiting_list.entries() else lines)
        found = allocate_request(locked.period, lines, pools, now)
        if found.refusal and not (as_many_as_there_are and found.may_be_less):
            raise found.refusal
        draw([Draw(line, pool) for line, pool in found.assigned.items()], by=by, now=now)
        notifications.codes_ready(requests=[locked.pk], now=now)
    return HandedOut(count=len(found.assigned), waiting=len(lines) - len(found.assigned))


def hand_out_period(
    *, period: Period, by: User, now: datetime, plan: Plan | None = None
) -> PeriodHandedOut:
    """A code for every granted pupil of a period who waits; when there are too few, divided as the
    plan says, or for nobody when it does not say.

    One transaction with the locks and checks of `hand_out`, and as many statements for 47,000
    pupils as for one. Organisations that this person let somebody into lately keep waiting for a
    colleague: counted with everybody, so that nobody else gets their codes (ADR 36). Raises
    Refused, NotEnoughForPeriod when somebody would go without or nobody could be served, and
    DivisionChanged when it is not what the officer saw. The job that calls this (`jobs`) then mails
    those who got codes.
    """
    plan = plan or Plan()
    with recorded(by=by, why=gettext_noop("codes van een golf uitgereikt")):
        in_period = PupilLine.objects.waiting_in(period)
        locked = lock_requests(VoucherRequest.objects.filter(pk__in=in_period.values("request")))
        # Read again: closing the period takes the requests that we have locked.
        period = Period.objects.get(pk=period.pk)
        pools = locked_pools(period, now)
        waiting = allocation_input(period, pools, now, only_queue=plan.only_queue, among=locked)
        allocation = waiting.allocate(plan)
        policies.check_can_hand_out_period(by, period, len(allocation.lines))
        if plan.rule:
            policies.check_can_divide(by, period, now)
        if allocation.short and not (plan.rule and allocation.served):
            raise shortage(allocation.short, NotEnoughForPeriod)
        if plan.checksum and plan.checksum != allocation.checksum:
            raise DivisionChanged
        given = Given.of(allocation, without=policies.admitted_lately(by, now))
        if given.passed_over and not given.assigned:
            request = VoucherRequest.objects.get(pk=allocation.lines[0].request_id)
            policies.check_did_not_admit(by, request.organisation, now)
        draw([Draw(line, pool) for line, pool in given.assigned.items()], by=by, now=now)
        short = allocation.short
        division = record_division(allocation, period=period, by=by, now=now) if short else None
    return PeriodHandedOut(given.from_pools, given.requests, division)


def hand_out_selection(*, requests: Iterable[int], by: User, now: datetime) -> SelectionHandedOut:
    """All codes of each of these requests (ids), the longest waiting first; one that cannot be
    served stops no other. Raises Refused for anybody outside the ministry."""
    policies.check_is_ministry(by)
    result = SelectionHandedOut()
    chosen = VoucherRequest.objects.visible_to(by).filter(pk__in=set(requests))
    for request in chosen.select_related("period").order_by("submitted_at", "pk"):
        try:
            result.codes += hand_out(request=request, by=by, now=now).count
        except Refused as refusal:
            result.refused.append((request, refusal.message))
        else:
            result.requests += 1
    return result


def replace_codes(hand_outs: Sequence[HandOut], *, by: User, now: datetime) -> None:
    """A new code for the line of each hand-out that has just ended, all of them or none.

    For actions that have locked the requests (and the pools by id, when several periods are
    involved) and recorded why. Raises Refused, and NotEnoughCodes.
    """
    by_period: dict[Period, list[HandOut]] = {}
    lately = policies.admitted_lately(by, now)
    for hand_out in hand_outs:
        if hand_out.line.organisation_id in lately:
            policies.check_did_not_admit(by, hand_out.line.organisation, now)
        by_period.setdefault(hand_out.line.period, []).append(hand_out)
    for period, ended in by_period.items():
        replaced = {each.line_id: each.pk for each in ended}
        lines = [waiting_list.as_waiting(each.line) for each in ended]
        pools = locked_pools(period, now, lines)
        assigned = assign(lines, count_stock(pools, at_most=len(lines)))
        if short := [line for line in lines if line.pk not in assigned]:
            raise shortage(short, NotEnoughCodes)
        draws = [Draw(line, pool, replaced[line]) for line, pool in assigned.items()]
        draw(draws, by=by, now=now)
