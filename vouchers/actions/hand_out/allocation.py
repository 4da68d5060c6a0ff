"""Who gets a code, and from which pool. Pure: no database here, nor anything that knows one.

A code suits everybody except those who want only another provider. So those chosen can be served as
long as there are enough codes in all, and enough of each provider for those who insist on it:
`divide` shares codes out first among these, per provider, then among all who can be served. Nothing
that anybody could have stays in stock (ADR 24). `assign` then says who draws from which pool (ADR
14).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from vouchers.states import DivisionRule, Wish


class Waiting(NamedTuple):
    """What must be known about a pupil who waits for a code."""

    pk: int
    request_id: int
    wish: str
    wish_provider_id: int | None
    organisation_id: int
    school_id: int | None


class PoolStock(NamedTuple):
    """A pool and its number of free codes."""

    pool_id: int
    provider_id: int
    free: int


class Claim(NamedTuple):
    """Pupils who go first, and the pools they may draw from."""

    lines: Sequence[Waiting]
    pools: Collection[int]


# From which pool


def assign(lines: Sequence[Waiting], stock: Sequence[PoolStock]) -> dict[int, int]:
    """Line → pool, for as many lines as can be served.

    One request after another, in the order given. Where that leaves somebody without, all of them
    as if they were one request: then a code that only a later one can use is not spent on an
    earlier one that could take any, and nobody is left without who could have been served (ADR 14).
    """
    requests = [list(own) for _pk, own in groupby(lines, key=attrgetter("request_id"))]
    in_turn = _assign(requests, stock)
    return in_turn if len(in_turn) == len(lines) else _assign([lines], stock)


def _assign(requests: Iterable[Sequence[Waiting]], stock: Sequence[PoolStock]) -> dict[int, int]:
    """For each request, first those who want only one provider (nothing else will do), then those
    who prefer one, then the rest and those whose preference ran out, each from the first pool in
    stock (the longest-lived)."""
    left = {each.pool_id: each.free for each in stock}
    owners = {each.pool_id: each.provider_id for each in stock}
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


def without_claims(stock: Sequence[PoolStock], claims: Iterable[Claim]) -> list[PoolStock]:
    """The stock left when those who go first, one claim after another, have taken what they can
    use."""
    left = list(stock)
    for claim in claims:
        shared = [each for each in left if each.pool_id in claim.pools]
        drawn = Counter(assign(claim.lines, shared).values())
        left = [each._replace(free=each.free - drawn[each.pool_id]) for each in left]
    return left


def codes_by_provider(stock: Iterable[PoolStock]) -> Counter[int]:
    """Provider (id) → free codes."""
    found: Counter[int] = Counter()
    for each in stock:
        found[each.provider_id] += each.free
    return found


# Who, when there are too few


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its inputs: the `minimum` of codes that each unit gets first, and the number of
    `pupils` of schools (ids), where known."""

    name: str = DivisionRule.FIRST_COME
    minimum: int = 0
    pupils: Mapping[int, int] | None = None

    def unit(self, line: Waiting) -> int | None:
        """What codes are divided among: schools when by pupils, else the organisations
        that asked."""
        by_need = self.name == DivisionRule.BY_NEED
        return line.school_id if by_need else line.organisation_id


@dataclass(slots=True)
class CodesLeft:
    """How many codes are left: of each provider, and in all."""

    of: dict[int, int]
    total: int

    @classmethod
    def of_providers(cls, codes: Mapping[int, int]) -> "CodesLeft":
        """From provider → codes."""
        return cls(dict(codes), sum(codes.values()))

    def give(self, lines: Sequence[Waiting]) -> None:
        """These get a code; only those who insist need one from a certain provider."""
        self.total -= len(lines)
        for provider, n in _insisting(lines).items():
            self.of[provider] -= len(n)


def divide(tiers: Sequence[Sequence[Waiting]], codes: Mapping[int, int], rule: Rule) -> set[int]:
    """The lines (ids) that get a code.

    tiers: those who go before all others, then the next; each in the order of asking. codes:
    provider (id) → how many.
    """
    left = CodesLeft.of_providers(codes)
    served: set[int] = set()
    for lines in tiers:
        chosen = _choose(lines, left, rule)
        left.give(chosen)
        served.update(line.pk for line in chosen)
    return served


def _choose(lines: Sequence[Waiting], left: CodesLeft, rule: Rule) -> Sequence[Waiting]:
    left_out: set[int] = set()
    for provider, insist in _insisting(lines).items():
        helped = {line.pk for line in _share_out(insist, left.of.get(provider, 0), rule)}
        left_out.update(line.pk for line in insist if line.pk not in helped)
    able = [line for line in lines if line.pk not in left_out] if left_out else lines
    return _share_out(able, left.total, rule)


def _insisting(lines: Sequence[Waiting]) -> dict[int, list[Waiting]]:
    """Provider → the lines that want no other."""
    found: dict[int, list[Waiting]] = defaultdict(list)
    for line in lines:
        if line.wish == Wish.ONLY and line.wish_provider_id is not None:
            found[line.wish_provider_id].append(line)
    return found


def _share_out(lines: Sequence[Waiting], codes: int, rule: Rule) -> Sequence[Waiting]:
    """Those of these lines that get one of this many codes, any of which suits any of them."""
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
    """As many codes per pupil for each school. Those of unknown size are set apart: they get the
    same share of what they ask for as all schools together, in proportion to it."""
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
    """Whole numbers in proportion to the weights, none above its cap, adding up to `codes` or all
    caps.

    A unit whose share exceeds its cap gets its cap, and what is left goes to the others. Each
    number is less than 1 from its exact share; the largest remainders are rounded up, of equal ones
    the first. A cap above 0 needs a weight above 0.
    """
    given = [0] * len(caps)
    open_ones = [n for n, cap in enumerate(caps) if cap]
    # The lowest cap per weight comes first: then one pass finds those that reach their cap.
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


def shares_by(
    lines: Sequence[Waiting], served: Collection[int], key: Callable[[Waiting], int]
) -> list[Share]:
    """Per key, in the order of the lines: how many waited and how many of them get a code."""
    asked = Counter(key(line) for line in lines)
    given = Counter(key(line) for line in lines if line.pk in served)
    return [(each, n, given[each]) for each, n in asked.items()]
