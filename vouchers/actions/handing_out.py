"""Hand codes out: the request row first, then the pools, and codes only from pools that we hold.

Whoever holds a pool (`FOR NO KEY UPDATE`, so that a load of codes can go on) is the only one taking
from it (design section 7); a second door does the same or does not exist.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools.history import recorded
from schools.models import User
from vouchers import policies
from vouchers.actions import notifications
from vouchers.actions.request_rows import lock_request
from vouchers.models import Agreement, HandOut, Period, Pool, Provider, PupilLine, VoucherRequest
from vouchers.models.pools import PoolQuerySet
from vouchers.policies import NotAllowed
from vouchers.states import Wish

# The next free codes, along the partial index of free codes. Their ids go out and come back: joined
# in one statement the planner does not see how few they are and walks every free code.
NEXT_CODES = """
SELECT id FROM vouchers_voucher WHERE pool_id = %s AND state = 'AVAILABLE' ORDER BY slot LIMIT %s
"""
MOVE_CODES = """
UPDATE vouchers_voucher SET state = 'OUT' WHERE id = ANY(%s) AND state = 'AVAILABLE'
"""
BIND_CODES = """
INSERT INTO vouchers_handout (voucher_id, line_id, replaces_id, handed_out_at, handed_out_by_id)
SELECT voucher_id, line_id, replaces_id, %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
    WITH ORDINALITY AS bond (voucher_id, line_id, replaces_id, place) ORDER BY place
"""

# Stops counting when there are enough: a pool may hold a million codes.
COUNT_FREE = """
SELECT pool_id, (
    SELECT count(*) FROM (
        SELECT 1 FROM vouchers_voucher
        WHERE vouchers_voucher.pool_id = pool.pool_id AND state = 'AVAILABLE' LIMIT %s
    ) AS free
) FROM unnest(%s::bigint[]) AS pool (pool_id)
"""


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


class NotEnoughCodes(NotAllowed):
    """Fewer codes than pupils. `short_by`: how many in all; `by_provider`: of these, how many wait
    for a provider because they want no other."""

    def __init__(self, *, short_by: int, by_provider: Mapping[Provider, int]) -> None:
        self.short_by = short_by
        self.by_provider = dict(by_provider)
        super().__init__(" ".join([self._what(), *self._wishes(), self._way_out()]))

    def _what(self) -> str:
        return ngettext(
            "Er is {n} code te weinig.", "Er zijn {n} codes te weinig.", self.short_by
        ).format(n=self.short_by)

    def _wishes(self) -> list[str]:
        return [
            ngettext(
                "Voor {n} leerling is er geen code van {provider}.",
                "Voor {n} leerlingen is er geen code van {provider}.",
                n,
            ).format(n=n, provider=provider)
            for provider, n in self.by_provider.items()
        ]

    def _way_out(self) -> str:
        return _("Reik zoveel codes uit als er zijn, of laad eerst nieuwe codes.")


class StockChanged(NotAllowed):
    """A code left the stock while it was being handed out; nothing happened."""

    def __init__(self) -> None:
        super().__init__(_("De voorraad veranderde net. Er is niets uitgereikt. Probeer opnieuw."))


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
    """What handing out would do now; `refusal` when not everybody gets a code."""

    waiting: int
    from_pools: tuple[FromPool, ...]
    refusal: NotEnoughCodes | None

    @property
    def count(self) -> int:
        """Codes that would go out."""
        return sum(each.codes for each in self.from_pools)


@dataclass(slots=True)
class _Shelf:
    """A pool and what is left of it while codes are assigned."""

    pool: Pool
    left: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One line, the pool it draws from, and the hand-out that it replaces."""

    line_id: int
    pool_id: int
    replaces_id: int | None = None


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
        lines = list(locked.lines.waiting().order_by("position", "pk"))
        if not lines:
            raise NotAllowed(_("Op deze aanvraag wacht niemand meer op een code."))
        assigned = _assign(lines, _held_shelves(locked.period, lines, now))
        short = [line for line in lines if line.pk not in assigned]
        if short and not as_many_as_there_are:
            raise _shortage(short)
        _take([_Wanted(line, pool) for line, pool in assigned.items()], by=by, now=now)
        notifications.codes_ready(requests=[locked.pk], now=now)
    return HandedOut(count=len(assigned), waiting=len(short))


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
    lines = list(request.lines.waiting().order_by("position", "pk"))
    shelves = _shelves(Pool.objects.usable_for(request.period, timezone.localdate(now)))
    assigned = _assign(lines, shelves)
    taken = Counter(assigned.values())
    short = [line for line in lines if line.pk not in assigned]
    return Foreseen(
        waiting=len(lines),
        from_pools=tuple(
            FromPool(shelf.pool, taken[shelf.pool.pk], shelf.left)
            for shelf in shelves
            if taken[shelf.pool.pk]
        ),
        refusal=_shortage(short) if short else None,
    )


def replace_code(hand_out: HandOut, *, by: User, now: datetime) -> HandOut:
    """A new code for the line of a hand-out that has just ended. Raises NotEnoughCodes.

    For `lifecycle.replace` only, which holds the request and has recorded why.
    """
    line = hand_out.line
    assigned = _assign([line], _held_shelves(line.period, [line], now))
    if not assigned:
        raise _shortage([line])
    _take([_Wanted(line.pk, assigned[line.pk], hand_out.pk)], by=by, now=now)
    return HandOut.objects.get(replaces=hand_out)


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
    free = _count_free([pool.pk for pool in pools])
    by_provider: dict[Provider, list[PoolStock]] = {}
    for pool in pools:
        obstacle = "" if pool.pk in usable else _obstacle(pool.agreement, period)
        stock = PoolStock(pool, pool.last_day, free[pool.pk], obstacle)
        by_provider.setdefault(pool.agreement.provider, []).append(stock)
    return [ProviderStock(provider, tuple(found)) for provider, found in by_provider.items()]


def running_low(day: date) -> list[Pool]:
    """Open pools that could still be handed out on this day, with fewer than STOCK_LOW codes."""
    pools = Pool.objects.with_enough_days(day).filter(agreement__ends_on__gte=day)
    shelves = _shelves(pools, at_most=STOCK_LOW)
    return [shelf.pool for shelf in shelves if shelf.left < STOCK_LOW]


def _obstacle(agreement: Agreement, period: Period) -> str:
    """Why an open pool cannot be used for a period."""
    if agreement.starts_on > period.asks_from or agreement.ends_on < period.asks_until:
        return _("de afspraak loopt niet over heel {period}").format(period=period)
    return _("de codes zijn minder dan 30 dagen geldig")


def _held_shelves(period: Period, lines: Sequence[PupilLine], now: datetime) -> list[_Shelf]:
    """The pools these lines may draw from, locked by id, the one that lives longest first."""
    day = timezone.localdate(now)
    usable = Pool.objects.usable_for(period, day)
    if all(line.wish == Wish.ONLY for line in lines):
        usable = usable.filter(agreement__provider__in={line.wish_provider_id for line in lines})
    locked = [
        pool.pk for pool in usable.order_by("pk").select_for_update(no_key=True, of=("self",))
    ]
    # Asked again, now that nobody else can change what is on them.
    held = Pool.objects.usable_for(period, day).filter(pk__in=locked)
    return _shelves(held, at_most=len(lines))


def _shelves(pools: PoolQuerySet, *, at_most: int | None = None) -> list[_Shelf]:
    """These pools in their order with their free codes, counted up to `at_most`."""
    found = list(pools.select_related("agreement__provider"))
    free = _count_free([pool.pk for pool in found], at_most=at_most)
    return [_Shelf(pool, free[pool.pk]) for pool in found]


def _count_free(pools: Sequence[int], *, at_most: int | None = None) -> dict[int, int]:
    """Free codes per pool, counted up to `at_most`."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FREE, [at_most, list(pools)])
        return dict(cursor.fetchall())


def _assign(lines: Sequence[PupilLine], shelves: Sequence[_Shelf]) -> dict[int, int]:
    """Line → pool, for as many lines as can be served; takes from the shelves.

    Who wants only one provider goes first (nothing else will do), then who prefers one, then the
    rest and whose preference ran out, each from the pool that lives longest, in the order given.
    """
    assigned: dict[int, int] = {}

    def serve(line: PupilLine, *, wished: bool) -> None:
        for shelf in shelves:
            provider = shelf.pool.agreement.provider_id
            if shelf.left and (not wished or provider == line.wish_provider_id):
                shelf.left -= 1
                assigned[line.pk] = shelf.pool.pk
                return

    for wish in (Wish.ONLY, Wish.PREFER):
        for line in lines:
            if line.wish == wish:
                serve(line, wished=True)
    for line in lines:
        if line.wish != Wish.ONLY and line.pk not in assigned:
            serve(line, wished=False)
    return assigned


def _shortage(short: Sequence[PupilLine]) -> NotEnoughCodes:
    """The refusal for these lines, with the providers they insist on."""
    only = Counter(line.wish_provider_id for line in short if line.wish == Wish.ONLY)
    providers = Provider.objects.filter(pk__in=[pk for pk in only if pk]).order_by("name")
    return NotEnoughCodes(
        short_by=len(short), by_provider={each: only[each.pk] for each in providers}
    )


def _take(wanted: Sequence[_Wanted], *, by: User, now: datetime) -> None:
    """Bind codes to lines and move them out: the nth line of a pool gets its nth free code.

    Precondition: the caller holds the pools. One INSERT and one UPDATE, however many lines.
    Raises StockChanged when a code was not there any more.
    """
    in_order = sorted(wanted, key=lambda each: each.pool_id)
    needed = sorted(Counter(each.pool_id for each in wanted).items())
    with connection.cursor() as cursor:
        taken: list[int] = []
        for pool_id, count in needed:
            cursor.execute(NEXT_CODES, [pool_id, count])
            taken += [pk for (pk,) in cursor.fetchall()]
        if len(taken) < len(wanted):
            raise StockChanged
        lines = [each.line_id for each in in_order]
        replaced = [each.replaces_id for each in in_order]
        cursor.execute(BIND_CODES, [now, by.pk, taken, lines, replaced])
        cursor.execute(MOVE_CODES, [taken])
        if cursor.rowcount < len(taken):
            raise StockChanged
