"""The plan of a demo wave, worked out before anything is written: pure and seeded.

The numbers of a wave are exact at any size; who, when and where is random. The same seed gives the
same shape. Nothing here touches the database.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from vouchers.states import Wish

T = TypeVar("T")

REASONS = (
    "Deze leerling heeft thuis al internet.",
    "Deze leerling kreeg al een voucher via het OCMW.",
    "Deze leerling is niet meer ingeschreven.",
    "Op dit adres is er geen ontvangst van een hotspot.",
)
PUPILS_A_SCHOOL = 19  # lines of an asking school, on average
VIA_OTHERS = 0.05  # lines that a municipality or an OCMW asks
IN_TWO_REQUESTS = 0.35  # schools with more than a few pupils that ask a second time


@dataclass(frozen=True, slots=True)
class School:
    """A school as the plan sees it; `weight`: how many pupils need a voucher, relatively."""

    pk: int
    types: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks (id of an organisation), for pupils of which schools."""

    organisation: int
    schools: tuple[School, ...]

    @property
    def weight(self) -> float:
        """How much they ask, relative to others."""
        return sum(school.weight for school in self.schools)


class Fate(StrEnum):
    """What becomes of a pupil's line."""

    REFUSED = "REFUSED"
    WAITING = "WAITING"  # granted, and the wave closed before there was a code
    TAKEN_BACK = "TAKEN_BACK"  # a code that nobody printed, back in stock
    UNSEEN = "UNSEEN"  # a code that nobody printed
    PRINTED = "PRINTED"
    GIVEN = "GIVEN"
    REPLACED = "REPLACED"  # given, does not work, another one given
    USED = "USED"

    @property
    def has_code(self) -> bool:
        """Whether a code was handed out, even if taken back later."""
        return self not in (Fate.REFUSED, Fate.WAITING)


@dataclass(slots=True)
class Line:
    """One pupil; `used`: the day of the activation."""

    school: School
    education_type: str
    fate: Fate = Fate.GIVEN
    reason: str = ""
    used: date | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """The days on which things happened to a request; None is never, or not yet."""

    sent: date
    withdrawn: date | None = None
    decided: date | None = None
    handed_out: date | None = None
    printed: date | None = None
    given: date | None = None
    taken_back: date | None = None

    def known_on(self, day: date) -> "Days":
        """As things are when this day begins."""

        def past(moment: date | None) -> date | None:
            return moment if moment and moment < day else None

        return Days(
            self.sent,
            past(self.withdrawn),
            past(self.decided),
            past(self.handed_out),
            past(self.printed),
            past(self.given),
            past(self.taken_back),
        )


@dataclass(slots=True)
class Request:
    """What somebody asks at once; its codes come from one provider (slug), preferred or not."""

    asker: Asker
    lines: list[Line]
    days: Days
    provider: str
    wish: Wish = Wish.NONE


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave in numbers. Requests are sent from `first` to `last`, nothing happens after `ends`,
    and what would happen from `today` on has not happened yet. `providers`: shares by slug. `lean`:
    above 1 most ask in the first weeks, below 1 in the last."""

    first: date
    last: date
    ends: date
    handed_out: int
    activated: int
    providers: Mapping[str, float]
    today: date = date.max
    lean: float = 2.0

    @property
    def fates(self) -> dict[Fate, int]:
        """How many lines of each fate: more granted than handed out, and so on down."""
        counts = {
            Fate.REFUSED: self._share(0.04),
            Fate.WAITING: self._share(0.007),
            Fate.TAKEN_BACK: self._share(0.01),
            Fate.UNSEEN: self._share(0.04),
            Fate.PRINTED: self._share(0.08),
            Fate.REPLACED: math.ceil(self.handed_out / 1500),
            Fate.USED: self.activated,
        }
        seen = (Fate.UNSEEN, Fate.PRINTED, Fate.REPLACED, Fate.USED)
        counts[Fate.GIVEN] = self.handed_out - sum(counts[fate] for fate in seen)
        return counts

    @property
    def withdrawn(self) -> int:
        """Lines that their askers withdrew, besides those of `fates`."""
        return self._share(0.01)

    def _share(self, share: float) -> int:
        return int(self.handed_out * share)


def plan(
    wave: Wave, schools: Sequence[Asker], governments: Sequence[Asker], rng: Random
) -> list[Request]:
    """The requests of a wave in the order in which they were sent, each line with its fate."""
    kept = _requests(wave, sum(wave.fates.values()), schools, governments, rng)
    _give_fates(wave, kept, rng)
    for request in kept:
        request.days = _after_sending(request.days.sent, rng).known_on(wave.today)
        _use(wave, request, rng)
    withdrawn = _requests(wave, wave.withdrawn, schools, governments, rng)
    for request in withdrawn:
        days = replace(request.days, withdrawn=request.days.sent + timedelta(days=1))
        request.days = days.known_on(wave.today)
    return sorted([*kept, *withdrawn], key=lambda request: request.days.sent)


def pick(rng: Random, items: Sequence[T], weights: Iterable[float], size: int) -> list[T]:
    """So many different items, heavier ones first on average (Efraimidis and Spirakis)."""
    draws = ((-math.log(1 - rng.random()) / weight, n) for n, weight in enumerate(weights))
    return [items[n] for _draw, n in sorted(draws)[:size]]


def working_day(day: date) -> date:
    """This day, or the following Monday when it is in a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _requests(
    wave: Wave, size: int, schools: Sequence[Asker], governments: Sequence[Asker], rng: Random
) -> list[Request]:
    """Requests for so many lines together."""
    via_others = round(size * VIA_OTHERS)
    shares = [(schools, size - via_others), (governments, via_others)]
    return [
        _request(wave, asker, pupils, rng)
        for askers, lines in shares
        for asker, total in _among(askers, lines, rng)
        for pupils in _split(total, rng)
    ]


def _among(askers: Sequence[Asker], lines: int, rng: Random) -> Iterator[tuple[Asker, int]]:
    """Who asks for how many: some of them, at least one line each."""
    if not lines:
        return
    weights = [each.weight for each in askers]
    chosen = pick(rng, askers, weights, math.ceil(lines / PUPILS_A_SCHOOL))
    weights = [each.weight for each in chosen]
    extra = Counter(rng.choices(range(len(chosen)), weights, k=lines - len(chosen)))
    for n, asker in enumerate(chosen):
        yield asker, 1 + extra[n]


def _split(total: int, rng: Random) -> list[int]:
    """A school that asks for many sometimes asks twice."""
    if total < 8 or rng.random() > IN_TWO_REQUESTS:
        return [total]
    first = rng.randint(total // 2, total - 2)
    return [first, total - first]


def _request(wave: Wave, asker: Asker, size: int, rng: Random) -> Request:
    after = int((wave.last - wave.first).days * rng.random() ** wave.lean)
    sent = min(wave.last, working_day(wave.first + timedelta(days=after)))
    slugs = list(wave.providers)
    return Request(
        asker=asker,
        lines=[_line(asker, rng) for _n in range(size)],
        days=Days(sent),
        provider=rng.choices(slugs, [wave.providers[slug] for slug in slugs])[0],
        wish=rng.choices([Wish.NONE, Wish.PREFER, Wish.ONLY], [70, 20, 10])[0],
    )


def _line(asker: Asker, rng: Random) -> Line:
    school = asker.schools[0] if len(asker.schools) == 1 else rng.choice(asker.schools)
    return Line(school, rng.choice(school.types))


def _give_fates(wave: Wave, requests: Sequence[Request], rng: Random) -> None:
    """Exactly as many of each fate as the wave says; rare ones come in clusters."""
    left = [(n, line) for n, request in enumerate(requests) for line in request.lines]
    for fate, size in wave.fates.items():
        if fate == Fate.GIVEN:  # every line is this unless it is something else
            continue
        luck = [rng.random() ** (1 if fate == Fate.USED else 3) + 0.02 for _request in requests]
        chosen = pick(rng, range(len(left)), [luck[n] for n, _line in left], size)
        for place in chosen:
            line = left[place][1]
            line.fate = fate
            line.reason = rng.choice(REASONS) if fate == Fate.REFUSED else ""
        taken = set(chosen)
        left = [each for place, each in enumerate(left) if place not in taken]


def _after_sending(sent: date, rng: Random) -> Days:
    """Decided within a week, handed out soon after, printed and given at the school's pace."""

    def later(day: date, most: int) -> date:
        return working_day(day + timedelta(days=rng.randint(0, most)))

    decided = later(sent + timedelta(days=1), 4)
    handed_out = later(decided, 4)
    printed = later(handed_out + timedelta(days=1), 4)
    return Days(
        sent,
        decided=decided,
        handed_out=handed_out,
        printed=printed,
        given=later(printed, 4),
        taken_back=handed_out + timedelta(days=28),
    )


def _use(wave: Wave, request: Request, rng: Random) -> None:
    """The days on which codes come into use: soon after they are given, no later than the end."""
    given = request.days.given
    for line in request.lines:
        if line.fate == Fate.USED and given:
            wait = min(int(rng.expovariate(1 / 16)), (wave.ends - given).days)
            used = given + timedelta(days=wait)
            line.used = used if used < wave.today else None
