"""The stock that is handed out: locking pools, counting free codes, drawing them.

Whoever has locked a pool (`FOR NO KEY UPDATE`, so that a load of codes can go on) is the only one
to draw from it (docs/architecture.md#handing-out), and has locked the requests first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.refused import Refused
from vouchers.actions.hand_out.allocation import PoolStock, Waiting
from vouchers.models import Period, Pool, Provider
from vouchers.models.pools import PoolQuerySet
from vouchers.states import Wish

# The next free codes, along the partial index of free codes. Their ids are fetched and passed back:
# joined in one statement, the planner does not see how few they are and walks every free code. The
# limit is a subquery, so that it plans for the first ones: knowing that many are wanted, it may
# walk the whole pool, used codes included, and sort (failure 4).
NEXT_CODES = """
SELECT id FROM vouchers_voucher WHERE pool_id = %s AND state = 'AVAILABLE'
ORDER BY slot LIMIT (SELECT %s::bigint)
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

# Stops counting at the limit: a pool may hold a million codes.
COUNT_FREE = """
SELECT pool_id, (
    SELECT count(*) FROM (
        SELECT 1 FROM vouchers_voucher
        WHERE vouchers_voucher.pool_id = pool.pool_id AND state = 'AVAILABLE' LIMIT %s
    ) AS free
) FROM unnest(%s::bigint[]) AS pool (pool_id)
"""


class NotEnoughCodes(Refused):
    """Fewer codes than pupils. `short_by`: how many in all; `by_provider`: how many of these wait
    for a provider because they want no other."""

    code = "not-enough-codes"

    def __init__(self, *, short_by: int, by_provider: Mapping[Provider, int]) -> None:
        self.short_by = short_by
        self.by_provider = dict(by_provider)
        super().__init__(" ".join([self._what(), *self._wishes(), self._way_out()]), code=self.code)

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


class StockChanged(Refused):
    """A code left the stock while it was being handed out; nothing happened."""

    def __init__(self) -> None:
        super().__init__(
            _("De voorraad veranderde net. Er is niets uitgereikt. Probeer opnieuw."),
            code="stock-changed",
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """One line, the pool it draws from, and the hand-out it replaces."""

    line_id: int
    pool_id: int
    replaces_id: int | None = None


def locked_pools(period: Period, now: datetime, lines: Sequence[Waiting] = ()) -> list[Pool]:
    """The pools that a period may use, locked by id; only what the lines want, when each of them
    insists on a provider. The longest-lived comes first."""
    day = timezone.localdate(now)
    usable = Pool.objects.usable_for(period, day)
    if lines and all(line.wish == Wish.ONLY for line in lines):
        usable = usable.filter(agreement__provider__in={line.wish_provider_id for line in lines})
    locked = [
        pool.pk for pool in usable.order_by("pk").select_for_update(no_key=True, of=("self",))
    ]
    # Read again, now that nobody else can change them.
    return with_providers(Pool.objects.usable_for(period, day).filter(pk__in=locked))


def usable_pools(period: Period, now: datetime) -> list[Pool]:
    """The same, not locked: for a page."""
    return with_providers(Pool.objects.usable_for(period, timezone.localdate(now)))


def with_providers(pools: PoolQuerySet) -> list[Pool]:
    """These pools in order, each with its agreement and provider."""
    return list(pools.select_related("agreement__provider"))


def count_stock(pools: Sequence[Pool], *, at_most: int | None = None) -> list[PoolStock]:
    """These pools in order with their free codes, counted up to `at_most`."""
    free = count_free([pool.pk for pool in pools], at_most=at_most)
    return [PoolStock(pool.pk, pool.agreement.provider_id, free[pool.pk]) for pool in pools]


def count_free(pools: Sequence[int], *, at_most: int | None = None) -> dict[int, int]:
    """Free codes per pool, counted up to `at_most`."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FREE, [at_most, list(pools)])
        return dict(cursor.fetchall())


Refusal = TypeVar("Refusal", bound=NotEnoughCodes)


def shortage(short: Sequence[Waiting], refusal: type[Refusal]) -> Refusal:
    """The refusal for these lines, with the providers they insist on."""
    only = Counter(line.wish_provider_id for line in short if line.wish == Wish.ONLY)
    providers = Provider.objects.filter(pk__in=[pk for pk in only if pk]).order_by("name")
    return refusal(short_by=len(short), by_provider={each: only[each.pk] for each in providers})


def draw(draws: Sequence[Draw], *, by: User, now: datetime) -> None:
    """Bind codes to lines and move them out: the nth line of a pool gets its nth free code.

    Precondition: the caller has locked the pools. One INSERT and one UPDATE, however many lines.
    Raises StockChanged when a code was no longer there.
    """
    in_order = sorted(draws, key=lambda each: each.pool_id)
    needed = sorted(Counter(each.pool_id for each in draws).items())
    with connection.cursor() as cursor:
        drawn: list[int] = []
        for pool_id, count in needed:
            cursor.execute(NEXT_CODES, [pool_id, count])
            drawn += [pk for (pk,) in cursor.fetchall()]
        if len(drawn) < len(draws):
            raise StockChanged
        lines = [each.line_id for each in in_order]
        replaced = [each.replaces_id for each in in_order]
        cursor.execute(BIND_CODES, [now, by.pk, drawn, lines, replaced])
        cursor.execute(MOVE_CODES, [drawn])
        if cursor.rowcount < len(drawn):
            raise StockChanged


def vacuum() -> None:
    """Vacuum after codes came or went, for the planner; outside a transaction."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) vouchers_voucher")
