"""A whole period at once: codes go where one by one would have sent them, or nobody gets one."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out, preview
from vouchers.actions.hand_out.handing_out import PeriodHandedOut
from vouchers.actions.hand_out.plan import NotEnoughForPeriod
from vouchers.actions.hand_out.tests.locks import loading, without_pool_lock
from vouchers.actions.stock import pools
from vouchers.books import balance
from vouchers.models import HandOut, Period, Pool, Provider, Voucher, VoucherRequest
from vouchers.states import VoucherState, Wish
from vouchers.tests.factories import (
    at,
    load_codes,
    make_period,
    make_pool,
    make_provider,
    submitted_request,
)
from vouchers.tests.many import ANY, Wanted, granted_requests
from vouchers.tests.races import at_once

NOW = at(date(2020, 3, 11))


def granted(cast: Cast, *wanted: Sequence[Wanted]) -> list[VoucherRequest]:
    return granted_requests(
        wanted, period=cast.period, school=cast.school, by=cast.coordinator,
        officer=cast.officer, now=NOW,
    )  # fmt: skip


def hand_out(cast: Cast, by: User | None = None) -> PeriodHandedOut:
    return handing_out.hand_out_period(period=cast.period, by=by or cast.officer, now=NOW)


def codes_of_lines() -> dict[int, int]:
    return dict(HandOut.objects.live().values_list("line", "voucher"))


def test_everybody_who_waits_gets_a_code(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    load_codes(cast.other_pool, by=cast.officer, codes=4)
    first, second = granted(cast, [ANY] * 3, [ANY, ANY])

    done = hand_out(cast)

    assert done.from_pools == {cast.other_pool: 4, cast.pool: 1}
    assert (done.count, done.requests) == (5, (first.pk, second.pk))
    found = HandOut.objects.live()
    assert set(found.values_list("handed_out_at", "handed_out_by")) == {(NOW, cast.officer.pk)}
    assert found.values("line").distinct().count() == found.values("voucher").distinct().count()
    assert Voucher.objects.filter(state=VoucherState.OUT).count() == 5
    assert not any(pool.off for pool in balance())


# One by one, or as one.


def one_by_one(cast: Cast, requests: Sequence[VoucherRequest]) -> dict[int, int] | None:
    """Line → code when the requests are handed out one after another; None when one is refused."""
    with transaction.atomic():
        done = handing_out.hand_out_selection(
            requests=[each.pk for each in requests], by=cast.officer, now=NOW
        )
        found = codes_of_lines()
        transaction.set_rollback(True)
    return None if done.refused else found


def at_once_or_none(cast: Cast) -> dict[int, int] | NotEnoughForPeriod:
    """Line → code when the period is handed out as a whole; or why not, and then nothing moved."""
    with transaction.atomic():
        try:
            hand_out(cast)
        except NotEnoughForPeriod as refusal:
            assert not HandOut.objects.exists()
            assert not Voucher.objects.exclude(state=VoucherState.AVAILABLE).exists()
            return refusal
        found = codes_of_lines()
        transaction.set_rollback(True)
    return found


def shortage(wanted: Sequence[Wanted], stock: Counter[Provider]) -> int:
    """How many pupils nobody could help, however cleverly codes are divided."""
    only = Counter(provider for wish, provider in wanted if wish == Wish.ONLY and provider)
    left_out = sum(max(0, only[provider] - stock[provider]) for provider in only)
    servable = len(wanted) - left_out
    for_others = stock.total() - sum(min(only[each], stock[each]) for each in only)
    return left_out + max(0, servable - (only.total() - left_out) - for_others)


wishes = st.sampled_from(
    [(Wish.NONE, 0), (Wish.PREFER, 0), (Wish.PREFER, 1), (Wish.ONLY, 0), (Wish.ONLY, 1)]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asked=st.lists(st.lists(wishes, min_size=1, max_size=4), min_size=1, max_size=4),
    codes=st.tuples(*[st.integers(0, 5)] * 3),
)
def test_the_whole_equals_one_by_one_and_is_refused_only_when_nobody_could_serve_all(
    cast: Cast, asked: list[list[tuple[Wish, int]]], codes: tuple[int, int, int]
) -> None:
    providers = (cast.provider, cast.other_provider)
    wanted = [
        [(wish, None if wish == Wish.NONE else providers[n]) for wish, n in lines]
        for lines in asked
    ]
    with transaction.atomic():
        short_lived = make_pool(cast.provider, name="kort", valid_until=date(2020, 5, 1))
        stock: Counter[Provider] = Counter()
        for pool, n in zip((cast.pool, cast.other_pool, short_lived), codes, strict=True):
            if n:
                load_codes(pool, by=cast.officer, codes=n)
            stock[pool.agreement.provider] += n
        requests = granted(cast, *wanted)
        slow, whole = one_by_one(cast, requests), at_once_or_none(cast)
        missing = shortage([line for lines in wanted for line in lines], stock)
        if slow is not None:
            assert whole == slow
        elif isinstance(whole, NotEnoughForPeriod):
            assert whole.short_by == missing > 0
        else:
            assert (missing, len(whole)) == (0, sum(map(len, wanted)))
        transaction.set_rollback(True)


def test_a_code_that_only_a_later_request_can_use_is_not_spent_on_an_earlier_one(
    cast: Cast,
) -> None:
    """ADR 14: one by one refuses the second request here, though there is a code for everybody."""
    load_codes(cast.pool, by=cast.officer, codes=1)
    load_codes(cast.other_pool, by=cast.officer, codes=1)  # lives longest: anybody gets it first
    requests = granted(cast, [ANY], [(Wish.ONLY, cast.other_provider)])
    assert one_by_one(cast, requests) is None
    hand_out(cast)
    found = HandOut.objects.order_by("line__request__submitted_at")
    assert [each.voucher.pool for each in found] == [cast.pool, cast.other_pool]


# Refusals


def test_too_few_codes_is_said_per_provider_with_the_way_out(cast: Cast) -> None:
    load_codes(cast.other_pool, by=cast.officer, codes=3)
    granted(cast, [(Wish.ONLY, cast.provider)] * 2, [ANY] * 2, [(Wish.PREFER, cast.provider)] * 2)
    with pytest.raises(NotEnoughForPeriod) as refusal:
        hand_out(cast)
    assert (refusal.value.short_by, refusal.value.by_provider) == (3, {cast.provider: 2})
    assert refusal.value.message == (
        "Er zijn 3 codes te weinig. Voor 2 leerlingen is er geen code van Telenet. "
        "Laad eerst nieuwe codes, of verdeel wat er is."
    )
    assert preview.preview_period(cast.period, NOW).refusal is not None
    assert (HandOut.objects.count(), Voucher.objects.free().count()) == (0, 3)


def test_a_period_in_which_nobody_waits(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    with pytest.raises(Refused, match="In Golf 1 wacht niemand op een code"):
        hand_out(cast)
    granted(cast, [ANY])
    assert hand_out(cast).count == 1
    with pytest.raises(Refused, match="In Golf 1 wacht niemand op een code"):
        hand_out(cast)


def test_a_closed_period(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    granted(cast, [ANY])
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="Golf 1 is gesloten"):
        hand_out(cast)


def test_only_the_ministry_hands_a_period_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    granted(cast, [ANY])
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            hand_out(cast, by=person)
    assert hand_out(cast, by=cast.administrator).count == 1


def test_other_periods_are_left_alone(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    other = make_period(slug="golf-2", name="Golf 2", prefix="G2")
    granted(cast, [ANY])
    granted_requests(
        [[ANY]], period=other, school=cast.school, by=cast.coordinator, officer=cast.officer,
        now=NOW,
    )  # fmt: skip
    assert hand_out(cast).count == 1
    assert not HandOut.objects.filter(line__period=other).exists()


# Statements, history


def test_the_locks_are_in_the_sql_and_lock_requests_then_pools_only(cast: Cast) -> None:
    """Failures 2 and 3."""
    load_codes(cast.pool, by=cast.officer, codes=3)
    granted(cast, [ANY], [ANY])
    with CaptureQueriesContext(connection) as captured:
        hand_out(cast)
    locking = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert [sql[sql.rindex("ORDER BY") :] for sql in locking] == [
        # 1: the only column, the id of the request
        'ORDER BY 1 ASC FOR NO KEY UPDATE OF "vouchers_voucherrequest"',
        'ORDER BY "vouchers_pool"."id" ASC FOR NO KEY UPDATE OF "vouchers_pool"',
    ]


def test_as_many_statements_for_many_requests_as_for_one(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=300)

    def statements(*wanted: list[Wanted]) -> list[str]:
        granted(cast, *wanted)
        with CaptureQueriesContext(connection) as captured:
            assert hand_out(cast).count == sum(map(len, wanted))
        return [query["sql"].split()[0] for query in captured]

    one, many = statements([ANY]), statements(*[[ANY] * 5] * 50)
    assert one == many
    assert (many.count("INSERT"), many.count("UPDATE")) == (1, 1)


def test_history_and_row_agree_for_500_rows(cast: Cast) -> None:
    """Failure 9. A one-row update comes first, as on any connection."""
    load_codes(cast.pool, by=cast.officer, codes=501)
    Pool.objects.filter(pk=cast.pool.pk).update(name="maart 2020")
    granted(cast, *[[ANY] * 10] * 50)
    hand_out(cast)
    written = {
        event.row: (event.data["line_id"], event.data["voucher_id"], event.actor, event.reason)
        for event in HistoryEvent.objects.filter(table="vouchers_handout", operation="I")
    }
    assert len(written) == 500
    assert written == {
        row.pk: (row.line_id, row.voucher_id, cast.officer.pk, "codes van een golf uitgereikt")
        for row in HandOut.objects.all()
    }
    moved = HistoryEvent.objects.filter(table="vouchers_voucher", operation="U")
    assert {(event.row, event.data["state"]) for event in moved} == {
        (voucher, "OUT") for _line, voucher, _actor, _reason in written.values()
    }
    assert not any(pool.off for pool in balance())


# Races: real connections, real commits.


@pytest.fixture
def stage(transactional_db: None) -> tuple[User, Period, Pool, list[VoucherRequest]]:
    """A pool with twice as many codes as ten requests of three pupils want, and the requests."""
    officer, school = make_ministry_user(), make_school(number="000018")
    period, pool = make_period(), make_pool(make_provider())
    load_codes(pool, by=officer, codes=60)
    found = granted_requests(
        [[ANY] * 3] * 10, period=period, school=school, officer=officer, now=NOW,
        by=make_coordinator(school, email="c@example.org"),
    )  # fmt: skip
    return officer, period, pool, found


Stage = tuple[User, Period, Pool, list[VoucherRequest]]


def whole(stage: Stage) -> Callable[[], object]:
    officer, period, _pool, _requests = stage
    return lambda: handing_out.hand_out_period(period=period, by=officer, now=NOW)


def single(stage: Stage, n: int) -> Callable[[], object]:
    officer, _period, _pool, requests = stage
    return lambda: handing_out.hand_out(request=requests[n], by=officer, now=NOW)


def raised_by(acts: list[Callable[[], object]], *, locked: bool = True) -> list[str]:
    """The kinds of errors raised when these happen at once."""
    context: AbstractContextManager[Any] = nullcontext() if locked else without_pool_lock()
    with context:
        return sorted(type(problem).__name__ for problem in at_once(acts))


def assert_each_has_its_own(pool: Pool) -> None:
    live = HandOut.objects.live()
    assert live.count() == live.values("voucher").distinct().count() == 30
    assert Voucher.objects.filter(state=VoucherState.OUT).count() == 30
    assert not any(each.off for each in balance())


def test_two_hand_outs_of_one_period_at_once_are_one(stage: Stage) -> None:
    """Failure 1: the second waits, and finds that nobody waits any more."""
    assert raised_by([whole(stage), whole(stage)]) == ["Refused"]
    assert_each_has_its_own(stage[2])


def test_a_period_and_single_requests_at_once_share_no_code(stage: Stage) -> None:
    raised = raised_by([whole(stage), *(single(stage, n) for n in range(10))])
    assert set(raised) <= {"Refused"}
    assert_each_has_its_own(stage[2])


def test_control_without_the_locks_the_constraint_refuses(stage: Stage) -> None:
    acts = [whole(stage), whole(stage), *(single(stage, n) for n in range(10))]
    assert IntegrityError.__name__ in raised_by(acts, locked=False)
    live = HandOut.objects.live()
    assert live.count() == live.values("voucher").distinct().count()


def test_codes_are_loaded_while_a_period_is_handed_out(stage: Stage) -> None:
    """Failure 3: under a plain FOR UPDATE this load would wait for the hand-out to end."""
    officer, _period, pool, _requests = stage
    load = loading(pool, officer)
    with transaction.atomic():
        whole(stage)()
        assert at_once([load]) == []
    assert Voucher.objects.filter(pool=pool).count() == 62
