"""Who waits for a code, and in which order: first those left waiting by a division of a shortage,
then those who came since (ADR 24)."""

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
from vouchers.actions.hand_out.allocation import Claim, Waiting
from vouchers.actions.hand_out.stock import NotEnoughCodes, count_free
from vouchers.models import Division, DivisionShare, Period, Pool, PupilLine
from vouchers.models.requests import PupilLineQuerySet


class Entry(NamedTuple):
    """A request on the waiting list: entries sort in the order they are served, the first division
    in front."""

    division_id: int
    position: int
    request_id: int
    period_id: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who is served before a request or a period: `lines` wait in its own period, `claims` belong
    to other periods, on pools that it may use too."""

    entries: Sequence[Entry]
    lines: Sequence[Waiting]
    claims: Sequence[Claim]

    @property
    def pupils(self) -> int:
        return sum(entry.waiting for entry in self.entries)


@dataclass(frozen=True, slots=True)
class WaitingInPeriod:
    """`first` are on the waiting list, in its order; `rest` came since. `ahead`: those of other
    periods."""

    first: Sequence[Waiting]
    rest: Sequence[Waiting]
    ahead: Ahead


class WaitingListFirst(NotEnoughCodes):
    """The codes are for pupils who wait from a division. `division`: the one that goes first;
    `ahead`: how many pupils go before."""

    code = "others-first"

    def __init__(self, short: Sequence[Waiting], ahead: Ahead) -> None:
        self.ahead = ahead.pupils
        first = ahead.entries[0].division_id
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
class WaitingList:
    """How many pupils of a period wait from a division, and how many of the codes it may use are
    free (counted up to that number)."""

    period: Period
    waiting: int
    codes: int


def waiting_lists(now: datetime) -> list[WaitingList]:
    """Every period in which somebody waits from a division, the oldest division first. A snapshot
    for a page: nothing is locked. One query, plus two for each of them."""
    rows = (
        DivisionShare.objects.waiting_list()
        .order_by("division")
        .values_list("division__period")
        .annotate(pupils=Sum("request__counts__waiting"))
    )
    waiting = dict(rows)
    periods = Period.objects.in_bulk(waiting) if waiting else {}
    return [WaitingList(periods[pk], n, _usable(periods[pk], n, now)) for pk, n in waiting.items()]


def _usable(period: Period, at_most: int, now: datetime) -> int:
    pools = Pool.objects.usable_for(period, timezone.localdate(now))
    free = count_free(list(pools.values_list("pk", flat=True)), at_most=at_most)
    return min(at_most, sum(free.values()))


def entries() -> list[Entry]:
    """Everybody who waits from a division, in every open period, in order. One query."""
    rows = DivisionShare.objects.waiting_list().values_list(
        "division", "position", "request", "division__period", "request__counts__waiting"
    )
    return [Entry(*row) for row in rows]


def waiting_lines(lines: PupilLineQuerySet) -> list[Waiting]:
    """Those of these lines that wait for a code: the request sent first goes first, its pupils in
    their order."""
    rows = lines.waiting().order_by("request__submitted_at", "request_id", "position", "pk")
    return [Waiting(*row) for row in rows.values_list(*Waiting._fields)]


def as_waiting(line: PupilLine) -> Waiting:
    """A pupil who is to get another code."""
    return Waiting(
        line.pk, line.request_id, line.wish, line.wish_provider_id, line.organisation_id,
        line.school_id,
    )  # fmt: skip


def in_period(
    period: Period, pools: Sequence[Pool], now: datetime, *, among: Sequence[int] | None = None
) -> WaitingInPeriod:
    """Everybody who waits in a period. among: only these requests (ids)."""
    rows = PupilLine.objects.waiting_in(period)
    lines = waiting_lines(rows if among is None else rows.filter(request__in=among))
    found = entries()
    first, rest = _in_order(lines, found)
    others = _before_period(period, found)
    return WaitingInPeriod(first, rest, Ahead(others, [], _claims(others, pools, now)))


def ahead_of(request_id: int, period: Period, pools: Sequence[Pool], now: datetime) -> Ahead:
    """Who is served before a request of this period."""
    found = _before_request(request_id, entries())
    own = [entry for entry in found if entry.period_id == period.pk]
    others = [entry for entry in found if entry.period_id != period.pk]
    return Ahead(found, _lines_of(own), _claims(others, pools, now))


def _before_request(request_id: int, found: Sequence[Entry]) -> list[Entry]:
    """Those of these entries that are served before a request: all when it has none of its own."""
    own = next((entry for entry in found if entry.request_id == request_id), None)
    return [entry for entry in found if own is None or entry < own]


def _before_period(period: Period, found: Sequence[Entry]) -> list[Entry]:
    """Those of other periods that are served before a period: all when nobody in it has an entry,
    else those whose division was made before its own."""
    own = next((entry for entry in found if entry.period_id == period.pk), None)
    others = [entry for entry in found if entry.period_id != period.pk]
    return [entry for entry in others if own is None or entry < own]


def _in_order(
    lines: Iterable[Waiting], found: Iterable[Entry]
) -> tuple[list[Waiting], list[Waiting]]:
    """These lines as two lists: those on the waiting list, in its order, and the others."""
    listed = {entry.request_id: entry for entry in found}
    first: list[Waiting] = []
    rest: list[Waiting] = []
    for line in lines:
        (first if line.request_id in listed else rest).append(line)
    return sorted(first, key=lambda line: listed[line.request_id]), rest


def _lines_of(found: Sequence[Entry]) -> list[Waiting]:
    """The pupils behind these entries, in order."""
    ids = [entry.request_id for entry in found]
    rows = waiting_lines(PupilLine.objects.filter(request__in=ids)) if ids else []
    return _in_order(rows, found)[0]


def _claims(ahead: Sequence[Entry], pools: Sequence[Pool], now: datetime) -> list[Claim]:
    """What those of other periods may draw from these pools, the first division in front."""
    day, ids = timezone.localdate(now), [pool.pk for pool in pools]
    found = []
    for period_id, own in groupby(ahead, key=attrgetter("period_id")):
        usable = Pool.objects.usable_for(Period.objects.get(pk=period_id), day)
        shared = set(usable.values_list("pk", flat=True)).intersection(ids)
        if shared:
            found.append(Claim(_lines_of(list(own)), shared))
    return found
