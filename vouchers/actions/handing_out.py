"""Hand codes out: the request rows first, then the pools, and codes only from pools that we hold.

For one request, for a selection one by one, or for a whole period at once; what happens to the
pools meanwhile is in `shelves`. Another door does the same or does not exist (design section 7).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.history import recorded
from schools.models import User
from vouchers import policies
from vouchers.actions import notifications
from vouchers.actions.request_rows import lock_request, lock_requests
from vouchers.actions.shelves import (
    NotEnoughCodes,
    Waiting,
    Wanted,
    assign,
    count_free,
    held_shelves,
    shelves_of,
    shortage,
    take,
    waiting_lines,
)
from vouchers.models import Agreement, HandOut, Period, Pool, Provider, PupilLine, VoucherRequest
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
    theirs, the one that was sent first in front."""

    from_pools: dict[Pool, int]
    requests: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many codes."""
        return sum(self.from_pools.values())


class NotEnoughForPeriod(NotEnoughCodes):
    """Fewer codes than pupils of a period; nobody got one."""

    def _way_out(self) -> str:
        return _("Laad eerst nieuwe codes, of reik per aanvraag uit.")


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
    everybody gets a code."""

    waiting: int
    requests: int
    from_pools: tuple[FromPool, ...]
    refusal: NotEnoughCodes | None

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
    with recorded(by=by, why="hand out"):
        locked = lock_request(request.pk)
        policies.check_can_hand_out(by, locked)
        lines = waiting_lines(locked.lines.all())
        if not lines:
            raise NotAllowed(_("Op deze aanvraag wacht niemand meer op een code."))
        assigned = assign(lines, held_shelves(locked.period, lines, now))
        short = [line for line in lines if line.pk not in assigned]
        if short and not as_many_as_there_are:
            raise shortage(short, NotEnoughCodes)
        take([Wanted(line, pool) for line, pool in assigned.items()], by=by, now=now)
        notifications.codes_ready(requests=[locked.pk], now=now)
    return HandedOut(count=len(assigned), waiting=len(short))


def hand_out_period(*, period: Period, by: User, now: datetime) -> PeriodHandedOut:
    """A code for every granted pupil of a period who waits, or for none of them.

    One transaction with the locks and checks of `hand_out`, and as many statements for 47,000
    pupils as for one. Raises NotAllowed, and NotEnoughForPeriod when somebody would be left
    without. The mails to who got codes follow in the job that calls this (`jobs`).
    """
    with recorded(by=by, why="hand out period"):
        in_period = PupilLine.objects.waiting_in(period)
        held = lock_requests(VoucherRequest.objects.filter(pk__in=in_period.values("request")))
        lines = waiting_lines(in_period.filter(request__in=held))
        # As it is now: closing needs the requests that we hold.
        period = Period.objects.get(pk=period.pk)
        policies.check_can_hand_out_period(by, period, len(lines))
        shelves = held_shelves(period, lines, now)
        assigned = assign(lines, shelves)
        if short := [line for line in lines if line.pk not in assigned]:
            raise shortage(short, NotEnoughForPeriod)
        take([Wanted(line, pool) for line, pool in assigned.items()], by=by, now=now)
    taken = Counter(assigned.values())
    return PeriodHandedOut(
        from_pools={each.pool: taken[each.pool.pk] for each in shelves if taken[each.pool.pk]},
        requests=tuple(dict.fromkeys(line.request_id for line in lines)),
    )


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
    return _foresee(request.period, waiting_lines(request.lines.all()), now, NotEnoughCodes)


def foresee_period(period: Period, now: datetime) -> Foreseen:
    """What `hand_out_period` would do, for the page that asks. Nothing is locked or written."""
    lines = waiting_lines(PupilLine.objects.waiting_in(period))
    return _foresee(period, lines, now, NotEnoughForPeriod)


def _foresee(
    period: Period, lines: Sequence[Waiting], now: datetime, refusal: type[NotEnoughCodes]
) -> Foreseen:
    shelves = shelves_of(Pool.objects.usable_for(period, timezone.localdate(now)))
    assigned = assign(lines, shelves)
    taken = Counter(assigned.values())
    short = [line for line in lines if line.pk not in assigned]
    return Foreseen(
        waiting=len(lines),
        requests=len({line.request_id for line in lines}),
        from_pools=tuple(
            FromPool(shelf.pool, codes, shelf.free - codes)
            for shelf in shelves
            if (codes := taken[shelf.pool.pk])
        ),
        refusal=shortage(short, refusal) if short else None,
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
        lines = [
            Waiting(line.pk, line.request_id, line.wish, line.wish_provider_id)
            for line in (each.line for each in ended)
        ]
        assigned = assign(lines, held_shelves(period, lines, now))
        if short := [line for line in lines if line.pk not in assigned]:
            raise shortage(short, NotEnoughCodes)
        take(
            [Wanted(line, pool, replaced[line]) for line, pool in assigned.items()], by=by, now=now
        )


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
