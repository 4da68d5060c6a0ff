"""What handing out would do now, and what stock there is: for pages that ask first.

A snapshot: nothing is locked or written, so a hand-out counts again.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F
from django.utils.translation import gettext as _

from vouchers.actions.hand_out.allocation import PoolStock
from vouchers.actions.hand_out.plan import (
    Allocation,
    AllocationInput,
    Given,
    NotEnoughForPeriod,
    Plan,
    allocate_request,
    allocation_input,
)
from vouchers.actions.hand_out.stock import (
    NotEnoughCodes,
    count_free,
    count_stock,
    shortage,
    usable_pools,
    with_providers,
)
from vouchers.actions.hand_out.waiting_list import waiting_lines
from vouchers.models import Agreement, Period, Pool, Provider, VoucherRequest
from vouchers.models.pools import DAYS_LEFT_AT_LEAST

# An officer is warned below this many free codes.
STOCK_LOW = 50


@dataclass(frozen=True, slots=True)
class FromPool:
    """How many codes a hand-out would take from a pool, and how many it would leave."""

    pool: Pool
    codes: int
    left: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What handing out would do now, for how many pupils of how many requests; `refusal` when not
    everybody gets a code, and for a whole period its `allocation`."""

    waiting: int
    requests: int
    from_pools: tuple[FromPool, ...]
    refusal: NotEnoughCodes | None
    allocation: Allocation | None = None
    # Pupils whom a colleague serves, since this person let somebody in there lately.
    passed_over: int = 0

    @property
    def count(self) -> int:
        return sum(each.codes for each in self.from_pools)


@dataclass(frozen=True, slots=True)
class ListedPool:
    """A pool as listed on the page of a hand-out; `obstacle` says why it does not count."""

    pool: Pool
    last_day: date
    free: int
    obstacle: str


@dataclass(frozen=True, slots=True)
class ProviderStock:
    """What a provider's pools can give a period today, and the pools behind that number."""

    provider: Provider
    pools: tuple[ListedPool, ...]

    @property
    def free(self) -> int:
        return sum(each.free for each in self.pools if not each.obstacle)


def preview_request(request: VoucherRequest, now: datetime) -> Preview:
    """What `hand_out` would do."""
    lines = waiting_lines(request.lines.all())
    if not lines:
        return Preview(0, 0, (), None)
    pools = usable_pools(request.period, now)
    found = allocate_request(request.period, lines, pools, now, counted=True)
    return Preview(len(lines), 1, _from_pools(pools, found.stock, found.assigned), found.refusal)


def preview_period(
    period: Period, now: datetime, plan: Plan | None = None, *, without: Collection[int] = ()
) -> Preview:
    """What `hand_out_period` would do. without: organisations (ids) left to a colleague."""
    plan = plan or Plan()
    found = period_input(period, now, only_queue=plan.only_queue)
    return preview_of(found.allocate(plan), without=without)


def period_input(period: Period, now: datetime, *, only_queue: bool) -> AllocationInput:
    """Who waits in a period and what there is for them, for a page that compares plans."""
    pools = usable_pools(period, now)
    return allocation_input(period, pools, now, only_queue=only_queue, counted=True)


def preview_of(allocation: Allocation, *, without: Collection[int] = ()) -> Preview:
    """An allocation in the numbers that a page shows. without: organisations (ids) left to a
    colleague, unless the codes are divided, which is all or nothing."""
    given = Given.of(allocation, without=() if allocation.short else without)
    return Preview(
        waiting=len(allocation.lines),
        requests=len(allocation.shares),
        from_pools=_from_pools(allocation.pools, allocation.stock, given.assigned),
        refusal=shortage(allocation.short, NotEnoughForPeriod) if allocation.short else None,
        allocation=allocation,
        passed_over=given.passed_over,
    )


def _from_pools(
    pools: Iterable[Pool], stock: Iterable[PoolStock], assigned: Mapping[int, int]
) -> tuple[FromPool, ...]:
    drawn = Counter(assigned.values())
    return tuple(
        FromPool(pool, codes, each.free - codes)
        for pool, each in zip(pools, stock, strict=True)
        if (codes := drawn[pool.pk])
    )


def free_stock(period: Period, day: date) -> list[ProviderStock]:
    """Each provider's open pools, with what they can give this period on this day."""
    pools = list(
        Pool.objects.filter(closed_at=None)
        .with_last_day()
        .select_related("agreement__provider")
        .order_by("agreement__provider__name", F("last_day").desc(), "pk")
    )
    usable = set(Pool.objects.usable_for(period, day).values_list("pk", flat=True))
    free = count_free([pool.pk for pool in pools])
    by_provider: dict[Provider, list[ListedPool]] = {}
    for pool in pools:
        obstacle = "" if pool.pk in usable else _obstacle(pool.agreement, period)
        listed = ListedPool(pool, pool.last_day, free[pool.pk], obstacle)
        by_provider.setdefault(pool.agreement.provider, []).append(listed)
    return [ProviderStock(provider, tuple(found)) for provider, found in by_provider.items()]


def _obstacle(agreement: Agreement, period: Period) -> str:
    """Why an open pool cannot be used for a period."""
    if agreement.starts_on > period.asks_from or agreement.ends_on < period.asks_until:
        return _("de afspraak loopt niet over heel {period}").format(period=period)
    return _("de codes zijn minder dan {n} dagen geldig").format(n=DAYS_LEFT_AT_LEAST)


def running_low(day: date) -> list[Pool]:
    """Open pools that could still be handed out on this day, with fewer than STOCK_LOW codes."""
    open_ones = Pool.objects.with_enough_days(day).filter(agreement__ends_on__gte=day)
    pools = with_providers(open_ones)
    stock = count_stock(pools, at_most=STOCK_LOW)
    return [pool for pool, each in zip(pools, stock, strict=True) if each.free < STOCK_LOW]
