"""What lies in the pools while somebody hands out: who waits for it, held, assigned, taken.

Whoever holds a pool (`FOR NO KEY UPDATE`, so that a load of codes can go on) is the only one taking
from it (docs/architecture.md#handing-out). Used by `handing_out`, which holds the requests first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeVar

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from vouchers.models import Period, Pool, Provider
from vouchers.models.pools import PoolQuerySet
from vouchers.models.requests import PupilLineQuerySet
from vouchers.policies import NotAllowed
from vouchers.states import Wish

# The next free codes, along the partial index of free codes. Their ids go out and come back: joined
# in one statement the planner does not see how few they are and walks every free code. The limit is
# a question, so that it plans for the first ones: told that many are wanted, it may walk the whole
# pool, used codes included, and sort (failure 4).
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

# Stops counting when there are enough: a pool may hold a million codes.
COUNT_FREE = """
SELECT pool_id, (
    SELECT count(*) FROM (
        SELECT 1 FROM vouchers_voucher
        WHERE vouchers_voucher.pool_id = pool.pool_id AND state = 'AVAILABLE' LIMIT %s
    ) AS free
) FROM unnest(%s::bigint[]) AS pool (pool_id)
"""


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


class Waiting(NamedTuple):
    """What has to be known of a pupil who waits for a code."""

    pk: int
    request_id: int
    wish: str
    wish_provider_id: int | None
    organisation_id: int
    school_id: int | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A pool and how many free codes lie in it."""

    pool: Pool
    free: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line, the pool it draws from, and the hand-out that it replaces."""

    line_id: int
    pool_id: int
    replaces_id: int | None = None


def waiting_lines(lines: PupilLineQuerySet) -> list[Waiting]:
    """Those of these lines that wait for a code: the request that was sent first goes first, its
    pupils in their order."""
    rows = lines.waiting().order_by("request__submitted_at", "request_id", "position", "pk")
    return [Waiting(*row) for row in rows.values_list(*Waiting._fields)]


def held_shelves(period: Period, lines: Sequence[Waiting], now: datetime) -> list[Shelf]:
    """The pools these lines may draw from, held and counted, the one that lives longest first."""
    return shelves_of(held_pools(period, now, lines), at_most=len(lines))


def held_pools(period: Period, now: datetime, lines: Sequence[Waiting] = ()) -> PoolQuerySet:
    """The pools that a period may use, locked by id; of these only what the lines want, when each
    insists on a provider."""
    day = timezone.localdate(now)
    usable = Pool.objects.usable_for(period, day)
    if lines and all(line.wish == Wish.ONLY for line in lines):
        usable = usable.filter(agreement__provider__in={line.wish_provider_id for line in lines})
    locked = [
        pool.pk for pool in usable.order_by("pk").select_for_update(no_key=True, of=("self",))
    ]
    # Asked again, now that nobody else can change what is on them.
    return Pool.objects.usable_for(period, day).filter(pk__in=locked)


def by_provider(shelves: Iterable[Shelf]) -> Counter[int]:
    """Provider (id) → free codes."""
    found: Counter[int] = Counter()
    for shelf in shelves:
        found[shelf.pool.agreement.provider_id] += shelf.free
    return found


def shelves_of(pools: PoolQuerySet, *, at_most: int | None = None) -> list[Shelf]:
    """These pools in their order with their free codes, counted up to `at_most`."""
    found = list(pools.select_related("agreement__provider"))
    free = count_free([pool.pk for pool in found], at_most=at_most)
    return [Shelf(pool, free[pool.pk]) for pool in found]


def count_free(pools: Sequence[int], *, at_most: int | None = None) -> dict[int, int]:
    """Free codes per pool, counted up to `at_most`."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FREE, [at_most, list(pools)])
        return dict(cursor.fetchall())


def assign(lines: Sequence[Waiting], shelves: Sequence[Shelf]) -> dict[int, int]:
    """Line → pool, for as many lines as can be served.

    One request after the other, in the order given. Where that leaves somebody without, all as if
    they were one request: then a code that only a later one can use is not spent on an earlier one
    that could take any, and nobody is left without who could have been served (ADR 14).
    """
    requests = [list(own) for _pk, own in groupby(lines, key=attrgetter("request_id"))]
    in_turn = _assign(requests, shelves)
    return in_turn if len(in_turn) == len(lines) else _assign([lines], shelves)


def _assign(requests: Iterable[Sequence[Waiting]], shelves: Sequence[Shelf]) -> dict[int, int]:
    """Of each request first who wants only one provider (nothing else will do), then who prefers
    one, then the rest and whose preference ran out, each from the pool that lives longest."""
    left = {shelf.pool.pk: shelf.free for shelf in shelves}
    owners = {shelf.pool.pk: shelf.pool.agreement.provider_id for shelf in shelves}
    assigned: dict[int, int] = {}

    def serve(line: Waiting, *, wished: bool) -> None:
        for pool, provider in owners.items():
            if left[pool] and (not wished or provider == line.wish_provider_id):
                left[pool] -= 1
                assigned[line.pk] = pool
                return

    for lines in requests:
        for wish in (Wish.ONLY, Wish.PREFER):
            for line in lines:
                if line.wish == wish:
                    serve(line, wished=True)
        for line in lines:
            if line.wish != Wish.ONLY and line.pk not in assigned:
                serve(line, wished=False)
    return assigned


Refusal = TypeVar("Refusal", bound=NotEnoughCodes)


def shortage(short: Sequence[Waiting], refusal: type[Refusal]) -> Refusal:
    """The refusal for these lines, with the providers they insist on."""
    only = Counter(line.wish_provider_id for line in short if line.wish == Wish.ONLY)
    providers = Provider.objects.filter(pk__in=[pk for pk in only if pk]).order_by("name")
    return refusal(short_by=len(short), by_provider={each: only[each.pk] for each in providers})


def take(wanted: Sequence[Wanted], *, by: User, now: datetime) -> None:
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
