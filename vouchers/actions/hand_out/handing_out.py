"""Hand codes out: the request rows first, then the pools, and codes only from pools that we hold.

For one request, for a selection one by one, or for a whole period at once; what happens to the
pools meanwhile is in `shelves`. Another door does the same or does not exist
(docs/architecture.md#handing-out).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import policies
from vouchers.actions.hand_out import queue, shortages
from vouchers.actions.hand_out.division import Rule, divide
from vouchers.actions.hand_out.shelves import (
    NotEnoughCodes,
    Shelf,
    Waiting,
    Wanted,
    assign,
    by_provider,
    count_free,
    held_pools,
    held_shelves,
    shelves_of,
    shortage,
    take,
    waiting_lines,
)
from vouchers.actions.hand_out.shortages import DivisionChanged, Outcome, Plan, Situation
from vouchers.actions.mail import notifications
from vouchers.actions.requests.request_rows import lock_request, lock_requests
from vouchers.models import (
    Agreement,
    Division,
    HandOut,
    Period,
    Pool,
    Provider,
    PupilLine,
    VoucherRequest,
)
from vouchers.models.pools import PoolQuerySet
from vouchers.policies import NotAllowed

# Below so many free codes an officer is warned.
STOCK_LOW = 50


@dataclass(frozen=True, slots=True)
class HandedOut:
    """How many codes went out, and how many granted pupils of the request still wait."""

    count: int
    waiting: int


@dataclass(slots=True)
class SelectionHandedOut:
    """What became of a selection: requests served, codes gone out, and per request left, why."""

    requests: int = 0
    codes: int = 0
    refused: list[tuple[VoucherRequest, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PeriodHandedOut:
    """What went out for a period: how many codes from each pool, and which requests (ids) got
    theirs, the one that was sent first in front. `division`: how, when there were too few."""

    from_pools: dict[Pool, int]
    requests: tuple[int, ...]
    division: Division | None = None

    @property
    def count(self) -> int:
        """How many codes."""
        return sum(self.from_pools.values())


class NotEnoughForPeriod(NotEnoughCodes):
    """Fewer codes than pupils of a period; nobody got one."""

    def _way_out(self) -> str:
        return _("Laad eerst nieuwe codes, of verdeel wat er is.")


@dataclass(frozen=True, slots=True)
class PoolStock:
    """A pool as the page of a hand-out shows it; `obstacle` says why it does not count."""

    pool: Pool
    last_day: date
    free: int
    obstacle: str


@dataclass(frozen=True, slots=True)
class ProviderStock:
    """What a provider's pools can give a period today, and the pools behind that number."""

    provider: Provider
    pools: tuple[PoolStock, ...]

    @property
    def free(self) -> int:
        """Codes that can be handed out."""
        return sum(stock.free for stock in self.pools if not stock.obstacle)


@dataclass(frozen=True, slots=True)
class FromPool:
    """How many codes a hand-out would take from a pool, and how many are left there then."""

    pool: Pool
    codes: int
    left: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What handing out would do now, for how many pupils of how many requests; `refusal` when not
    everybody gets a code, and of a whole period its `outcome`."""

    waiting: int
    requests: int
    from_pools: tuple[FromPool, ...]
    refusal: NotEnoughCodes | None
    outcome: Outcome | None = None

    @property
    def count(self) -> int:
        """Codes that would go out."""
        return sum(each.codes for each in self.from_pools)


def hand_out(
    *, request: VoucherRequest, by: User, now: datetime, as_many_as_there_are: bool = False
) -> HandedOut:
    """A code for every granted pupil of a request who waits, or for none of them.

    as_many_as_there_are: hand out what there is and let the rest wait.
    Raises NotAllowed, and NotEnoughCodes when somebody would be left without.
    """
    with recorded(by=by, why=gettext_noop("codes uitgereikt")):
        locked = lock_request(request.pk)
        policies.check_can_hand_out(by, locked)
        lines = waiting_lines(locked.lines.all())
        if not lines:
            raise NotAllowed(_("Op deze aanvraag wacht niemand meer op een code."))
        # Nobody waits: what these lines do not want stays free for others meanwhile.
        pools = held_pools(locked.period, now, [] if queue.places() else lines)
        found = _in_turn(locked.period, lines, pools, now)
        assigned, short = found.assigned, len(lines) - len(found.assigned)
        if found.refusal and not (as_many_as_there_are and found.may_be_less):
            raise found.refusal
        take([Wanted(line, pool) for line, pool in assigned.items()], by=by, now=now)
        notifications.codes_ready(requests=[locked.pk], now=now)
    return HandedOut(count=len(assigned), waiting=short)


@dataclass(frozen=True, slots=True)
class InTurn:
    """What handing out one request comes to, after those who go before it: line → pool, and why
    not everybody gets a code. `may_be_less`: as many as there are will do."""

    assigned: dict[int, int]
    shelves: list[Shelf]
    refusal: NotEnoughCodes | None
    may_be_less: bool


def _in_turn(
    period: Period, lines: Sequence[Waiting], pools: PoolQuerySet, now: datetime,
    *, counted: bool = False,
) -> InTurn:  # fmt: skip
    """counted: all free codes are counted, for a page that says what is left.

    Those who wait from a division take what they can use first, of their own period as if they were
    served with this request, so that both are served where there is enough for both.
    """
    ahead = queue.before_request(lines[0].request_id, queue.places())
    own = [place for place in ahead if place.period_id == period.pk]
    others = [place for place in ahead if place.period_id != period.pk]
    needed = len(lines) + sum(place.waiting for place in ahead)
    found = shelves_of(pools, at_most=None if counted else needed)
    shelves = queue.without_claims(found, others, now)
    first = queue.lines_of(own)
    served = divide([first, lines], by_provider(shelves), Rule())
    together = assign([line for line in [*first, *lines] if line.pk in served], shelves)
    own_lines = {line.pk for line in lines}
    assigned = {line: pool for line, pool in together.items() if line in own_lines}
    refusal = _why_short(lines, assigned, found, ahead)
    may_be_less = bool(assigned) or not isinstance(refusal, queue.QueueFirst)
    return InTurn(assigned, found, refusal, may_be_less)


def _why_short(
    lines: Sequence[Waiting], assigned: Collection[int], shelves: Sequence[Shelf],
    ahead: Sequence[queue.Place],
) -> NotEnoughCodes | None:  # fmt: skip
    """Why not all these lines get a code: there are too few, or others go before them."""
    if len(assigned) == len(lines):
        return None
    alone = assign(lines, shelves)
    if len(alone) > len(assigned):
        return queue.QueueFirst([line for line in lines if line.pk not in assigned], ahead)
    return shortage([line for line in lines if line.pk not in alone], NotEnoughCodes)


def hand_out_period(
    *, period: Period, by: User, now: datetime, plan: Plan | None = None
) -> PeriodHandedOut:
    """A code for every granted pupil of a period who waits; where there are too few as the plan
    divides them, and for nobody when it does not.

    One transaction with the locks and checks of `hand_out`, and as many statements for 47,000
    pupils as for one. Raises NotAllowed, NotEnoughForPeriod when somebody would be left without
    or nobody could be served, and DivisionChanged when it is not what the officer saw. The mails to
    who got codes follow in the job that calls this (`jobs`).
    """
    plan = plan or Plan()
    with recorded(by=by, why=gettext_noop("codes van een golf uitgereikt")):
        in_period = PupilLine.objects.waiting_in(period)
        held = lock_requests(VoucherRequest.objects.filter(pk__in=in_period.values("request")))
        # As it is now: closing needs the requests that we hold.
        period = Period.objects.get(pk=period.pk)
        pools = held_pools(period, now)
        there = shortages.situation(period, pools, now, only_queue=plan.only_queue, among=held)
        found = there.under(plan)
        policies.check_can_hand_out_period(by, period, len(found.lines))
        if plan.checksum and plan.checksum != found.checksum:
            raise DivisionChanged
        if found.short and not (plan.rule and found.served):
            raise shortage(found.short, NotEnoughForPeriod)
        take([Wanted(line, pool) for line, pool in found.assigned.items()], by=by, now=now)
        division = shortages.keep(found, period=period, by=by, now=now) if found.short else None
    return PeriodHandedOut(_from_pools(found), _served_requests(found), division)


def _from_pools(found: Outcome) -> dict[Pool, int]:
    taken = Counter(found.assigned.values())
    return {each.pool: taken[each.pool.pk] for each in found.shelves if taken[each.pool.pk]}


def _served_requests(found: Outcome) -> tuple[int, ...]:
    return tuple(request for request, _asked, given in found.shares if given)


def hand_out_selection(*, requests: Iterable[int], by: User, now: datetime) -> SelectionHandedOut:
    """All codes of each of these requests (ids), the longest waiting first; one that cannot be
    served stops no other. Raises NotAllowed for who is not of the ministry."""
    policies.check_is_ministry(by)
    result = SelectionHandedOut()
    chosen = VoucherRequest.objects.visible_to(by).filter(pk__in=set(requests))
    for request in chosen.select_related("period").order_by("submitted_at", "pk"):
        try:
            result.codes += hand_out(request=request, by=by, now=now).count
        except NotAllowed as refusal:
            result.refused.append((request, refusal.message))
        else:
            result.requests += 1
    return result


def foresee(request: VoucherRequest, now: datetime) -> Foreseen:
    """What `hand_out` would do, for the page that asks. Nothing is locked or written."""
    lines = waiting_lines(request.lines.all())
    if not lines:
        return Foreseen(0, 0, (), None)
    pools = Pool.objects.usable_for(request.period, timezone.localdate(now))
    found = _in_turn(request.period, lines, pools, now, counted=True)
    return Foreseen(len(lines), 1, _foreseen(found.shelves, found.assigned), found.refusal)


def foresee_period(period: Period, now: datetime, plan: Plan | None = None) -> Foreseen:
    """What `hand_out_period` would do, for the page that asks. Nothing is locked or written."""
    plan = plan or Plan()
    return foreseen_of(situation_of(period, now, only_queue=plan.only_queue).under(plan))


def situation_of(period: Period, now: datetime, *, only_queue: bool) -> Situation:
    """Who waits in a period and what there is for them, as it is now, for a page."""
    pools = Pool.objects.usable_for(period, timezone.localdate(now))
    return shortages.situation(period, pools, now, only_queue=only_queue, counted=True)


def foreseen_of(found: Outcome) -> Foreseen:
    """The same in the numbers that a page shows."""
    return Foreseen(
        waiting=len(found.lines),
        requests=len(found.shares),
        from_pools=_foreseen(found.shelves, found.assigned),
        refusal=shortage(found.short, NotEnoughForPeriod) if found.short else None,
        outcome=found,
    )


def _foreseen(shelves: Iterable[Shelf], assigned: dict[int, int]) -> tuple[FromPool, ...]:
    taken = Counter(assigned.values())
    return tuple(
        FromPool(shelf.pool, codes, shelf.free - codes)
        for shelf in shelves
        if (codes := taken[shelf.pool.pk])
    )


def replace_codes(hand_outs: Sequence[HandOut], *, by: User, now: datetime) -> None:
    """A new code for the line of each hand-out that has just ended, all of them or none.

    For actions that hold the requests (and the pools by id, when it is about more than one period)
    and have recorded why. Raises NotEnoughCodes.
    """
    by_period: dict[Period, list[HandOut]] = {}
    for hand_out in hand_outs:
        by_period.setdefault(hand_out.line.period, []).append(hand_out)
    for period, ended in by_period.items():
        replaced = {each.line_id: each.pk for each in ended}
        lines = [_waiting(each.line) for each in ended]
        assigned = assign(lines, held_shelves(period, lines, now))
        if short := [line for line in lines if line.pk not in assigned]:
            raise shortage(short, NotEnoughCodes)
        take(
            [Wanted(line, pool, replaced[line]) for line, pool in assigned.items()], by=by, now=now
        )


def _waiting(line: PupilLine) -> Waiting:
    return Waiting(*(getattr(line, name) for name in Waiting._fields))


def free_stock(period: Period, day: date) -> list[ProviderStock]:
    """Each provider's pools that are open, with what they can give this period on this day.

    A picture for a page: nothing is locked, so a hand-out counts again.
    """
    pools = list(
        Pool.objects.filter(closed_at=None)
        .with_last_day()
        .select_related("agreement__provider")
        .order_by("agreement__provider__name", F("last_day").desc(), "pk")
    )
    usable = set(Pool.objects.usable_for(period, day).values_list("pk", flat=True))
    free = count_free([pool.pk for pool in pools])
    by_provider: dict[Provider, list[PoolStock]] = {}
    for pool in pools:
        obstacle = "" if pool.pk in usable else _obstacle(pool.agreement, period)
        stock = PoolStock(pool, pool.last_day, free[pool.pk], obstacle)
        by_provider.setdefault(pool.agreement.provider, []).append(stock)
    return [ProviderStock(provider, tuple(found)) for provider, found in by_provider.items()]


def running_low(day: date) -> list[Pool]:
    """Open pools that could still be handed out on this day, with fewer than STOCK_LOW codes."""
    pools = Pool.objects.with_enough_days(day).filter(agreement__ends_on__gte=day)
    shelves = shelves_of(pools, at_most=STOCK_LOW)
    return [shelf.pool for shelf in shelves if shelf.free < STOCK_LOW]


def _obstacle(agreement: Agreement, period: Period) -> str:
    """Why an open pool cannot be used for a period."""
    if agreement.starts_on > period.asks_from or agreement.ends_on < period.asks_until:
        return _("de afspraak loopt niet over heel {period}").format(period=period)
    return _("de codes zijn minder dan 30 dagen geldig")
