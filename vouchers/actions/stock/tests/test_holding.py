"""Holding a code and releasing it: only from stock and back, with the reason and the person."""

from datetime import date
from functools import partial

import pytest

from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.stock import holding
from vouchers.actions.watch.tests.test_alerts import report
from vouchers.books import balance
from vouchers.models import HandOut, Holding, Voucher
from vouchers.states import VoidReason, VoucherState
from vouchers.tests.factories import at, granted_request, handed_out, load_codes
from vouchers.tests.races import at_once

NOW, LATER = at(date(2020, 3, 20)), at(date(2020, 3, 23))
WHY = "Een school meldt dat deze code al gebruikt is."


@pytest.fixture
def code(cast: Cast) -> Voucher:
    """The only code in stock."""
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1"])
    return Voucher.objects.get()


def hold(cast: Cast, code: Voucher) -> None:
    holding.hold(voucher=code, reason=WHY, by=cast.officer, now=NOW)


def release(cast: Cast, code: Voucher) -> None:
    holding.release(voucher=code, reason="Nagekeken.", by=cast.officer, now=LATER)


def state_of(code: Voucher) -> str:
    return Voucher.objects.get(pk=code.pk).state


def test_a_code_is_kept_apart_with_who_when_and_why(cast: Cast, code: Voucher) -> None:
    hold(cast, code)
    assert state_of(code) == VoucherState.HELD
    done = Holding.objects.get()
    assert (done.held, done.reason, done.file_id) == (True, WHY, None)
    assert (done.done_at, done.done_by) == (NOW, cast.officer)
    event = HistoryEvent.objects.filter(table="vouchers_voucher", row=code.pk).latest("id")
    assert (event.actor, event.reason) == (cast.officer.pk, "code vastgehouden")
    assert [pool.off for pool in balance()] == [(), ()]


def test_nobody_gets_a_code_that_is_kept_apart_until_it_is_let_go(
    cast: Cast, code: Voucher
) -> None:
    hold(cast, code)
    request = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    with pytest.raises(NotEnoughCodes):
        handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    release(cast, code)
    handing_out.hand_out(request=request, by=cast.officer, now=LATER)
    assert state_of(code) == VoucherState.OUT
    assert [each.held for each in Holding.objects.order_by("pk")] == [True, False]


def test_a_code_with_a_pupil_is_not_kept_apart_and_says_what_can_be_done(
    cast: Cast, code: Voucher
) -> None:
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    with pytest.raises(Refused, match="maak ze dan ongeldig of vervang ze"):
        hold(cast, code)
    with pytest.raises(Refused, match="niet vastgehouden"):
        release(cast, code)
    assert Holding.objects.count() == 0


def test_only_what_is_in_stock_is_held_and_only_what_is_held_let_go(
    cast: Cast, code: Voucher
) -> None:
    with pytest.raises(Refused, match="niet vastgehouden"):
        release(cast, code)
    hold(cast, code)
    with pytest.raises(Refused, match="wordt al vastgehouden"):
        hold(cast, code)
    Voucher.objects.filter(pk=code.pk).update(
        state=VoucherState.VOID, void_reason=VoidReason.FAULTY, voided_at=NOW,
        voided_by=cast.officer,
    )  # fmt: skip
    with pytest.raises(Refused, match="al ongeldig"):
        hold(cast, code)
    with pytest.raises(Refused, match="niet vastgehouden"):
        release(cast, code)


def test_only_the_ministry_holds_and_lets_go(cast: Cast, code: Voucher) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            holding.hold(voucher=code, reason=WHY, by=person, now=NOW)
    hold(cast, code)
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            holding.release(voucher=code, reason=WHY, by=person, now=NOW)


def test_a_reason_with_a_national_number_is_refused(cast: Cast, code: Voucher) -> None:
    with pytest.raises(Refused) as refused:
        holding.hold(voucher=code, reason="85.07.30-033.28", by=cast.officer, now=NOW)
    assert (refused.value.code, refused.value.field) == ("national-number", "reason")
    assert state_of(code) == VoucherState.AVAILABLE


def test_undoing_a_file_leaves_what_a_person_keeps_apart(cast: Cast, code: Voucher) -> None:
    file = report(cast, ["AAAA-1"])
    release(cast, code)
    hold(cast, code)
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    assert state_of(code) == VoucherState.HELD


def test_a_file_about_what_a_person_keeps_apart_does_not_let_it_go_when_undone(
    cast: Cast, code: Voucher
) -> None:
    hold(cast, code)
    file = report(cast, ["AAAA-1"])
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    assert state_of(code) == VoucherState.HELD


@pytest.mark.django_db(transaction=True)
def test_a_code_is_handed_out_or_kept_apart_never_both(cast: Cast, code: Voucher) -> None:
    request = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    give = partial(handing_out.hand_out, request=request, by=cast.officer, now=NOW)
    keep = partial(holding.hold, voucher=code, reason=WHY, by=cast.officer, now=NOW)
    refused = at_once([give, keep])
    assert [type(each) for each in refused] in ([Refused], [NotEnoughCodes])
    out = HandOut.objects.live().count()
    assert (state_of(code), out) in ((VoucherState.OUT, 1), (VoucherState.HELD, 0))
    assert Holding.objects.count() == 1 - out
