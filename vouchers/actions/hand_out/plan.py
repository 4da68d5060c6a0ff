"""What a hand-out comes to, for one request or a whole period, and what is recorded about it.

The officer's page and the hand-out itself call the same function, so that what was shown is what
happens, or nothing does (`DivisionChanged`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from common.refused import Refused
from schools.models import PupilCount
from vouchers.actions.hand_out import waiting_list
from vouchers.actions.hand_out.allocation import (
    Claim,
    PoolStock,
    Rule,
    Share,
    Waiting,
    assign,
    codes_by_provider,
    divide,
    shares_by,
    without_claims,
)
from vouchers.actions.hand_out.stock import NotEnoughCodes, count_stock, shortage
from vouchers.actions.hand_out.waiting_list import Ahead, WaitingListFirst
from vouchers.models import Division, DivisionShare, Period, Pool
from vouchers.states import DivisionRule


class NotEnoughForPeriod(NotEnoughCodes):
    """Fewer codes than pupils in a period; nobody got one."""

    def _way_out(self) -> str:
        return _("Laad eerst nieuwe codes, of verdeel wat er is.")


class DivisionChanged(Refused):
    """What a hand-out of a period comes to is not what the officer saw; nothing happened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "De codes of de aanvragen zijn veranderd sinds je ze bekeek. Er is niets "
                "uitgereikt. Bekijk eerst wie nu een code krijgt."
            ),
            code="division-changed",
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How an officer wants a period handed out. Stored with the job that does it."""

    # How to divide when there are too few codes; "" gives everybody a code or nobody.
    rule: str = ""
    minimum: int = 0
    # Only those who wait from an earlier division.
    only_queue: bool = False
    # Checksum of the allocation that the officer saw; "" when nobody looked.
    checksum: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a job stores it, without defaults."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Allocation:
    """What a hand-out of a period comes to: `lines` wait, in order; `served` (ids) get a code from
    the pools, whose `stock` (in the same order) excludes what others go first for.
    `from_waiting_list`: how many of the lines wait from an earlier division, and go first."""

    plan: Plan
    lines: Sequence[Waiting]
    served: frozenset[int]
    pools: Sequence[Pool]
    stock: Sequence[PoolStock]
    from_waiting_list: int

    @cached_property
    def assigned(self) -> dict[int, int]:
        """Line → pool, for everybody who gets a code."""
        return assign([line for line in self.lines if line.pk in self.served], self.stock)

    @cached_property
    def short(self) -> list[Waiting]:
        """Those who get none because too few codes suit them, however codes are divided."""
        if len(self.served) == len(self.lines):
            return []
        served = assign(self.lines, self.stock)
        return [line for line in self.lines if line.pk not in served]

    @cached_property
    def shares(self) -> list[Share]:
        """Per request (id), in order: how many waited, how many get a code."""
        return shares_by(self.lines, self.served, attrgetter("request_id"))

    @cached_property
    def per_pool(self) -> list[dict[str, int]]:
        """For each pool: how many codes it has for this, and how many are given."""
        drawn = Counter(self.assigned.values())
        return [
            {
                "pool": each.pool_id,
                "free": min(each.free, len(self.lines)),
                "given": drawn[each.pool_id],
            }
            for each in self.stock
        ]

    @cached_property
    def checksum(self) -> str:
        """The same for the same outcome, and only then: who gets how many codes, from which pools.
        Of a shortage also for the same rule and stock, since these decide who goes without."""
        content: list[object] = [self.plan.only_queue, self.shares]
        if self.short:
            content += [self.plan.rule, self.plan.minimum, self.per_pool]
        else:
            content += [[pool.pk, codes] for pool, codes in self.from_pools.items()]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Given:
    """The part of an allocation that one person hands out: line → pool, codes from each pool, and
    the requests (ids) that get theirs. `passed_over`: how many pupils a colleague serves."""

    assigned: Mapping[int, int]
    from_pools: dict[Pool, int]
    requests: tuple[int, ...]
    passed_over: int

    @classmethod
    def of(cls, allocation: Allocation, *, without: Collection[int] = ()) -> "Given":
        """All of it but the pupils of these organisations (ids). Their codes stay for them: whoever
        is served gets the code that it would get with everybody."""
        over = {line.pk for line in allocation.lines if line.organisation_id in without}
        assigned = {line: pool for line, pool in allocation.assigned.items() if line not in over}
        drawn = Counter(assigned.values())
        served = shares_by(allocation.lines, frozenset(assigned), attrgetter("request_id"))
        return cls(
            assigned,
            {pool: drawn[pool.pk] for pool in allocation.pools if drawn[pool.pk]},
            tuple(request for request, _waited, codes in served if codes),
            len(over),
        )


@dataclass(frozen=True, slots=True)
class AllocationInput:
    """Who waits in a period, in tiers (those on the waiting list go first), the pools there are for
    them, with their `stock` in the same order, and the claims of others that go first."""

    tiers: Sequence[Sequence[Waiting]]
    pools: Sequence[Pool]
    stock: Sequence[PoolStock]
    claims: Sequence[Claim]

    def allocate(self, plan: Plan) -> Allocation:
        """What a plan comes to."""
        lines = [line for tier in self.tiers for line in tier]
        rule = _rule(plan, lines)
        left = without_claims(self.stock, self.claims)
        served = frozenset(divide(self.tiers, codes_by_provider(left), rule))
        return Allocation(plan, lines, served, self.pools, left, len(self.tiers[0]))


def allocation_input(
    period: Period,
    pools: Sequence[Pool],
    now: datetime,
    *,
    only_queue: bool,
    counted: bool = False,
    among: Sequence[int] | None = None,
) -> AllocationInput:
    """Who waits in a period, and what these pools hold for them.

    counted: count all free codes, for a page that shows what is left. among: the requests (ids)
    that the caller has locked.
    """
    waiting = waiting_list.in_period(period, pools, now, among=among)
    tiers = [waiting.first] if only_queue else [waiting.first, waiting.rest]
    needed = sum(map(len, tiers)) + waiting.ahead.pupils
    stock = count_stock(pools, at_most=None if counted else needed)
    return AllocationInput(tiers, pools, stock, waiting.ahead.claims)


def _rule(plan: Plan, lines: Sequence[Waiting]) -> Rule:
    """The plan's rule with the numbers it needs."""
    name = plan.rule or DivisionRule.FIRST_COME
    pupils = _known_pupils(lines) if name == DivisionRule.BY_NEED else {}
    return Rule(name, plan.minimum, pupils)


def _known_pupils(lines: Sequence[Waiting]) -> Mapping[int, int]:
    """School (id) → its pupils in the last known year; schools without one are absent."""
    schools = {line.school_id for line in lines}
    counts = PupilCount.objects.filter(organisation__in=schools).order_by("school_year")
    return dict(counts.values_list("organisation", "pupils"))


def record_division(allocation: Allocation, *, period: Period, by: User, now: datetime) -> Division:
    """Record how a shortage was divided, what each request got and the order of those who wait.

    For `handing_out` only, in the transaction that hands out.
    """
    division = Division.objects.create(
        period=period,
        rule=allocation.plan.rule,
        minimum=allocation.plan.minimum,
        only_queue=allocation.plan.only_queue,
        asked=len(allocation.lines),
        given=len(allocation.served),
        stock=allocation.per_pool,
        checksum=allocation.checksum,
        made_at=now,
        made_by=by,
    )
    DivisionShare.objects.bulk_create(
        DivisionShare(
            division=division, request_id=request, position=position, asked=asked, given=given
        )
        for position, (request, asked, given) in enumerate(allocation.shares, 1)
    )
    return division


@dataclass(frozen=True, slots=True)
class RequestAllocation:
    """What handing out one request comes to, after those who go before it: line → pool, and why
    not everybody gets a code. `may_be_less`: handing out as many codes as there are is allowed."""

    assigned: dict[int, int]
    stock: Sequence[PoolStock]
    refusal: NotEnoughCodes | None
    may_be_less: bool


def allocate_request(
    period: Period,
    lines: Sequence[Waiting],
    pools: Sequence[Pool],
    now: datetime,
    *,
    counted: bool = False,
) -> RequestAllocation:
    """What handing out one request comes to. counted: count all free codes, for a page that shows
    what is left.

    Those who wait from a division first take what they can use; those of the same period as if they
    were served with this request, so that both are served where there is enough for both.
    """
    ahead = waiting_list.ahead_of(lines[0].request_id, period, pools, now)
    stock = count_stock(pools, at_most=None if counted else len(lines) + ahead.pupils)
    left = without_claims(stock, ahead.claims)
    together = [*ahead.lines, *lines]
    served = divide([ahead.lines, lines], codes_by_provider(left), Rule())
    own_lines = {line.pk for line in lines}
    assigned = {
        line: pool
        for line, pool in assign([each for each in together if each.pk in served], left).items()
        if line in own_lines
    }
    refusal = _why_short(lines, assigned, stock, ahead)
    may_be_less = bool(assigned) or not isinstance(refusal, WaitingListFirst)
    return RequestAllocation(assigned, stock, refusal, may_be_less)


def _why_short(
    lines: Sequence[Waiting], assigned: Collection[int], stock: Sequence[PoolStock], ahead: Ahead
) -> NotEnoughCodes | None:
    """Why not all these lines get a code: there are too few, or others go first."""
    if len(assigned) == len(lines):
        return None
    alone = assign(lines, stock)
    if len(alone) > len(assigned):
        return WaitingListFirst([line for line in lines if line.pk not in assigned], ahead)
    return shortage([line for line in lines if line.pk not in alone], NotEnoughCodes)
