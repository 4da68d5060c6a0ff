"""Too few codes for a period: divided as the officer saw it or not at all."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.refused import Refused
from conftest import Cast
from schools.models import PupilCount
from vouchers.actions.hand_out import handing_out, preview
from vouchers.actions.hand_out.plan import DivisionChanged, NotEnoughForPeriod, Plan
from vouchers.actions.hand_out.tests.shortage import (
    FIRST,
    NEED,
    NOW,
    SHARED,
    divide,
    granted,
    hand_out,
    load,
    served,
)
from vouchers.actions.stock import pools
from vouchers.actions.upkeep import jobs
from vouchers.books import balance
from vouchers.models import Division, DivisionShare, HandOut, Job, Mail, VoucherRequest
from vouchers.states import JobState, Wish
from vouchers.tests.many import ANY, Wanted
from vouchers.tests.races import at_once

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
        rule,
        0,
        12,
        6,
        6,
    )
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
        (cast.school, "2018-2019", 1),
        (cast.school, "2019-2020", 100),
        (cast.other_school, "2019-2020", 100),
        (short[2].organisation, "2019-2020", 100),
    ]:
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


def test_without_a_rule_or_a_code_nobody_gets_one(cast: Cast, short: list[VoucherRequest]) -> None:
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
        with pytest.raises(Refused, match="Alleen het ministerie"):
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
    found = preview.preview_period(cast.period, NOW, Plan(rule)).allocation
    assert found is not None
    return found.checksum


def ask_more(cast: Cast) -> None:
    granted(cast, [ANY])


def load_one(cast: Cast) -> None:
    load(cast, 1)


def hand_out_one(cast: Cast) -> None:
    hand_out(cast, VoucherRequest.objects.latest("pk"))


def swap_pools(cast: Cast) -> None:
    """As many codes as before, from another pool."""
    load(cast, 6, cast.other_pool)
    pools.close_pool(pool=cast.pool, by=cast.officer, now=NOW)


def test_what_the_officer_saw_is_what_happens(cast: Cast, short: list[VoucherRequest]) -> None:
    found = preview.preview_period(cast.period, NOW, Plan(SHARED))
    assert found.allocation is not None
    assert [given for _request, _asked, given in found.allocation.shares] == [3, 2, 1]
    assert (found.waiting, found.count, HandOut.objects.count()) == (12, 6, 0)
    done = divide(cast, SHARED, checksum=seen(cast))
    assert done.division
    assert done.division.checksum == found.allocation.checksum
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


def seen_enough(cast: Cast) -> str:
    """What was shown of a wave with codes enough: there is no rule to choose."""
    return seen(cast, "")


def withdraw_one_and_ask_another(cast: Cast) -> None:
    """As many pupils and codes as before, but others."""
    (first, *_rest) = VoucherRequest.objects.order_by("pk")
    hand_out(cast, first)
    granted(cast, [ANY] * 2)
    load(cast, 2)


def load_where_nothing_is_drawn(cast: Cast) -> None:
    load(cast, 2, cast.other_pool)


@pytest.mark.parametrize("change", [ask_more, withdraw_one_and_ask_another, swap_pools])
def test_a_wave_with_codes_enough_is_handed_out_as_it_was_seen(
    cast: Cast, change: Callable[[Cast], None]
) -> None:
    load(cast, 6)
    granted(cast, [ANY] * 2, [ANY])
    checksum = seen_enough(cast)
    change(cast)
    before = HandOut.objects.count()
    with pytest.raises(DivisionChanged, match="Er is niets uitgereikt"):
        divide(cast, "", checksum=checksum)
    assert HandOut.objects.count() == before
    divide(cast, "", checksum=seen_enough(cast))


def test_codes_that_change_nothing_of_it_are_no_change(cast: Cast) -> None:
    load(cast, 6)
    (request,) = granted(cast, [(Wish.ONLY, cast.provider)] * 2)
    checksum = seen_enough(cast)
    assert checksum == seen(cast, SHARED)
    load_where_nothing_is_drawn(cast)
    load(cast, 1)
    divide(cast, "", checksum=checksum)
    assert served(request) == [2]


def test_too_few_by_then_is_said_as_such(cast: Cast) -> None:
    load(cast, 2)
    granted(cast, [ANY] * 2)
    checksum = seen_enough(cast)
    granted(cast, [ANY])
    with pytest.raises(NotEnoughForPeriod, match="Er is 1 code te weinig"):
        divide(cast, "", checksum=checksum)


# The job


def test_the_job_divides_and_its_retry_is_the_same_plan(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    checksum = seen(cast)
    job = jobs.enqueue(
        kind=Job.Kind.HAND_OUT,
        period=cast.period,
        by=cast.officer,
        now=NOW,
        plan=Plan(SHARED, checksum=checksum).as_json(),
    )
    load(cast, 1)
    assert jobs.run(job_id=job.pk, worker="host:1", now=NOW)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, DivisionChanged().message)
    job = jobs.enqueue(
        kind=Job.Kind.HAND_OUT,
        period=cast.period,
        by=cast.officer,
        now=NOW,
        plan=Plan(SHARED, 1, checksum="").as_json(),
    )
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
