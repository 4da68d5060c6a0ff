"""Codes go out under the pool lock: all or none, the right pools, none twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from conftest import Cast
from history.models import HistoryEvent
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.actions.hand_out.shelves import MOVE_CODES, NEXT_CODES, NotEnoughCodes
from vouchers.actions.stock import pools
from vouchers.models import HandOut, Period, Pool, Voucher, VoucherRequest
from vouchers.policies import NotAllowed
from vouchers.states import FileKind, VoucherState, Wish
from vouchers.tests.factories import (
    at,
    code_csv,
    granted_request,
    load_codes,
    make_period,
    make_pool,
    make_provider,
    submitted_request,
)
from vouchers.tests.races import at_once

NOW = at(date(2020, 3, 11))


def granted(cast: Cast, n: int = 1, **options: Any) -> VoucherRequest:
    return granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=n, **options
    )


def hand_out(cast: Cast, request: VoucherRequest, **options: bool) -> HandedOut:
    return handing_out.hand_out(request=request, by=cast.officer, now=NOW, **options)


def pools_of(request: VoucherRequest) -> list[Pool]:
    live = HandOut.objects.live().filter(line__request=request).order_by("line__position")
    return [hand_out.voucher.pool for hand_out in live.select_related("voucher__pool")]


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
    told = {(event.row, event.data["state"], event.actor) for event in events}
    assert told == {
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


def test_rather_this_provider_goes_there_first_then_to_the_pool_that_lives_longest(
    cast: Cast,
) -> None:
    short_lived = make_pool(cast.provider, name="kort", valid_until=date(2020, 5, 1))
    load_codes(short_lived, by=cast.officer, codes=1)
    load_codes(cast.pool, by=cast.officer, codes=1)
    load_codes(cast.other_pool, by=cast.officer, codes=5)
    request = granted(cast, 3, wish=Wish.PREFER, wish_provider=cast.provider)
    hand_out(cast, request)
    assert pools_of(request) == [cast.pool, short_lived, cast.other_pool]


def test_no_preference_takes_from_the_pool_that_lives_longest(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=5)
    load_codes(cast.other_pool, by=cast.officer, codes=1)
    request = granted(cast, 2)
    hand_out(cast, request)
    assert pools_of(request) == [cast.other_pool, cast.pool]


def test_an_extension_makes_a_pool_live_longer(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    load_codes(cast.other_pool, by=cast.officer, codes=1)
    pools.extend_pool(pool=cast.pool, valid_until=date(2021, 6, 30), by=cast.officer, now=NOW)
    request = granted(cast, 1)
    hand_out(cast, request)
    assert pools_of(request) == [cast.pool]


def short_lived(cast: Cast, days: int) -> Pool:
    valid_until = NOW.date() + timedelta(days=days)
    return make_pool(cast.provider, name="kort", valid_until=valid_until)


def closed(cast: Cast) -> Pool:
    pools.close_pool(pool=cast.pool, by=cast.officer, now=NOW)
    return cast.pool


def outside_agreement(cast: Cast) -> Pool:
    cast.pool.agreement.starts_on = cast.period.asks_from + timedelta(days=1)
    pools.set_up_agreement(agreement=cast.pool.agreement, by=cast.officer, now=NOW)
    return cast.pool


@pytest.mark.parametrize(
    ("make", "obstacle"),
    [
        (lambda cast: short_lived(cast, 29), "de codes zijn minder dan 30 dagen geldig"),
        (outside_agreement, "de afspraak loopt niet over heel Golf 1"),
    ],
    ids=["29 days left", "agreement does not cover the period"],
)
def test_a_pool_that_may_not_be_used_gives_nothing(
    cast: Cast, make: Callable[[Cast], Pool], obstacle: str
) -> None:
    pool = make(cast)
    load_codes(pool, by=cast.officer, codes=5)
    with pytest.raises(NotEnoughCodes):
        hand_out(cast, granted(cast, 1))
    told = {
        stock.pool: stock.obstacle
        for provider in handing_out.free_stock(cast.period, NOW.date())
        for stock in provider.pools
    }
    assert told[pool] == obstacle


def test_a_closed_pool_gives_nothing(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=5)
    closed(cast)
    with pytest.raises(NotEnoughCodes):
        hand_out(cast, granted(cast, 1))


def test_a_pool_with_30_days_left_is_used(cast: Cast) -> None:
    pool = short_lived(cast, 30)
    load_codes(pool, by=cast.officer, codes=1)
    assert hand_out(cast, granted(cast, 1)) == HandedOut(count=1, waiting=0)


def test_free_stock_counts_what_can_be_handed_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    load_codes(short_lived(cast, 3), by=cast.officer, codes=5)
    found = handing_out.free_stock(cast.period, NOW.date())
    assert {stock.provider: stock.free for stock in found} == {
        cast.provider: 3,
        cast.other_provider: 0,
    }


def test_a_request_that_is_not_decided_gets_no_code(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    with pytest.raises(NotAllowed, match="nog niet beslist"):
        hand_out(cast, request)


def test_handing_out_again_finds_nobody_waiting(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = granted(cast, 2)
    hand_out(cast, request)
    with pytest.raises(NotAllowed, match="wacht niemand meer"):
        hand_out(cast, request)
    assert HandOut.objects.count() == 2


def test_only_the_ministry_hands_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    request = granted(cast, 1)
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        with pytest.raises(NotAllowed, match="Alleen het ministerie"):
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


def plan(sql: str, parameters: list[Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE) " + sql, parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture
def large_pool(cast: Cast) -> Pool:
    """10,000 codes beside the real ones, 90 % of them used: the planner has a choice."""
    file = load_codes(cast.pool, by=cast.officer, codes=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO vouchers_voucher (pool_id, provider_id, fingerprint, key_id, secret, slot,
                file_id, line, loaded_at, state, void_reason, fingerprint_key_id)
            SELECT %s, %s, sha256(n::text::bytea), 'k', 'sealed', n, %s, n, %s, 'AVAILABLE', '', 'f'
            FROM generate_series(10, 10009) n
            """,
            [cast.pool.pk, cast.provider.pk, file.pk, NOW],
        )
        Voucher.objects.filter(slot__range=(10, 9009)).update(state=VoucherState.OUT)
        cursor.execute("ANALYZE vouchers_voucher")
    return cast.pool


@pytest.mark.parametrize("count", [10, 1000], ids=["a request", "a period, all that is free"])
def test_free_codes_are_found_along_the_partial_index(large_pool: Pool, count: int) -> None:
    """Failure 4: a claim that walks all used rows, or all free ones."""
    chosen = plan(NEXT_CODES, [large_pool.pk, count])
    assert "Index Scan using voucher_free" in chosen
    assert "Rows Removed by Filter" not in chosen
    assert "Sort" not in chosen


def test_codes_are_moved_along_the_primary_key(large_pool: Pool) -> None:
    ids = list(Voucher.objects.free().values_list("pk", flat=True)[:10])
    moved = plan(MOVE_CODES, [ids])
    assert "vouchers_voucher_pkey" in moved
    assert "Seq Scan" not in moved
    assert "Rows Removed by Filter" not in moved


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


@contextmanager
def without_pool_lock() -> Iterator[None]:
    """The control: what would happen if `select_for_update` did nothing."""

    def no_lock(self: QuerySet, **options: object) -> QuerySet:
        return self.all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", no_lock)
        yield


def test_control_without_the_lock_the_constraint_refuses(stage: Stage) -> None:
    officer, _period, _pool, requests = stage
    with without_pool_lock():
        raised = hand_out_all(officer, requests)
    assert IntegrityError in {type(problem) for problem in raised}
    live = HandOut.objects.live()
    assert live.count() == live.values("voucher").distinct().count()


def loading(pool: Pool, officer: User) -> Callable[[], None]:
    """Loads two codes that were checked already, and does not wait long for a lock."""
    file = provider_files.receive(
        kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool, name="nog.csv",
        content=code_csv(["NIEUW-1", "NIEUW-2"]), by=officer, now=NOW,
    ).file  # fmt: skip
    provider_files.check(file=file, now=NOW)

    def load() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        provider_files.apply(file=file, by=officer, now=NOW)

    return load


def test_codes_are_loaded_while_a_hand_out_holds_the_pool(stage: Stage) -> None:
    """Failure 3: under a plain FOR UPDATE this load would wait for the hand-out to end."""
    officer, _period, pool, requests = stage
    load = loading(pool, officer)
    with transaction.atomic():
        handing_out.hand_out(request=requests[0], by=officer, now=NOW)
        assert at_once([load]) == []
    slots = Voucher.objects.filter(pool=pool).order_by("slot").values_list("slot", flat=True)
    assert list(slots) == list(range(1, 33))


def test_the_database_refuses_a_second_live_hand_out(cast: Cast) -> None:
    """Rule 1, below every action."""
    load_codes(cast.pool, by=cast.officer, codes=2)
    request = granted(cast, 1)
    other = granted(cast, 1)
    hand_out(cast, request)
    first = HandOut.objects.get()
    free = Voucher.objects.free().get()
    for voucher, line in [(first.voucher, other.lines.get()), (free, first.line)]:
        with pytest.raises(IntegrityError, match="handout_live"), transaction.atomic():
            HandOut.objects.create(
                voucher=voucher, line=line, handed_out_at=NOW, handed_out_by=cast.officer
            )


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
