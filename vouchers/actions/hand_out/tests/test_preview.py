"""What a page shows of a hand-out before anybody asks for it."""

from conftest import Cast
from vouchers.actions.hand_out import handing_out, preview
from vouchers.actions.hand_out.preview import STOCK_LOW, FromPool, Preview
from vouchers.actions.hand_out.tests import shortage
from vouchers.actions.hand_out.tests.single import NOW, granted, hand_out, pools_of, short_lived
from vouchers.actions.stock import pools
from vouchers.models import HandOut
from vouchers.states import Wish
from vouchers.tests.factories import load_codes
from vouchers.tests.many import ANY


def test_free_stock_counts_what_can_be_handed_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    load_codes(short_lived(cast, 3), by=cast.officer, codes=5)
    found = preview.free_stock(cast.period, NOW.date())
    assert {stock.provider: stock.free for stock in found} == {
        cast.provider: 3,
        cast.other_provider: 0,
    }


def test_what_is_previewed_is_what_happens(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=9)
    load_codes(cast.other_pool, by=cast.officer, codes=2)
    shortage.granted(cast, [ANY] * 3, [(Wish.PREFER, cast.provider)] * 2)
    found = preview.preview_period(cast.period, NOW)
    assert (found.waiting, found.count, found.refusal) == (5, 5, None)
    assert [(each.pool, each.codes, each.left) for each in found.from_pools] == [
        (cast.other_pool, 2, 0),
        (cast.pool, 3, 6),
    ]
    done = handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW)
    assert done.from_pools == {each.pool: each.codes for each in found.from_pools}


def test_what_is_previewed_of_a_request_is_what_happens(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=9)
    load_codes(cast.other_pool, by=cast.officer, codes=2)
    request = granted(cast, 3)
    found = preview.preview_request(request, NOW)
    assert found == Preview(
        3, 1, (FromPool(cast.other_pool, 2, 0), FromPool(cast.pool, 1, 8)), None
    )
    hand_out(cast, request)
    assert pools_of(request) == [cast.other_pool, cast.other_pool, cast.pool]
    assert preview.preview_request(request, NOW) == Preview(0, 0, (), None)


def test_a_preview_of_too_few_codes_says_why_and_what_there_is(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    found = preview.preview_request(granted(cast, 3), NOW)
    assert (found.waiting, found.count, found.from_pools) == (3, 2, (FromPool(cast.pool, 2, 0),))
    assert found.refusal is not None
    assert found.refusal.short_by == 1
    assert HandOut.objects.count() == 0


def test_pools_that_run_low_are_open_and_can_still_be_handed_out(cast: Cast) -> None:
    day = NOW.date()
    load_codes(cast.pool, by=cast.officer, codes=STOCK_LOW)
    load_codes(cast.other_pool, by=cast.officer, codes=STOCK_LOW - 1)
    short_lived(cast, 29)
    empty = short_lived(cast, 30, name="leeg")
    assert preview.running_low(day) == [cast.other_pool, empty]
    pools.close_pool(pool=cast.other_pool, by=cast.officer, now=NOW)
    assert preview.running_low(day) == [empty]
