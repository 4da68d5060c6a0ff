"""Who gets a code when there are too few: a rule applied to who waits. No database in here.

A code suits everybody but who wants only another provider. So whoever is chosen can be served as
long as there are codes enough in all, and codes enough of each provider for those who insist on it:
codes are divided first among these, per provider, then among all who can be served. Nothing that
anybody could have stays on the shelf (ADR 24).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vouchers.actions.hand_out.shelves import Waiting
from vouchers.states import DivisionRule, Wish


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with what it needs: `minimum` codes that each unit gets first, and the number of
    `pupils` of schools (ids) that are known."""

    name: str = DivisionRule.FIRST_COME
    minimum: int = 0
    pupils: Mapping[int, int] | None = None

    def unit(self, line: Waiting) -> int | None:
        """Among whom is divided: schools by number of pupils, else the organisations that asked."""
        by_need = self.name == DivisionRule.BY_NEED
        return line.school_id if by_need else line.organisation_id


@dataclass(slots=True)
class Room:
    """How many codes are left: of each provider, and in all."""

    of: dict[int, int]
    total: int

    @classmethod
    def for_stock(cls, stock: Mapping[int, int]) -> "Room":
        """From provider → codes."""
        return cls(dict(stock), sum(stock.values()))

    def give(self, lines: Sequence[Waiting]) -> None:
        """These get a code; only who insists needs one of a certain provider."""
        self.total -= len(lines)
        for provider, n in _insisting(lines).items():
            self.of[provider] -= len(n)


def divide(tiers: Sequence[Sequence[Waiting]], stock: Mapping[int, int], rule: Rule) -> set[int]:
    """The lines (ids) that get a code.

    tiers: who goes first altogether, then the next; each in the order in which they asked.
    stock: provider (id) → codes.
    """
    room = Room.for_stock(stock)
    served: set[int] = set()
    for lines in tiers:
        chosen = _choose(lines, room, rule)
        room.give(chosen)
        served.update(line.pk for line in chosen)
    return served


def _choose(lines: Sequence[Waiting], room: Room, rule: Rule) -> Sequence[Waiting]:
    left_out: set[int] = set()
    for provider, insist in _insisting(lines).items():
        helped = {line.pk for line in _share_out(insist, room.of.get(provider, 0), rule)}
        left_out.update(line.pk for line in insist if line.pk not in helped)
    able = [line for line in lines if line.pk not in left_out] if left_out else lines
    return _share_out(able, room.total, rule)


def _insisting(lines: Sequence[Waiting]) -> dict[int, list[Waiting]]:
    """Provider → the lines that want no other."""
    found: dict[int, list[Waiting]] = defaultdict(list)
    for line in lines:
        if line.wish == Wish.ONLY and line.wish_provider_id is not None:
            found[line.wish_provider_id].append(line)
    return found


def _share_out(lines: Sequence[Waiting], codes: int, rule: Rule) -> Sequence[Waiting]:
    """Those of these lines that get one of so many codes, each of which suits each of them."""
    if codes >= len(lines) or rule.name == DivisionRule.FIRST_COME:
        return lines[: max(codes, 0)]
    units: dict[int | None, list[Waiting]] = defaultdict(list)
    for line in lines:
        units[rule.unit(line)].append(line)
    numbers = _numbers(codes, [len(own) for own in units.values()], list(units), rule)
    return [
        line for own, n in zip(units.values(), numbers, strict=True) for line in own[:n]
    ]  # fmt: skip


def _numbers(
    codes: int, asked: Sequence[int], units: Sequence[int | None], rule: Rule
) -> list[int]:
    """How many of these codes each unit gets: first the minimum, then the rest by the rule."""
    at_least = [min(rule.minimum, n) for n in asked]
    first = apportion(codes, at_least, at_least)
    rest = [n - given for n, given in zip(asked, first, strict=True)]
    left = codes - sum(first)
    if rule.name == DivisionRule.BY_NEED:
        more = _by_pupils(left, rest, [(rule.pupils or {}).get(unit or 0, 0) for unit in units])
    else:
        more = apportion(left, rest, rest)
    return [a + b for a, b in zip(first, more, strict=True)]


def _by_pupils(codes: int, asked: Sequence[int], pupils: Sequence[int]) -> list[int]:
    """As many codes per pupil for each school. Those whose number is unknown are set apart: they
    get the same part of what they ask as all schools together, in proportion to it."""
    known = [n if size else 0 for n, size in zip(asked, pupils, strict=True)]
    unknown = [0 if size else n for n, size in zip(asked, pupils, strict=True)]
    groups = [sum(known), sum(unknown)]
    for_known, for_unknown = apportion(codes, groups, groups)
    return [
        a + b
        for a, b in zip(
            apportion(for_known, pupils, known),
            apportion(for_unknown, unknown, unknown),
            strict=True,
        )
    ]


def apportion(codes: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to the weights, none above its cap, together `codes` or all caps.

    Whoever would get more than its cap gets its cap, and what is left goes to the others. Each
    number is less than 1 from its exact share; the largest remainders are rounded up, of equal ones
    the first. A cap above 0 needs a weight above 0.
    """
    given = [0] * len(caps)
    open_ones = [n for n, cap in enumerate(caps) if cap]
    # Who has enough with the least comes first: then one walk finds who reaches its cap.
    open_ones.sort(key=lambda n: Fraction(caps[n], weights[n]), reverse=True)
    weight = sum(weights[n] for n in open_ones)
    while open_ones and codes * weights[open_ones[-1]] >= caps[open_ones[-1]] * weight:
        full = open_ones.pop()
        given[full] = caps[full]
        codes -= caps[full]
        weight -= weights[full]
    for n in open_ones:
        given[n] = codes * weights[n] // weight
    over = codes - sum(given[n] for n in open_ones)
    by_remainder = sorted(open_ones, key=lambda n: (-(codes * weights[n] % weight), n))
    for n in by_remainder[:over] if open_ones else ():
        given[n] += 1
    return given


Share = tuple[int, int, int]


def outcome(
    lines: Sequence[Waiting], served: Collection[int], key: Callable[[Waiting], int]
) -> list[Share]:
    """Per key, in the order of the lines: how many waited and how many of them get a code."""
    asked = Counter(key(line) for line in lines)
    given = Counter(key(line) for line in lines if line.pk in served)
    return [(each, n, given[each]) for each, n in asked.items()]
