"""Codes go out under the pool lock: all or none, none twice."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.hand_out.tests.locks import loading, without_pool_lock
from vouchers.actions.hand_out.tests.single import NOW, granted, hand_out
from vouchers.models import HandOut, Period, Pool, Voucher, VoucherRequest
from vouchers.states import VoucherState, Wish
from vouchers.tests.factories import (
    granted_request,
    load_codes,
    make_period,
    make_pool,
    make_provider,
    submitted_request,
)
from vouchers.tests.races import at_once


def test_every_granted_pupil_gets_the_next_code_in_the_order_of_the_pool(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    request = granted(cast, 2)

    assert hand_out(cast, request) == HandedOut(count=2, waiting=0)

    in_order = list(Voucher.objects.order_by("slot"))
    found = list(HandOut.objects.order_by("line__position"))
    assert [each.voucher for each in found] == in_order[:2]
    assert {(each.handed_out_at, each.handed_out_by) for each in found} == {(NOW, cast.officer)}
    assert [each.state for each in in_order] == ["OUT", "OUT", "AVAILABLE"]


def test_history_says_who_handed_each_code_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    request = granted(cast, 3)
    hand_out(cast, request)
    events = HistoryEvent.objects.filter(table="vouchers_voucher", operation="U")
    written = {(event.row, event.data["state"], event.actor) for event in events}
    assert written == {
        (pk, "OUT", cast.officer.pk) for pk in Voucher.objects.values_list("pk", flat=True)
    }


def test_nobody_gets_a_code_when_there_are_too_few(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    request = granted(cast, 3)

    with pytest.raises(NotEnoughCodes) as refusal:
        hand_out(cast, request)

    assert refusal.value.short_by == 1
    assert refusal.value.message == (
        "Er is 1 code te weinig. Reik zoveel codes uit als er zijn, of laad eerst nieuwe codes."
    )
    assert HandOut.objects.count() == 0
    assert Voucher.objects.free().count() == 2


def test_as_many_as_there_are_when_the_officer_asks_for_it(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    request = granted(cast, 3)
    assert hand_out(cast, request, as_many_as_there_are=True) == HandedOut(count=2, waiting=1)
    assert list(request.lines.waiting().values_list("position", flat=True)) == [3]
    load_codes(cast.pool, by=cast.officer, codes=1)
    assert hand_out(cast, request) == HandedOut(count=1, waiting=0)


def test_only_this_provider_waits_for_it(cast: Cast) -> None:
    load_codes(cast.other_pool, by=cast.officer, codes=5)
    request = granted(cast, 2, wish=Wish.ONLY, wish_provider=cast.provider)
    with pytest.raises(NotEnoughCodes) as refusal:
        hand_out(cast, request)
    assert refusal.value.by_provider == {cast.provider: 2}
    assert "Voor 2 leerlingen is er geen code van Telenet." in refusal.value.message
    assert hand_out(cast, request, as_many_as_there_are=True) == HandedOut(count=0, waiting=2)


def test_a_request_that_is_not_decided_gets_no_code(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    with pytest.raises(Refused, match="nog niet beslist"):
        hand_out(cast, request)


def test_handing_out_again_finds_nobody_waiting(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = granted(cast, 2)
    hand_out(cast, request)
    with pytest.raises(Refused, match="wacht niemand meer"):
        hand_out(cast, request)
    assert HandOut.objects.count() == 2


def test_only_the_ministry_hands_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = granted(cast, 1)
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            handing_out.hand_out(request=request, by=person, now=NOW)
    assert handing_out.hand_out(request=request, by=cast.administrator, now=NOW).count == 1


def test_the_lock_is_in_the_sql_and_locks_the_pool_only(cast: Cast) -> None:
    """Failures 2 and 3: a lock that is never evaluated, a lock wider than needed."""
    load_codes(cast.pool, by=cast.officer)
    request = granted(cast, 1)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        hand_out(cast, request)
    locking = [
        query["sql"] for query in captured if "FOR " in query["sql"] and "UPDATE" in query["sql"]
    ]
    ends = [sql[sql.index("FOR NO KEY UPDATE") :] for sql in locking if "FOR NO KEY UPDATE" in sql]
    assert ends == [
        'FOR NO KEY UPDATE OF "vouchers_voucherrequest"',
        'FOR NO KEY UPDATE OF "vouchers_pool"',
    ]


def test_the_number_of_queries_does_not_grow_with_the_pupils(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=40)
    few, many = granted(cast, 1), granted(cast, 30)
    with CaptureQueriesContext(connection) as for_few:
        hand_out(cast, few)
    with CaptureQueriesContext(connection) as for_many:
        hand_out(cast, many)
    assert len(for_few) == len(for_many)


def test_the_whole_hand_out_takes_one_insert_and_one_update(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=20)
    request = granted(cast, 20)
    with CaptureQueriesContext(connection) as captured:
        hand_out(cast, request)
    written = [query["sql"].split()[0] for query in captured]
    # And one INSERT of the mails that tell it.
    assert (written.count("INSERT"), written.count("UPDATE")) == (2, 1)


# Races: real connections, real commits.


@pytest.fixture
def stage(transactional_db: None) -> tuple[User, Period, Pool, list[VoucherRequest]]:
    """A pool with as many codes as ten requests of three pupils want, and the requests."""
    officer = make_ministry_user()
    period, pool = make_period(), make_pool(make_provider())
    load_codes(pool, by=officer, codes=30)
    found = []
    for n in range(10):
        school = make_school(number=f"{n:06d}")
        coordinator = make_coordinator(school, email=f"c{n}@example.org")
        found.append(granted_request(school, period, by=coordinator, officer=officer, references=3))
    return officer, period, pool, found


def hand_out_all(officer: User, requests: list[VoucherRequest]) -> list[BaseException]:
    def act(request: VoucherRequest) -> Callable[[], object]:
        return lambda: handing_out.hand_out(request=request, by=officer, now=NOW)

    return at_once([act(request) for request in requests])


Stage = tuple[User, Period, Pool, list[VoucherRequest]]


def test_no_code_goes_out_twice_when_all_hand_out_at_once(stage: Stage) -> None:
    """Failure 1."""
    officer, _period, _pool, requests = stage
    assert hand_out_all(officer, requests) == []
    live = HandOut.objects.live()
    assert live.count() == live.values("voucher").distinct().count() == 30
    assert Voucher.objects.filter(state=VoucherState.OUT).count() == 30


def test_control_without_the_lock_the_constraint_refuses(stage: Stage) -> None:
    officer, _period, _pool, requests = stage
    with without_pool_lock():
        raised = hand_out_all(officer, requests)
    assert IntegrityError in {type(problem) for problem in raised}
    live = HandOut.objects.live()
    assert live.count() == live.values("voucher").distinct().count()


def test_codes_are_loaded_while_a_hand_out_holds_the_pool(stage: Stage) -> None:
    """Failure 3: under a plain FOR UPDATE this load would wait for the hand-out to end."""
    officer, _period, pool, requests = stage
    load = loading(pool, officer)
    with transaction.atomic():
        handing_out.hand_out(request=requests[0], by=officer, now=NOW)
        assert at_once([load]) == []
    slots = Voucher.objects.filter(pool=pool).order_by("slot").values_list("slot", flat=True)
    assert list(slots) == list(range(1, 33))


def test_a_line_of_another_organisation_never_shares_a_code(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    mine = granted(cast, 1)
    theirs = granted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer
    )
    hand_out(cast, mine)
    hand_out(cast, theirs)
    owners: dict[int, set[Organisation]] = {}
    for each in HandOut.objects.select_related("line__organisation"):
        owners.setdefault(each.voucher_id, set()).add(each.line.organisation)
    assert sorted(len(found) for found in owners.values()) == [1, 1]
