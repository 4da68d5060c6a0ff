"""Handing out a period when there may be too few codes: what it would come to, and what is kept.

The page of the officer and the hand-out itself ask the same function, so that what was shown is
what happens, or nothing (`DivisionChanged`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from common.refused import Refused
from schools.models import PupilCount
from vouchers.actions.hand_out import queue
from vouchers.actions.hand_out.division import Rule, Share, divide, outcome
from vouchers.actions.hand_out.shelves import (
    Shelf,
    Waiting,
    assign,
    by_provider,
    shelves_of,
    waiting_lines,
)
from vouchers.models import Division, DivisionShare, Period, PupilLine
from vouchers.models.pools import PoolQuerySet
from vouchers.states import DivisionRule


class DivisionChanged(Refused):
    """What would happen is not what the officer saw; nothing happened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "De codes of de aanvragen zijn veranderd sinds je de verdeling bekeek. Er is niets "
                "uitgereikt. Bekijk de nieuwe verdeling."
            ),
            code="division-changed",
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How an officer wants a period handed out. Kept with the job that does it."""

    # How to divide when there are too few codes; "" gives everybody a code or nobody.
    rule: str = ""
    minimum: int = 0
    # Only those who wait from an earlier division.
    only_queue: bool = False
    # Of the outcome that the officer saw; "" when nobody looked.
    checksum: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a hand-out of a period comes to: `lines` wait, in order, `served` (ids) get a code from
    `shelves`, which hold what others do not claim first. `queued` of the lines go first, as they
    wait from an earlier division."""

    plan: Plan
    lines: Sequence[Waiting]
    served: frozenset[int]
    shelves: Sequence[Shelf]
    queued: int

    @cached_property
    def assigned(self) -> dict[int, int]:
        """Line → pool, for everybody who gets a code."""
        return assign([line for line in self.lines if line.pk in self.served], self.shelves)

    @cached_property
    def short(self) -> list[Waiting]:
        """Who gets none because too few codes suit them, however codes are divided."""
        if len(self.served) == len(self.lines):
            return []
        served = assign(self.lines, self.shelves)
        return [line for line in self.lines if line.pk not in served]

    @cached_property
    def shares(self) -> list[Share]:
        """Per request (id), in order: how many waited, how many get a code."""
        return outcome(self.lines, self.served, attrgetter("request_id"))

    @cached_property
    def stock(self) -> list[dict[str, int]]:
        """Of each pool: how many codes it has for this, and how many are given."""
        taken = Counter(self.assigned.values())
        return [
            {
                "pool": shelf.pool.pk,
                "free": min(shelf.free, len(self.lines)),
                "given": taken[shelf.pool.pk],
            }
            for shelf in self.shelves
        ]

    @cached_property
    def checksum(self) -> str:
        """The same for the same rule, stock and outcome, and only then."""
        plan = [self.plan.rule, self.plan.minimum, self.plan.only_queue]
        told = json.dumps([plan, self.shares, self.stock])
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Situation:
    """Who waits, in tiers (who waits from an earlier division goes first), and the codes there are
    for them."""

    tiers: Sequence[Sequence[Waiting]]
    shelves: Sequence[Shelf]

    def under(self, plan: Plan) -> Outcome:
        """What a plan comes to."""
        lines = [line for tier in self.tiers for line in tier]
        served = divide(self.tiers, by_provider(self.shelves), rule_of(plan, lines))
        return Outcome(plan, lines, frozenset(served), self.shelves, len(self.tiers[0]))


def situation(
    period: Period, pools: PoolQuerySet, now: datetime, *, only_queue: bool, counted: bool = False,
    among: Sequence[int] | None = None,
) -> Situation:  # fmt: skip
    """Who waits in a period, and what these pools hold for them.

    counted: all free codes are counted, for a page that says what is left. among: the requests
    (ids) that the caller holds.
    """
    rows = PupilLine.objects.waiting_in(period)
    lines = waiting_lines(rows if among is None else rows.filter(request__in=among))
    places = queue.places()
    first, rest = queue.in_order(lines, places)
    tiers = [first] if only_queue else [first, rest]
    ahead = queue.before_period(period, places)
    needed = sum(map(len, tiers)) + sum(place.waiting for place in ahead)
    found = shelves_of(pools, at_most=None if counted else needed)
    return Situation(tiers, queue.without_claims(found, ahead, now))


def rule_of(plan: Plan, lines: Sequence[Waiting]) -> Rule:
    """The rule of a plan with the numbers it needs."""
    name = plan.rule or DivisionRule.FIRST_COME
    pupils = known_pupils(lines) if name == DivisionRule.BY_NEED else {}
    return Rule(name, plan.minimum, pupils)


def known_pupils(lines: Sequence[Waiting]) -> Mapping[int, int]:
    """School (id) → its pupils in the last year that is known; none of a school without any."""
    schools = {line.school_id for line in lines}
    counts = PupilCount.objects.filter(organisation__in=schools).order_by("school_year")
    return dict(counts.values_list("organisation", "pupils"))


def keep(found: Outcome, *, period: Period, by: User, now: datetime) -> Division:
    """Write down how a shortage was divided, what each request got and the order of who waits.

    For `handing_out` only, in the transaction that hands out.
    """
    division = Division.objects.create(
        period=period, rule=found.plan.rule, minimum=found.plan.minimum,
        only_queue=found.plan.only_queue, asked=len(found.lines), given=len(found.served),
        stock=found.stock, checksum=found.checksum, made_at=now, made_by=by,
    )  # fmt: skip
    DivisionShare.objects.bulk_create(
        DivisionShare(
            division=division, request_id=request, position=position, asked=asked, given=given
        )
        for position, (request, asked, given) in enumerate(found.shares, 1)
    )
    return division


def as_json(plan: Plan) -> dict[str, Any]:
    """As a job keeps it; what is as always is left out."""
    return {name: value for name, value in asdict(plan).items() if value}
