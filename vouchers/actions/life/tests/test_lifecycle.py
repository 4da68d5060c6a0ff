"""Given, taken back, replaced: who may, what is written, what the database refuses."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from conftest import Cast
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.life import lifecycle, reveals
from vouchers.models import HandOut, Period, Voucher
from vouchers.states import LineState, VoidReason, VoucherState
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_period,
    make_pool,
    make_provider,
    reveal,
)
from vouchers.tests.races import at_once

PRINTED = at(date(2020, 3, 12))
LATER = at(date(2020, 3, 13))


def of_cast(cast: Cast, n: int = 2) -> list[HandOut]:
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=n
    )


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes of Telenet with the own school."""
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1111", "BBBB-2222", "CCCC-3333"])
    return of_cast(cast)


def test_given_marks_printed_letters_once(cast: Cast, hand_outs: list[HandOut]) -> None:
    first, second = hand_outs
    reveal([first], by=cast.coordinator, now=PRINTED)
    both = [first.pk, second.pk]
    assert lifecycle.mark_given(hand_outs=both, by=cast.coordinator, now=PRINTED) == 1
    assert lifecycle.mark_given(hand_outs=both, by=cast.coordinator, now=LATER) == 0
    first.refresh_from_db()
    assert (first.given_at, first.given_by, first.stage) == (PRINTED, cast.coordinator, "GIVEN")


def test_only_the_own_organisation_marks_given(cast: Cast, hand_outs: list[HandOut]) -> None:
    reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    for person in (cast.other_coordinator, cast.officer, cast.provider_user):
        with pytest.raises(Refused):
            lifecycle.mark_given(hand_outs=[hand_outs[0].pk], by=person, now=LATER)


def test_reclaim_puts_an_unseen_code_back_and_closes_its_line(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ids = [each.pk for each in hand_outs]
    assert lifecycle.reclaim(hand_outs=ids, by=cast.officer, now=LATER) == 2
    assert lifecycle.reclaim(hand_outs=ids, by=cast.officer, now=LATER) == 0
    for each in hand_outs:
        each.refresh_from_db()
        assert (each.stage, each.ended_at, each.voucher.state) == ("RECLAIMED", LATER, "AVAILABLE")
        assert (each.line.state, each.line.closed_by) == (LineState.CLOSED, cast.officer)


def test_a_code_taken_back_goes_to_somebody_else(cast: Cast, hand_outs: list[HandOut]) -> None:
    lifecycle.reclaim(hand_outs=[hand_outs[0].pk], by=cast.officer, now=LATER)
    again = of_cast(cast, 1)
    assert again[0].voucher_id == hand_outs[0].voucher_id


def test_a_code_that_was_seen_is_not_taken_back(cast: Cast, hand_outs: list[HandOut]) -> None:
    reveal(hand_outs[:1], by=cast.coordinator, now=PRINTED)
    with pytest.raises(Refused, match="al bekeken"):
        lifecycle.reclaim(hand_outs=[each.pk for each in hand_outs], by=cast.officer, now=LATER)
    assert HandOut.objects.live().count() == 2


def test_only_the_ministry_reclaims_and_replaces(cast: Cast, hand_outs: list[HandOut]) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused):
            lifecycle.reclaim(hand_outs=[hand_outs[0].pk], by=person, now=LATER)
        with pytest.raises(Refused):
            lifecycle.replace(hand_out=hand_outs[0], by=person, now=LATER, reason=VoidReason.FAULTY)


def test_replace_voids_the_old_code_and_gives_the_pupil_another(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    old = hand_outs[0]
    reveal([old], by=cast.coordinator, now=PRINTED)
    new = lifecycle.replace(hand_out=old, by=cast.officer, now=LATER, reason=VoidReason.FAULTY)
    old.refresh_from_db()
    assert (old.stage, old.voucher.state, old.voucher.void_reason) == ("REPLACED", "VOID", "FAULTY")
    assert (new.replaces, new.line, new.stage) == (old, old.line, "HANDED_OUT")
    assert new.voucher.state == VoucherState.OUT
    with pytest.raises(Refused, match="niets te vervangen"):
        lifecycle.replace(hand_out=old, by=cast.officer, now=LATER, reason=VoidReason.FAULTY)


def test_replace_without_stock_changes_nothing(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    (only,) = of_cast(cast, 1)
    with pytest.raises(NotEnoughCodes):
        lifecycle.replace(hand_out=only, by=cast.officer, now=LATER, reason=VoidReason.LOST)
    only.refresh_from_db()
    assert (only.stage, only.voucher.state) == ("HANDED_OUT", "OUT")


def test_the_database_keeps_a_seen_code_away_from_others(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    """Rule 1, below every action."""
    seen, live = hand_outs
    reveal([seen], by=cast.coordinator, now=PRINTED)
    lifecycle.replace(hand_out=seen, by=cast.officer, now=LATER, reason=VoidReason.FAULTY)
    for voucher, message in [
        (seen.voucher_id, "this move"),
        (live.voucher_id, "live, seen or in use"),
    ]:
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            Voucher.objects.filter(pk=voucher).update(state=VoucherState.AVAILABLE)


def test_nobody_waits_after_a_code_was_taken_back(cast: Cast, hand_outs: list[HandOut]) -> None:
    request = hand_outs[0].line.request
    lifecycle.reclaim(hand_outs=[hand_outs[0].pk], by=cast.officer, now=LATER)
    assert request.lines.waiting().count() == 0
    with pytest.raises(Refused, match="wacht niemand meer"):
        handing_out.hand_out(request=request, by=cast.officer, now=LATER)


def test_a_hand_out_that_does_not_exist_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="bestaat niet meer"):
        reveals.reveal(hand_outs=[404], by=cast.coordinator, now=PRINTED)


def test_waiting_lines_get_a_code_where_the_request_was_granted(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    assert request.lines.waiting().count() == 2
    handing_out.hand_out(request=request, by=cast.officer, now=PRINTED, as_many_as_there_are=True)
    assert request.lines.waiting().count() == 1


# Races: real connections, real commits.


@pytest.fixture
def unseen(transactional_db: None) -> tuple[User, User, Period, list[HandOut]]:
    """An officer and a coordinator with two codes that nobody has seen, and one more in stock."""
    officer, school = make_ministry_user(), make_school(number="000018")
    coordinator, period = make_coordinator(school), make_period()
    load_codes(make_pool(make_provider()), by=officer, codes=3)
    found = handed_out(school, period, by=coordinator, officer=officer, references=2)
    return officer, coordinator, period, found


def test_a_code_is_seen_or_taken_back_never_both(
    unseen: tuple[User, User, Period, list[HandOut]],
) -> None:
    officer, coordinator, _period, ticked = unseen
    ids = [each.pk for each in ticked]
    raised = at_once(
        [
            partial(reveals.reveal, hand_outs=ids, by=coordinator, now=PRINTED),
            partial(lifecycle.reclaim, hand_outs=ids, by=officer, now=PRINTED),
        ]
    )
    assert {type(problem) for problem in raised} <= {Refused}
    assert set(HandOut.objects.values_list("stage", flat=True)) in ({"REVEALED"}, {"RECLAIMED"})
