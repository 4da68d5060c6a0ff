"""Revealed, given, taken back, replaced: who may, what is written, what the database refuses."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from conftest import Cast
from history.models import HistoryEvent
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.shelves import NotEnoughCodes
from vouchers.actions.life import lifecycle
from vouchers.models import HandOut, Period, Reveal, Voucher
from vouchers.policies import NotAllowed
from vouchers.states import Channel, LineState, VoidReason, VoucherState
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


def test_reveal_gives_the_codes_as_delivered_in_the_order_asked(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first, second = hand_outs
    found = reveal([second, first], by=cast.coordinator, now=PRINTED)
    assert [each.fields for each in found] == [
        {"code": "BBBB-2222", "wachtwoord": "pw-BBBB-2222"},
        {"code": "AAAA-1111", "wachtwoord": "pw-AAAA-1111"},
    ]
    assert [each.hand_out.revealed_at for each in found] == [PRINTED, PRINTED]


def test_a_revealed_code_is_not_in_its_repr(cast: Cast, hand_outs: list[HandOut]) -> None:
    found = reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    assert "AAAA" not in repr(found)


def test_the_first_reveal_stays_and_each_one_is_recorded(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first, second = hand_outs
    reveal([first], by=cast.coordinator, now=PRINTED)
    reveal([first, second], by=cast.coordinator, now=LATER)
    moments = HandOut.objects.order_by("pk").values_list("revealed_at", flat=True)
    assert list(moments) == [PRINTED, LATER]
    told = Reveal.objects.order_by("pk").values_list(
        "hand_out", "voucher", "channel", "revealed_at", "revealed_to", "organisation", "provider"
    )
    to = (Channel.LETTER, cast.coordinator.pk, cast.school.pk, None)
    expected: list[Any] = [
        (each.pk, each.voucher_id, to[0], moment, *to[1:])
        for each, moment in [(first, PRINTED), (first, LATER), (second, LATER)]
    ]
    assert list(told) == expected


def test_what_is_shown_is_what_is_marked(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Failure 7: a hand-out comes and another ends while somebody looks at the page."""
    ticked = list(hand_outs)
    lifecycle.reclaim(hand_outs=[ticked[0].pk], by=cast.officer, now=PRINTED)
    of_cast(cast, 1)
    shown = reveal(ticked, by=cast.coordinator, now=LATER)
    assert [each.hand_out for each in shown] == [ticked[1]]
    assert list(HandOut.objects.exclude(revealed_at=None)) == [ticked[1]]
    assert list(Reveal.objects.values_list("hand_out", flat=True)) == [ticked[1].pk]


def test_only_the_own_organisation_reveals(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Rule 4: nobody at the ministry, no other school, no provider."""
    others = [cast.other_coordinator, cast.officer, cast.administrator, cast.provider_user]
    for person in others:
        with pytest.raises(NotAllowed, match="Alleen de organisatie"):
            reveal(hand_outs, by=person, now=PRINTED)
    assert Reveal.objects.count() == 0
    assert HandOut.objects.filter(revealed_at=None).count() == 2


def test_one_code_of_another_organisation_reveals_none(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    theirs = handed_out(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer
    )
    with pytest.raises(NotAllowed):
        reveal([*hand_outs, *theirs], by=cast.coordinator, now=PRINTED)
    assert Reveal.objects.count() == 0


def test_history_of_a_reveal_holds_no_code(cast: Cast, hand_outs: list[HandOut]) -> None:
    reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    told = str(list(HistoryEvent.objects.values_list("data", "reason")))
    assert "AAAA" not in told
    assert "pw-" not in told


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
        with pytest.raises(NotAllowed):
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
    with pytest.raises(NotAllowed, match="al bekeken"):
        lifecycle.reclaim(hand_outs=[each.pk for each in hand_outs], by=cast.officer, now=LATER)
    assert HandOut.objects.live().count() == 2


def test_only_the_ministry_reclaims_and_replaces(cast: Cast, hand_outs: list[HandOut]) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(NotAllowed):
            lifecycle.reclaim(hand_outs=[hand_outs[0].pk], by=person, now=LATER)
        with pytest.raises(NotAllowed):
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
    with pytest.raises(NotAllowed, match="niets te vervangen"):
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
    with pytest.raises(NotAllowed, match="wacht niemand meer"):
        handing_out.hand_out(request=request, by=cast.officer, now=LATER)


def test_a_hand_out_that_does_not_exist_is_refused(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="bestaat niet meer"):
        lifecycle.reveal(hand_outs=[404], by=cast.coordinator, now=PRINTED)


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


def test_a_hand_out_committed_during_a_reveal_is_neither_shown_nor_marked(
    unseen: tuple[User, User, Period, list[HandOut]],
) -> None:
    """Failure 7."""
    officer, coordinator, period, ticked = unseen
    school = ticked[0].line.organisation
    with transaction.atomic():
        shown = reveal(ticked, by=coordinator, now=PRINTED)
        another = partial(handed_out, school, period, by=coordinator, officer=officer)
        assert at_once([another]) == []
    assert HandOut.objects.live().count() == 3
    marked = set(HandOut.objects.exclude(revealed_at=None))
    assert marked == {each.hand_out for each in shown} == set(ticked)


def test_a_code_is_seen_or_taken_back_never_both(
    unseen: tuple[User, User, Period, list[HandOut]],
) -> None:
    officer, coordinator, _period, ticked = unseen
    ids = [each.pk for each in ticked]
    raised = at_once(
        [
            partial(lifecycle.reveal, hand_outs=ids, by=coordinator, now=PRINTED),
            partial(lifecycle.reclaim, hand_outs=ids, by=officer, now=PRINTED),
        ]
    )
    assert {type(problem) for problem in raised} <= {NotAllowed}
    assert set(HandOut.objects.values_list("stage", flat=True)) in ({"REVEALED"}, {"RECLAIMED"})
