"""Which pools a hand-out draws from, and how their codes are found, bound and moved."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from conftest import Cast
from vouchers.actions.hand_out import preview, stock
from vouchers.actions.hand_out.allocation import PoolStock, Waiting
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.actions.hand_out.stock import (
    MOVE_CODES,
    NEXT_CODES,
    Draw,
    NotEnoughCodes,
    StockChanged,
)
from vouchers.actions.hand_out.tests import shortage
from vouchers.actions.hand_out.tests.single import NOW, granted, hand_out, pools_of, short_lived
from vouchers.actions.hand_out.waiting_list import waiting_lines
from vouchers.actions.stock import pools
from vouchers.models import Agreement, HandOut, Pool, Voucher, VoucherRequest
from vouchers.states import VoucherState, Wish
from vouchers.tests.factories import load_codes, make_pool
from vouchers.tests.many import ANY


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
    obstacles = {
        stock.pool: stock.obstacle
        for provider in preview.free_stock(cast.period, NOW.date())
        for stock in provider.pools
    }
    assert obstacles[pool] == obstacle


def test_a_closed_pool_gives_nothing(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=5)
    closed(cast)
    with pytest.raises(NotEnoughCodes):
        hand_out(cast, granted(cast, 1))


def test_a_pool_with_30_days_left_is_used(cast: Cast) -> None:
    pool = short_lived(cast, 30)
    load_codes(pool, by=cast.officer, codes=1)
    assert hand_out(cast, granted(cast, 1)) == HandedOut(count=1, waiting=0)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [(Wish.NONE, ["lang", "maart", "kort"]), (Wish.PREFER, ["maart", "kort", "lang"]),
     (Wish.ONLY, ["maart", "kort"])],
)  # fmt: skip
def test_each_wish_takes_its_pools_in_turn(cast: Cast, wish: Wish, wanted: list[str]) -> None:
    """Telenet has two pools, Proximus the longest-lived one; a code in each. A fourth pool has 29
    days left, a fifth is closed, a sixth is under an agreement that ends too early."""
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
        shortage.load(cast, 1, pool)
    pools.close_pool(pool=closed, by=cast.officer, now=NOW)
    provider = None if wish == Wish.NONE else cast.provider
    (request,) = shortage.granted(cast, [(wish, provider)] * 4)
    shortage.divide(cast)
    live = HandOut.objects.live().filter(line__request=request).order_by("line__position")
    assert [each.voucher.pool.name for each in live.select_related("voucher__pool")] == wanted


def test_an_agreement_that_ends_with_the_period_covers_it(cast: Cast) -> None:
    Agreement.objects.filter(pk=cast.pool.agreement_id).update(
        starts_on=cast.period.asks_from, ends_on=cast.period.asks_until
    )
    shortage.load(cast, 1)
    (request,) = shortage.granted(cast, [ANY])
    assert shortage.divide(cast).count == 1
    assert shortage.served(request) == [1]


def plan(sql: str, parameters: list[Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE) " + sql, parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture
def large_pool(cast: Cast) -> Pool:
    """10,000 codes besides the real ones, 90 % of them used: the planner has a choice."""
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


# Locked, counted, drawn


def waiting(request: VoucherRequest) -> list[Waiting]:
    return waiting_lines(request.lines.all())


def locked_in_sql(cast: Cast, lines: list[Waiting]) -> tuple[list[Pool], bool]:
    """The pools returned, and whether the statement that locks names providers."""
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        found = stock.locked_pools(cast.period, NOW, lines)
    (locking,) = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    return found, '"vouchers_agreement"."provider_id" IN' in locking


def test_only_pools_of_the_wanted_providers_are_locked_when_nobody_takes_another(
    cast: Cast,
) -> None:
    insists = granted(cast, 2, wish=Wish.ONLY, wish_provider=cast.provider)
    prefers = granted(cast, 1, wish=Wish.PREFER, wish_provider=cast.provider)
    in_order = [cast.other_pool, cast.pool]  # the one that lives longest comes first
    assert locked_in_sql(cast, waiting(insists)) == ([cast.pool], True)
    assert locked_in_sql(cast, waiting(insists) + waiting(prefers)) == (in_order, False)
    assert locked_in_sql(cast, []) == (in_order, False)
    assert stock.usable_pools(cast.period, NOW) == in_order


def test_stock_is_counted_as_far_as_needed_in_the_order_of_the_pools(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=5)
    pools_in_order = [cast.other_pool, cast.pool]
    assert stock.count_stock(pools_in_order) == [
        PoolStock(cast.other_pool.pk, cast.other_provider.pk, 0),
        PoolStock(cast.pool.pk, cast.provider.pk, 5),
    ]
    assert [each.free for each in stock.count_stock(pools_in_order, at_most=3)] == [0, 3]


def test_nothing_is_drawn_when_the_codes_are_not_there_any_more(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    draws = [Draw(line.pk, cast.pool.pk) for line in waiting(granted(cast, 2))]
    with pytest.raises(StockChanged, match="Er is niets uitgereikt"), transaction.atomic():
        stock.draw(draws, by=cast.officer, now=NOW)
    assert (HandOut.objects.count(), Voucher.objects.free().count()) == (0, 1)


def test_the_nth_line_of_a_pool_draws_its_nth_code(cast: Cast) -> None:
    for pool in (cast.pool, cast.other_pool):
        load_codes(pool, by=cast.officer, codes=2)
    lines = [line.pk for line in waiting(granted(cast, 4))]
    pools_of_lines = [cast.other_pool, cast.pool, cast.other_pool, cast.pool]
    draws = [Draw(line, pool.pk) for line, pool in zip(lines, pools_of_lines, strict=True)]
    stock.draw(draws, by=cast.officer, now=NOW)
    found = dict(HandOut.objects.values_list("line", "voucher__slot"))
    assert [found[line] for line in lines] == [1, 1, 2, 2]
    assert [each.voucher.pool for each in HandOut.objects.order_by("line")] == pools_of_lines


def test_vacuum_keeps_out_of_a_transaction(cast: Cast) -> None:
    """PostgreSQL refuses it inside one, so a call from there does nothing."""
    with CaptureQueriesContext(connection) as captured:
        stock.vacuum()
    assert list(captured) == []


@pytest.mark.django_db(transaction=True)
def test_vacuum_tells_the_planner_outside_one() -> None:
    with CaptureQueriesContext(connection) as captured:
        stock.vacuum()
    assert [query["sql"] for query in captured] == ["VACUUM (ANALYZE) vouchers_voucher"]
