"""Who waits from a division of a shortage, and goes before whoever came since (ADR 24)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import in_words
from vouchers.actions.hand_out.shelves import (
    NotEnoughCodes,
    Shelf,
    Waiting,
    assign,
    count_free,
    waiting_lines,
)
from vouchers.models import Division, DivisionShare, Period, Pool, PupilLine


class Place(NamedTuple):
    """Where a request stands: places compare as they go, the first division in front."""

    division_id: int
    position: int
    request_id: int
    period_id: int
    waiting: int


class QueueFirst(NotEnoughCodes):
    """The codes are for pupils who wait from a division. `division`: the one that goes first;
    `ahead`: how many pupils go before."""

    code = "others-first"

    def __init__(self, short: Sequence[Waiting], ahead: Sequence[Place]) -> None:
        self.ahead = sum(place.waiting for place in ahead)
        first = ahead[0].division_id
        self.division = Division.objects.select_related("period").get(pk=first)
        super().__init__(short_by=len(short), by_provider={})

    def _what(self) -> str:
        return ngettext(
            "Eerst komt de {n} leerling die nog wacht uit de verdeling van {day}.",
            "Eerst komen de {n} leerlingen die nog wachten uit de verdeling van {day}.",
            self.ahead,
        ).format(n=self.ahead, day=in_words(self.division.made_at))

    def _way_out(self) -> str:
        return _("Bedien eerst de wachtenden, of laad nieuwe codes.")


@dataclass(frozen=True, slots=True)
class Queue:
    """How many pupils of a period wait from a division, and how many codes it may use are free
    (counted up to as many)."""

    period: Period
    waiting: int
    codes: int


def queues(now: datetime) -> list[Queue]:
    """Every period in which somebody waits from a division, the oldest division in front. A picture
    for a page: nothing is locked. One query, and two for each of them."""
    rows = (
        DivisionShare.objects.queue()
        .order_by("division")
        .values_list("division__period")
        .annotate(pupils=Sum("request__counts__waiting"))
    )
    waiting = dict(rows)
    periods = Period.objects.in_bulk(waiting) if waiting else {}
    return [Queue(periods[pk], n, _usable(periods[pk], n, now)) for pk, n in waiting.items()]


def _usable(period: Period, at_most: int, now: datetime) -> int:
    pools = Pool.objects.usable_for(period, timezone.localdate(now))
    free = count_free(list(pools.values_list("pk", flat=True)), at_most=at_most)
    return min(at_most, sum(free.values()))


def places() -> list[Place]:
    """Everybody who waits from a division, of every period that is open, in order. One query."""
    rows = DivisionShare.objects.queue().values_list(
        "division", "position", "request", "division__period", "request__counts__waiting"
    )
    return [Place(*row) for row in rows]


def before_request(request_id: int, found: Sequence[Place]) -> list[Place]:
    """Those of these places that go before a request: all when it has none itself."""
    own = next((place for place in found if place.request_id == request_id), None)
    return [place for place in found if own is None or place < own]


def before_period(period: Period, found: Sequence[Place]) -> list[Place]:
    """Those of other periods that go before a period: all when nobody in it has a place, else
    those whose division was made before its own."""
    own = next((place for place in found if place.period_id == period.pk), None)
    others = [place for place in found if place.period_id != period.pk]
    return [place for place in others if own is None or place < own]


def in_order(lines: Iterable[Waiting], found: Iterable[Place]) -> tuple[
    list[Waiting], list[Waiting]
]:  # fmt: skip
    """These lines in two: those with a place, in its order, and the others."""
    place = {each.request_id: each for each in found}
    first: list[Waiting] = []
    rest: list[Waiting] = []
    for line in lines:
        (first if line.request_id in place else rest).append(line)
    return sorted(first, key=lambda line: place[line.request_id]), rest


def lines_of(found: Sequence[Place]) -> list[Waiting]:
    """Who waits at these places, in order."""
    ids = [place.request_id for place in found]
    rows = waiting_lines(PupilLine.objects.filter(request__in=ids)) if ids else []
    return in_order(rows, found)[0]


def without_claims(
    shelves: Sequence[Shelf], ahead: Sequence[Place], now: datetime
) -> list[Shelf]:  # fmt: skip
    """What is left on these shelves when those of other periods took what they can use of it."""
    day, left = timezone.localdate(now), list(shelves)
    for period_id, own in groupby(ahead, key=attrgetter("period_id")):
        usable = Pool.objects.usable_for(Period.objects.get(pk=period_id), day)
        theirs = set(usable.values_list("pk", flat=True))
        shared = [shelf for shelf in left if shelf.pool.pk in theirs]
        taken = Counter(assign(lines_of(list(own)), shared).values()) if shared else Counter()
        left = [Shelf(shelf.pool, shelf.free - taken[shelf.pool.pk]) for shelf in left]
    return left
