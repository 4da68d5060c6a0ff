"""Too few codes for a period: divided as the officer saw it or not at all; who waits goes first."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from conftest import Cast
from schools.models import Organisation, PupilCount
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut, NotEnoughForPeriod, PeriodHandedOut
from vouchers.actions.hand_out.queue import QueueFirst
from vouchers.actions.hand_out.shelves import NotEnoughCodes
from vouchers.actions.hand_out.shortages import DivisionChanged, Plan
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
from vouchers.actions.upkeep import jobs
from vouchers.books import balance
from vouchers.models import (
    Agreement,
    Division,
    DivisionShare,
    HandOut,
    Job,
    Mail,
    Period,
    Pool,
    VoucherRequest,
)
from vouchers.policies import NotAllowed
from vouchers.states import DivisionRule, JobState, VoidReason, Wish
from vouchers.tests.factories import at, load_codes, make_period, make_pool
from vouchers.tests.many import ANY, Wanted, granted_requests
from vouchers.tests.races import at_once

NOW = at(date(2020, 3, 11))
LATER = NOW + timedelta(hours=3)
FIRST, SHARED, NEED = DivisionRule.FIRST_COME, DivisionRule.PROPORTIONAL, DivisionRule.BY_NEED


def granted(
    cast: Cast, *wanted: list[Wanted], school: Organisation | None = None,
    period: Period | None = None,
) -> list[VoucherRequest]:  # fmt: skip
    return granted_requests(
        wanted, period=period or cast.period, school=school or cast.school, by=cast.coordinator,
        officer=cast.officer, now=NOW,
    )  # fmt: skip


def load(cast: Cast, codes: int, pool: Pool | None = None) -> None:
    load_codes(pool or cast.pool, by=cast.officer, codes=codes)


def divide(
    cast: Cast, rule: str = FIRST, *, period: Period | None = None, **plan: Any
) -> PeriodHandedOut:
    return handing_out.hand_out_period(
        period=period or cast.period, by=cast.officer, now=NOW, plan=Plan(rule, **plan)
    )


def hand_out(cast: Cast, request: VoucherRequest, **options: bool) -> HandedOut:
    return handing_out.hand_out(request=request, by=cast.officer, now=LATER, **options)


def served(*found: VoucherRequest) -> list[int]:
    return [HandOut.objects.live().filter(line__request=each).count() for each in found]


@pytest.fixture
def short(cast: Cast) -> list[VoucherRequest]:
    """Three schools ask 6, 3 and 3; there are 6 codes."""
    load(cast, 6)
    third = make_school(number="000034")
    return [
        *granted(cast, [ANY] * 6),
        *granted(cast, [ANY] * 3, school=cast.other_school),
        *granted(cast, [ANY] * 3, school=third),
    ]


# Dividing


@pytest.mark.parametrize(("rule", "numbers"), [(FIRST, [6, 0, 0]), (SHARED, [3, 2, 1])])
def test_each_gets_what_the_rule_says_and_it_is_kept(
    cast: Cast, short: list[VoucherRequest], rule: str, numbers: list[int]
) -> None:
    done = divide(cast, rule)

    assert served(*short) == numbers
    division = Division.objects.get()
    assert (done.division, done.count, done.from_pools) == (division, 6, {cast.pool: 6})
    assert (division.rule, division.minimum, division.asked, division.given, division.waits) == (
        rule, 0, 12, 6, 6,
    )  # fmt: skip
    assert (division.made_at, division.made_by) == (NOW, cast.officer)
    assert division.stock == [
        {"pool": cast.other_pool.pk, "free": 0, "given": 0},
        {"pool": cast.pool.pk, "free": 6, "given": 6},
    ]
    assert [
        (share.request, share.asked, share.given)
        for share in division.shares.order_by("position").select_related("request")
    ] == list(zip(short, [6, 3, 3], numbers, strict=True))
    assert not any(pool.off for pool in balance())


def test_by_need_reads_the_last_known_number_of_pupils(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    for school, year, pupils in [
        (cast.school, "2018-2019", 1), (cast.school, "2019-2020", 100),
        (cast.other_school, "2019-2020", 100), (short[2].organisation, "2019-2020", 100),
    ]:  # fmt: skip
        PupilCount.objects.create(organisation=school, school_year=year, pupils=pupils)
    divide(cast, NEED)
    assert served(*short) == [2, 2, 2]


def test_a_minimum_is_kept_with_the_rule(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast, SHARED, minimum=2)
    assert (served(*short), Division.objects.get().minimum) == ([2, 2, 2], 2)


def test_enough_for_everybody_is_no_division(cast: Cast) -> None:
    load(cast, 3)
    (request,) = granted(cast, [ANY] * 3)
    assert divide(cast, SHARED).division is None
    assert (served(request), Division.objects.count()) == ([3], 0)


def test_without_a_rule_or_a_code_nobody_gets_one(
    cast: Cast, short: list[VoucherRequest]
) -> None:  # fmt: skip
    with pytest.raises(NotEnoughForPeriod, match="Er zijn 6 codes te weinig"):
        divide(cast, "")
    pools.close_pool(pool=cast.pool, by=cast.officer, now=NOW)
    with pytest.raises(NotEnoughForPeriod, match="Er zijn 12 codes te weinig"):
        divide(cast, SHARED)
    assert (HandOut.objects.count(), Division.objects.count()) == (0, 0)


def test_wishes_are_respected_in_a_shortage(cast: Cast) -> None:
    load(cast, 1)
    load(cast, 3, cast.other_pool)
    found = granted(
        cast, [(Wish.ONLY, cast.provider)] * 2, [ANY] * 2, [(Wish.PREFER, cast.provider)] * 2
    )
    divide(cast, FIRST)
    assert served(*found) == [1, 2, 1]
    assert HandOut.objects.get(line__request=found[0]).voucher.pool == cast.pool


def test_only_the_ministry_divides(cast: Cast, short: list[VoucherRequest]) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(NotAllowed, match="Alleen het ministerie"):
            handing_out.hand_out_period(period=cast.period, by=person, now=NOW, plan=Plan(FIRST))
        assert not Division.objects.visible_to(person).exists()
    assert not Division.objects.exists()


@pytest.mark.as_owner
def test_what_was_divided_cannot_be_rewritten(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    for table in (Division._meta.db_table, DivisionShare._meta.db_table):
        for sql in (f"UPDATE {table} SET asked = 99", f"DELETE FROM {table}"):
            refused = pytest.raises(IntegrityError, match=f"{table}: (update|delete) is refused")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


def test_an_asker_sees_its_own_share_only(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    own = DivisionShare.objects.visible_to(cast.coordinator)
    assert [share.request for share in own] == short[:1]


# What the officer saw


def seen(cast: Cast, rule: str = SHARED) -> str:
    found = handing_out.foresee_period(cast.period, NOW, Plan(rule)).outcome
    assert found is not None
    return found.checksum


def ask_more(cast: Cast) -> None:
    granted(cast, [ANY])


def load_one(cast: Cast) -> None:
    load(cast, 1)


def hand_out_one(cast: Cast) -> None:
    hand_out(cast, VoucherRequest.objects.latest("pk"))


def swap_pools(cast: Cast) -> None:
    """As many codes as before, out of another pool."""
    load(cast, 6, cast.other_pool)
    pools.close_pool(pool=cast.pool, by=cast.officer, now=NOW)


def test_what_the_officer_saw_is_what_happens(cast: Cast, short: list[VoucherRequest]) -> None:
    foreseen = handing_out.foresee_period(cast.period, NOW, Plan(SHARED))
    assert foreseen.outcome is not None
    assert [given for _request, _asked, given in foreseen.outcome.shares] == [3, 2, 1]
    assert (foreseen.waiting, foreseen.count, HandOut.objects.count()) == (12, 6, 0)
    done = divide(cast, SHARED, checksum=seen(cast))
    assert done.division
    assert done.division.checksum == foreseen.outcome.checksum
    assert served(*short) == [3, 2, 1]


@pytest.mark.parametrize("change", [ask_more, load_one, hand_out_one, swap_pools])
def test_what_changed_since_the_officer_looked_stops_it(
    cast: Cast, short: list[VoucherRequest], change: Callable[[Cast], None]
) -> None:
    checksum = seen(cast)
    change(cast)
    before = HandOut.objects.count()
    with pytest.raises(DivisionChanged, match="Er is niets uitgereikt"):
        divide(cast, SHARED, checksum=checksum)
    assert (HandOut.objects.count(), Division.objects.count()) == (before, 0)
    divide(cast, SHARED, checksum=seen(cast))


def test_another_rule_or_minimum_is_not_what_the_officer_saw(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    for rule, minimum in [(FIRST, 0), (SHARED, 1)]:
        with pytest.raises(DivisionChanged):
            divide(cast, rule, minimum=minimum, checksum=seen(cast))


# The job


def test_the_job_divides_and_its_retry_is_the_same_plan(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    checksum = seen(cast)
    job = jobs.enqueue(
        kind=Job.Kind.HAND_OUT, period=cast.period, by=cast.officer, now=NOW,
        plan=Plan(SHARED, checksum=checksum),
    )  # fmt: skip
    load(cast, 1)
    assert jobs.run(job_id=job.pk, worker="host:1", now=NOW)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, DivisionChanged().message)
    job = jobs.enqueue(
        kind=Job.Kind.HAND_OUT, period=cast.period, by=cast.officer, now=NOW,
        plan=Plan(SHARED, 1, checksum=""),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(plan={})
    assert jobs.run(job_id=job.pk, worker="host:1", now=NOW)
    job.refresh_from_db()
    assert (job.state, job.plan) == (JobState.DONE, {"rule": SHARED, "minimum": 1})
    assert (job.result["division"], job.result["codes"]) == (Division.objects.get().pk, 7)
    ready = Mail.objects.filter(kind="CODES_READY", request=short[0]).get()
    assert (
        "3 leerlingen wachten nog op een code. We mailen je zodra die er zijn. "
        "Er waren te weinig codes voor iedereen. Wie wacht, komt het eerst aan de beurt."
    ) in ready.body


# Who waits goes first


def test_a_newer_request_waits_for_those_who_waited(
    cast: Cast, short: list[VoucherRequest]
) -> None:  # fmt: skip
    divide(cast)
    (newer,) = granted(cast, [ANY] * 2)
    load(cast, 6)
    with pytest.raises(QueueFirst) as refusal:
        hand_out(cast, newer)
    assert refusal.value.message == (
        "Eerst komen de 6 leerlingen die nog wachten uit de verdeling van 11 maart 2020. "
        "Bedien eerst de wachtenden, of laad nieuwe codes."
    )
    with pytest.raises(QueueFirst):
        hand_out(cast, newer, as_many_as_there_are=True)
    done = handing_out.hand_out_selection(requests=[newer.pk], by=cast.officer, now=NOW)
    assert [message for _request, message in done.refused] == [refusal.value.message]
    load(cast, 1)
    with pytest.raises(QueueFirst):
        hand_out(cast, newer)
    assert hand_out(cast, newer, as_many_as_there_are=True) == HandedOut(1, 1)
    load(cast, 1)
    assert hand_out(cast, newer) == HandedOut(1, 0)  # there is enough for both
    assert divide(cast, only_queue=True).count == 6
    assert served(*short, newer) == [6, 3, 3, 2]


def test_who_waits_is_served_in_its_order(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    load(cast, 3)
    with pytest.raises(QueueFirst, match="Eerst komen de 3 leerlingen"):
        hand_out(cast, short[2])
    assert hand_out(cast, short[1]) == HandedOut(3, 0)
    load(cast, 3)
    assert hand_out(cast, short[2]) == HandedOut(3, 0)


def test_a_wish_that_the_others_cannot_use_is_not_in_their_way(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    only: list[Wanted] = [(Wish.ONLY, cast.provider)] * 2
    (insists,) = granted(cast, only)
    divide(cast)
    hand_out_of = granted(cast, [ANY] * 2)[0]
    for request in short[1:]:
        load(cast, 3, cast.other_pool)
        hand_out(cast, request)
    # Two who want only Telenet are left of the division; Proximus is nothing to them.
    load(cast, 2, cast.other_pool)
    assert hand_out(cast, hand_out_of) == HandedOut(2, 0)
    (rival,) = granted(cast, only)
    load(cast, 2)
    with pytest.raises(QueueFirst):
        hand_out(cast, rival)
    assert hand_out(cast, insists) == HandedOut(2, 0)


def test_who_waits_may_take_what_who_insists_does_not_want(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    """Six wait for any code; there are six of Proximus, so two of Telenet are free."""
    divide(cast)
    load(cast, 2)
    load(cast, 6, cast.other_pool)
    (insists,) = granted(cast, [(Wish.ONLY, cast.provider)] * 2)
    assert hand_out(cast, insists) == HandedOut(2, 0)
    assert divide(cast, only_queue=True).count == 6


def test_too_few_without_the_queue_too_is_said_as_always(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY])
    with pytest.raises(NotEnoughCodes) as refusal:
        hand_out(cast, newer)
    assert not isinstance(refusal.value, QueueFirst)


def test_the_next_division_serves_them_before_who_came_since(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast, SHARED)  # 3, 1, 2 are left waiting
    (newer,) = granted(cast, [ANY] * 4, school=make_school(number="000042"))
    load(cast, 8)
    divide(cast, SHARED)
    assert served(*short, newer) == [6, 3, 3, 2]
    queue = DivisionShare.objects.queue()
    assert [(share.request, share.waits) for share in queue] == [(newer, 2)]


def test_who_was_left_twice_stands_in_the_queue_once(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    load(cast, 2)
    divide(cast)
    queue = DivisionShare.objects.queue()
    assert [(share.request, share.waits) for share in queue] == [(short[1], 1), (short[2], 3)]


def test_who_waits_alone_leaves_the_rest_of_the_codes(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY] * 4)
    load(cast, 7)
    assert divide(cast, only_queue=True).count == 6
    assert served(*short, newer) == [6, 3, 3, 0]
    with pytest.raises(NotAllowed, match="wacht niemand op een code"):
        divide(cast, only_queue=True)


def test_a_code_taken_back_is_for_who_waits(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY])
    taken = list(HandOut.objects.live().filter(line__request=short[0])[:2])
    lifecycle.reclaim(hand_outs=[each.pk for each in taken], by=cast.officer, now=LATER)
    with pytest.raises(QueueFirst):
        hand_out(cast, newer)
    assert divide(cast, only_queue=True).count == 2
    assert served(*short, newer) == [4, 2, 0, 0]


def test_a_code_that_does_not_work_is_replaced_before_the_queue(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    """Its pupil had its turn."""
    divide(cast)
    load(cast, 1)
    faulty = HandOut.objects.live().first()
    assert faulty is not None
    lifecycle.replace(hand_out=faulty, by=cast.officer, now=LATER, reason=VoidReason.FAULTY)
    assert served(*short) == [6, 0, 0]


def test_a_decision_taken_again_stands_behind(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    requests.undo_decision(request=short[1], by=cast.officer, now=LATER)
    requests.grant_all(request=short[1], by=cast.officer, now=LATER)
    assert [share.request for share in DivisionShare.objects.queue()] == [short[2]]


def test_closing_the_period_ends_the_waiting(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    pools.close_period(period=cast.period, by=cast.officer, now=LATER)
    assert not DivisionShare.objects.queue().exists()


# Two periods, the same pools


@pytest.fixture
def other_period(cast: Cast) -> Period:
    return make_period(slug="golf-2", name="Golf 2", prefix="G2")


def test_who_waits_in_another_period_goes_first_too(
    cast: Cast, short: list[VoucherRequest], other_period: Period
) -> None:
    divide(cast)
    (elsewhere,) = granted(cast, [ANY] * 2, period=other_period)
    load(cast, 7)
    with pytest.raises(QueueFirst, match="Eerst komen de 6"):
        hand_out(cast, elsewhere)
    with pytest.raises(NotEnoughForPeriod, match="Er is 1 code te weinig"):
        divide(cast, "", period=other_period)
    assert divide(cast, FIRST, period=other_period).count == 1
    assert divide(cast, only_queue=True).count == 6  # older, so the other is not in its way
    load(cast, 1)
    assert divide(cast, "", period=other_period).count == 1


def test_pools_that_the_other_period_may_not_use_are_free(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    autumn = make_period(
        slug="golf-2", name="Golf 2", prefix="G2", start=date(2020, 9, 1), end=date(2020, 12, 31)
    )
    agreement = Agreement.objects.create(
        provider=cast.provider, name="najaar", starts_on=date(2020, 8, 1),
        ends_on=date(2020, 12, 31),
    )  # fmt: skip
    pool = Pool.objects.create(agreement=agreement, name="najaar", valid_until=date(2020, 12, 31))
    load(cast, 2, pool)
    (elsewhere,) = granted(cast, [ANY] * 2, period=autumn)
    assert hand_out(cast, elsewhere) == HandedOut(2, 0)


# Statements and races


def test_as_many_statements_for_many_requests_as_for_one(cast: Cast) -> None:
    def statements(*wanted: list[Wanted]) -> list[str]:
        granted(cast, *wanted)
        load(cast, 3)
        with CaptureQueriesContext(connection) as captured:
            divide(cast, NEED)
        return [query["sql"].split()[0] for query in captured]

    statements([ANY] * 5)  # from here on somebody waits from a division
    few, many = statements([ANY] * 5), statements(*[[ANY] * 5] * 50)
    assert few == many
    assert (many.count("INSERT"), many.count("UPDATE")) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_two_divisions_at_once_are_one(cast: Cast) -> None:
    """Failure 1: the second waits for the first, and finds that there is nothing left."""
    load(cast, 4)
    granted(cast, [ANY] * 3, [ANY] * 3)
    acts = [lambda: divide(cast, SHARED)] * 2
    assert [type(problem) for problem in at_once(acts)] == [NotEnoughForPeriod]
    assert (Division.objects.count(), HandOut.objects.live().count()) == (1, 4)


@pytest.mark.django_db(transaction=True)
def test_a_division_and_a_newer_request_at_once_leave_nobody_out(cast: Cast) -> None:
    """Whoever holds the pools first, nobody jumps the queue that the other made."""
    load(cast, 4)
    first = granted(cast, [ANY] * 3, [ANY] * 3)
    divide(cast)
    (newer,) = granted(cast, [ANY] * 2)
    load(cast, 2)
    raised = at_once([lambda: divide(cast, only_queue=True), lambda: hand_out(cast, newer)])
    assert len(raised) == 1
    assert isinstance(raised[0], NotEnoughCodes)
    assert served(*first, newer) == [3, 3, 0]


# Which pool: the boundaries that `test_handing_out` does not walk.


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [(Wish.NONE, ["lang", "maart", "kort"]), (Wish.PREFER, ["maart", "kort", "lang"]),
     (Wish.ONLY, ["maart", "kort"])],
)  # fmt: skip
def test_each_wish_takes_its_pools_in_turn(cast: Cast, wish: Wish, wanted: list[str]) -> None:
    """Telenet has two pools, Proximus the one that lives longest; a code each. A fourth pool has
    29 days left, a fifth is closed, a sixth falls under an agreement that ends too early."""
    Pool.objects.filter(pk=cast.other_pool.pk).update(name="lang")
    exactly = make_pool(cast.provider, name="kort", valid_until=NOW.date() + timedelta(days=30))
    too_short = make_pool(cast.provider, name="29", valid_until=NOW.date() + timedelta(days=29))
    closed = make_pool(cast.provider, name="dicht", valid_until=date(2021, 6, 30))
    ends_early = Agreement.objects.create(
        provider=cast.provider, name="te kort", starts_on=date(2020, 1, 1),
        ends_on=cast.period.asks_until - timedelta(days=1),
    )  # fmt: skip
    early = Pool.objects.create(agreement=ends_early, name="vroeg", valid_until=date(2021, 6, 30))
    for pool in (cast.pool, cast.other_pool, exactly, too_short, closed, early):
        load(cast, 1, pool)
    pools.close_pool(pool=closed, by=cast.officer, now=NOW)
    provider = None if wish == Wish.NONE else cast.provider
    (request,) = granted(cast, [(wish, provider)] * 4)
    divide(cast)
    live = HandOut.objects.live().filter(line__request=request).order_by("line__position")
    assert [each.voucher.pool.name for each in live.select_related("voucher__pool")] == wanted


def test_an_agreement_that_ends_with_the_period_covers_it(cast: Cast) -> None:
    Agreement.objects.filter(pk=cast.pool.agreement_id).update(
        starts_on=cast.period.asks_from, ends_on=cast.period.asks_until
    )
    load(cast, 1)
    (request,) = granted(cast, [ANY])
    assert divide(cast).count == 1
    assert served(request) == [1]
