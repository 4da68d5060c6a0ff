"""Those left waiting by a division of a shortage go first, whoever comes since."""

from datetime import date

import pytest

from common.refused import Refused
from conftest import Cast
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.actions.hand_out.plan import NotEnoughForPeriod
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.hand_out.tests.shortage import (
    FIRST,
    LATER,
    NOW,
    SHARED,
    divide,
    granted,
    hand_out,
    load,
    served,
)
from vouchers.actions.hand_out.waiting_list import WaitingList, WaitingListFirst, waiting_lists
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
from vouchers.models import Agreement, DivisionShare, HandOut, Period, Pool, VoucherRequest
from vouchers.states import VoidReason, Wish
from vouchers.tests.factories import make_period
from vouchers.tests.many import ANY, Wanted
from vouchers.tests.races import at_once


def test_a_newer_request_waits_for_those_who_waited(
    cast: Cast, short: list[VoucherRequest]
) -> None:  # fmt: skip
    divide(cast)
    (newer,) = granted(cast, [ANY] * 2)
    load(cast, 6)
    with pytest.raises(WaitingListFirst) as refusal:
        hand_out(cast, newer)
    assert refusal.value.message == (
        "Eerst komen de 6 leerlingen die nog wachten uit de verdeling van 11 maart 2020. "
        "Bedien eerst de wachtenden, of laad nieuwe codes."
    )
    with pytest.raises(WaitingListFirst):
        hand_out(cast, newer, as_many_as_there_are=True)
    done = handing_out.hand_out_selection(requests=[newer.pk], by=cast.officer, now=NOW)
    assert [message for _request, message in done.refused] == [refusal.value.message]
    load(cast, 1)
    with pytest.raises(WaitingListFirst):
        hand_out(cast, newer)
    assert hand_out(cast, newer, as_many_as_there_are=True) == HandedOut(1, 1)
    load(cast, 1)
    assert hand_out(cast, newer) == HandedOut(1, 0)  # there is enough for both
    assert divide(cast, only_queue=True).count == 6
    assert served(*short, newer) == [6, 3, 3, 2]


def test_who_waits_is_served_in_its_order(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    load(cast, 3)
    with pytest.raises(WaitingListFirst, match="Eerst komen de 3 leerlingen"):
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
    # Two who want only Telenet are left by the division; Proximus is of no use to them.
    load(cast, 2, cast.other_pool)
    assert hand_out(cast, hand_out_of) == HandedOut(2, 0)
    (rival,) = granted(cast, only)
    load(cast, 2)
    with pytest.raises(WaitingListFirst):
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


def test_too_few_without_the_waiting_list_too_is_said_as_always(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY])
    with pytest.raises(NotEnoughCodes) as refusal:
        hand_out(cast, newer)
    assert not isinstance(refusal.value, WaitingListFirst)


def test_the_next_division_serves_them_before_who_came_since(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast, SHARED)  # 3, 1, 2 are left waiting
    (newer,) = granted(cast, [ANY] * 4, school=make_school(number="000042"))
    load(cast, 8)
    divide(cast, SHARED)
    assert served(*short, newer) == [6, 3, 3, 2]
    listed = DivisionShare.objects.waiting_list()
    assert [(share.request, share.waits) for share in listed] == [(newer, 2)]


def test_who_was_left_twice_is_on_the_waiting_list_once(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    load(cast, 2)
    divide(cast)
    listed = DivisionShare.objects.waiting_list()
    assert [(share.request, share.waits) for share in listed] == [(short[1], 1), (short[2], 3)]


def test_who_waits_alone_leaves_the_rest_of_the_codes(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY] * 4)
    load(cast, 7)
    assert divide(cast, only_queue=True).count == 6
    assert served(*short, newer) == [6, 3, 3, 0]
    with pytest.raises(Refused, match="wacht niemand op een code"):
        divide(cast, only_queue=True)


def test_a_code_taken_back_is_for_who_waits(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    (newer,) = granted(cast, [ANY])
    taken = list(HandOut.objects.live().filter(line__request=short[0])[:2])
    lifecycle.reclaim(hand_outs=[each.pk for each in taken], by=cast.officer, now=LATER)
    with pytest.raises(WaitingListFirst):
        hand_out(cast, newer)
    assert divide(cast, only_queue=True).count == 2
    assert served(*short, newer) == [4, 2, 0, 0]


def test_a_code_that_does_not_work_is_replaced_before_the_waiting_list(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    """Its pupil has already had a turn."""
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
    assert [share.request for share in DivisionShare.objects.waiting_list()] == [short[2]]


def test_closing_the_period_ends_the_waiting(cast: Cast, short: list[VoucherRequest]) -> None:
    divide(cast)
    pools.close_period(period=cast.period, by=cast.officer, now=LATER)
    assert not DivisionShare.objects.waiting_list().exists()


# What pages show


def test_each_period_with_a_waiting_list_says_who_waits_and_what_there_is(
    cast: Cast, short: list[VoucherRequest]
) -> None:
    assert waiting_lists(LATER) == []
    divide(cast)
    assert waiting_lists(LATER) == [WaitingList(cast.period, waiting=6, codes=0)]
    load(cast, 2)
    load(cast, 9, cast.other_pool)
    assert waiting_lists(LATER) == [WaitingList(cast.period, waiting=6, codes=6)]
    divide(cast, only_queue=True)
    assert waiting_lists(LATER) == []


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
    with pytest.raises(WaitingListFirst, match="Eerst komen de 6"):
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


@pytest.mark.django_db(transaction=True)
def test_a_division_and_a_newer_request_at_once_leave_nobody_out(cast: Cast) -> None:
    """Whoever locks the pools first, nobody jumps the queue that the other made."""
    load(cast, 4)
    first = granted(cast, [ANY] * 3, [ANY] * 3)
    divide(cast)
    (newer,) = granted(cast, [ANY] * 2)
    load(cast, 2)
    raised = at_once([lambda: divide(cast, only_queue=True), lambda: hand_out(cast, newer)])
    assert len(raised) == 1
    assert isinstance(raised[0], NotEnoughCodes)
    assert served(*first, newer) == [3, 3, 0]
