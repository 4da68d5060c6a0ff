"""Not given after all, given to another pupil, given back, void: who may, what is written, what the
database refuses, and what happens when two people act at once."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.refused import Refused
from conftest import Cast
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.life import giving_back, lifecycle, replacements, reveals
from vouchers.actions.stock import voiding
from vouchers.books import balance, miscounted_requests
from vouchers.models import GivenWithdrawal, HandOut, PupilLine, ReplacementAsk, Voucher
from vouchers.states import EndReason, LineState, VoidReason, VoucherState, Wish
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_period,
    report_activations,
    reveal,
)
from vouchers.tests.races import at_once

PRINTED = at(date(2020, 3, 12))
GIVEN = at(date(2020, 3, 13))
LATER = at(date(2020, 3, 16))


def of_cast(cast: Cast, n: int = 2) -> list[HandOut]:
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=n
    )


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes of Telenet with the own school, three more in stock."""
    load_codes(cast.pool, by=cast.officer, codes=5)
    return of_cast(cast)


def who_waits(cast: Cast, **options: Any) -> PupilLine:
    """A pupil of the own school who waits for a code."""
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, **options
    )
    return request.lines.get()


def all_holds() -> bool:
    """The books balance, and the stored counts of lists are right."""
    return not any(pool.off for pool in balance()) and miscounted_requests() == 0


def printed(cast: Cast, hand_outs: list[HandOut]) -> None:
    reveal(hand_outs, by=cast.coordinator, now=PRINTED)


def given(cast: Cast, hand_outs: list[HandOut]) -> None:
    printed(cast, hand_outs)
    lifecycle.mark_given(hand_outs=[each.pk for each in hand_outs], by=cast.coordinator, now=GIVEN)


# Not given after all


def test_not_given_after_all_keeps_what_was_said(cast: Cast, hand_outs: list[HandOut]) -> None:
    given(cast, hand_outs)
    first = hand_outs[0]
    assert lifecycle.not_given(hand_outs=[first.pk], by=cast.coordinator, now=LATER) == 1
    assert lifecycle.not_given(hand_outs=[first.pk], by=cast.coordinator, now=LATER) == 0
    first.refresh_from_db()
    assert (first.given_at, first.given_by, first.stage) == (None, None, "REVEALED")
    kept = GivenWithdrawal.objects.get()
    assert (kept.given_at, kept.given_by) == (GIVEN, cast.coordinator)
    assert (kept.withdrawn_at, kept.withdrawn_by) == (LATER, cast.coordinator)
    assert lifecycle.mark_given(hand_outs=[first.pk], by=cast.coordinator, now=LATER) == 1


def test_who_uses_a_code_was_given_it(cast: Cast, hand_outs: list[HandOut]) -> None:
    given(cast, hand_outs)
    report_activations(hand_outs[:1], on=date(2020, 3, 14), by=cast.provider_user)
    with pytest.raises(Refused, match="al in gebruik"):
        lifecycle.not_given(hand_outs=[hand_outs[0].pk], by=cast.coordinator, now=LATER)


def test_the_database_keeps_given_without_the_row_beside_it(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    given(cast, hand_outs)
    these = HandOut.objects.filter(pk=hand_outs[0].pk)
    for change in ({"given_at": None, "given_by": None}, {"given_at": LATER}):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            these.update(**change)


def test_the_database_refuses_that_something_was_given_that_was_not(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    """A row made up afterwards would change a figure of a past day."""
    with pytest.raises(IntegrityError, match="does not say so"):
        GivenWithdrawal.objects.create(
            hand_out=hand_outs[0], given_at=GIVEN, given_by=cast.coordinator,
            withdrawn_at=LATER, withdrawn_by=cast.coordinator,
        )  # fmt: skip


# To another pupil


@pytest.mark.parametrize("keep_waiting", [False, True])
def test_a_printed_code_goes_to_another_pupil(
    cast: Cast, hand_outs: list[HandOut], keep_waiting: bool
) -> None:
    printed(cast, hand_outs)
    old, other = hand_outs[0], who_waits(cast)
    new = giving_back.reassign(
        hand_out=old.pk, line=other.pk, by=cast.coordinator, now=LATER, keep_waiting=keep_waiting
    )
    old.refresh_from_db()
    assert (old.end_reason, old.ended_by) == (EndReason.REASSIGNED, cast.coordinator)
    assert (new.voucher, new.line, new.stage) == (old.voucher, other, "HANDED_OUT")
    old.line.refresh_from_db()
    assert old.line.state == (LineState.GRANTED if keep_waiting else LineState.CLOSED)
    assert Voucher.objects.get(pk=old.voucher_id).state == VoucherState.OUT
    assert all_holds()


def test_the_other_pupil_gets_the_same_code(cast: Cast, hand_outs: list[HandOut]) -> None:
    before = reveal(hand_outs[:1], by=cast.coordinator, now=PRINTED)[0].fields
    new = giving_back.reassign(
        hand_out=hand_outs[0].pk, line=who_waits(cast).pk, by=cast.coordinator, now=LATER
    )
    assert reveal([new], by=cast.coordinator, now=LATER)[0].fields == before


def test_a_given_or_used_code_stays_with_its_pupil(cast: Cast, hand_outs: list[HandOut]) -> None:
    first, second = hand_outs
    given(cast, [first])
    report_activations([second], on=date(2020, 3, 14), by=cast.provider_user)
    other = who_waits(cast)
    for old, sentence in ((first, "al meegegeven"), (second, "al in gebruik")):
        with pytest.raises(Refused, match=sentence):
            giving_back.reassign(hand_out=old.pk, line=other.pk, by=cast.coordinator, now=LATER)


def test_a_code_goes_only_to_who_waits_and_may_have_it(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    """Of another organisation, not waiting, insisting on another provider, in a period that the
    agreement does not cover."""
    next_year = make_period(slug="2021", name="2021", prefix="N", start=date(2021, 1, 1),
                            end=date(2021, 6, 30))  # fmt: skip
    theirs = granted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer
    )
    picky = who_waits(cast, wish=Wish.ONLY, wish_provider=cast.other_provider)
    late = granted_request(
        cast.school, next_year, by=cast.coordinator, officer=cast.officer,
        now=at(date(2021, 1, 4)),
    ).lines.get()  # fmt: skip
    assert list(giving_back.who_could_have(hand_outs[0])) == []
    for line in (theirs.lines.get(), hand_outs[1].line, picky, late):
        with pytest.raises(Refused, match="Kies een andere"):
            giving_back.reassign(
                hand_out=hand_outs[0].pk, line=line.pk, by=cast.coordinator, now=LATER
            )
    assert HandOut.objects.live().count() == 2


def test_a_code_that_expired_helps_nobody_else(cast: Cast, hand_outs: list[HandOut]) -> None:
    with pytest.raises(Refused, match="niet meer geldig"):
        giving_back.reassign(
            hand_out=hand_outs[0].pk, line=who_waits(cast).pk, by=cast.coordinator,
            now=at(date(2020, 7, 1)),
        )  # fmt: skip


def test_only_the_own_organisation_gives_codes_away_or_back(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    other, own = who_waits(cast), [each.pk for each in hand_outs]
    given(cast, hand_outs[1:])
    for person in (cast.other_coordinator, cast.officer, cast.provider_user):
        for act in (
            partial(giving_back.reassign, hand_out=own[0], line=other.pk),
            partial(giving_back.give_back, hand_outs=own),
            partial(lifecycle.not_given, hand_outs=own),
            partial(replacements.ask, hand_outs=own[1:], reason=VoidReason.LOST),
        ):
            with pytest.raises(Refused, match="Alleen de organisatie"):
                act(by=person, now=LATER)


def test_the_database_keeps_a_seen_code_in_its_organisation(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    printed(cast, hand_outs)
    first = HandOut.objects.filter(pk=hand_outs[0].pk)
    first.update(ended_at=LATER, ended_by=cast.officer, end_reason=EndReason.REASSIGNED)
    theirs = granted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer
    )
    with pytest.raises(IntegrityError, match="stays in its organisation"):
        HandOut.objects.create(
            voucher=hand_outs[0].voucher, line=theirs.lines.get(), handed_out_at=LATER,
            handed_out_by=cast.officer,
        )  # fmt: skip


def test_a_code_seen_by_the_first_pupil_is_not_taken_back_from_the_second(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    printed(cast, hand_outs)
    new = giving_back.reassign(
        hand_out=hand_outs[0].pk, line=who_waits(cast).pk, by=cast.coordinator, now=LATER
    )
    assert not HandOut.objects.reclaimable().exists()
    with pytest.raises(Refused, match="al bekeken"):
        lifecycle.reclaim(hand_outs=[new.pk], by=cast.officer, now=LATER)
    assert giving_back.give_back(
        hand_outs=[new.pk], by=cast.coordinator, now=LATER
    ) == giving_back.GivenBack(in_stock=0, void=1)
    assert all_holds()


@pytest.mark.django_db(transaction=True)
def test_two_people_give_one_code_away_at_once(cast: Cast, hand_outs: list[HandOut]) -> None:
    lines = [who_waits(cast), who_waits(cast)]
    raised = at_once(
        [
            partial(giving_back.reassign, hand_out=hand_outs[0].pk, line=line.pk,
                    by=cast.coordinator, now=LATER)
            for line in lines
        ]
    )  # fmt: skip
    assert [type(each) for each in raised] == [Refused]
    assert HandOut.objects.live().filter(line__in=lines).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_codes_given_to_one_pupil_at_once(cast: Cast, hand_outs: list[HandOut]) -> None:
    line = who_waits(cast)
    raised = at_once(
        [
            partial(giving_back.reassign, hand_out=each.pk, line=line.pk, by=cast.coordinator,
                    now=LATER)
            for each in hand_outs
        ]
    )  # fmt: skip
    assert [type(each) for each in raised] == [Refused]
    assert HandOut.objects.live().filter(line=line).count() == 1
    assert all_holds()


# Given back


def test_unseen_goes_back_in_stock_and_seen_is_void(cast: Cast, hand_outs: list[HandOut]) -> None:
    seen, unseen = hand_outs
    given(cast, [seen])
    done = giving_back.give_back(hand_outs=[seen.pk, unseen.pk], by=cast.coordinator, now=LATER)
    assert (done.in_stock, done.void) == (1, 1)
    written = HandOut.objects.order_by("pk").values_list(
        "end_reason", "voucher__state", "voucher__void_reason", "line__state"
    )
    assert list(written) == [
        ("VOIDED", "VOID", "RETURNED", "CLOSED"),
        ("RECLAIMED", "AVAILABLE", "", "CLOSED"),
    ]
    again = giving_back.give_back(hand_outs=[seen.pk, unseen.pk], by=cast.coordinator, now=LATER)
    assert (again.in_stock, again.void) == (0, 0)
    assert all_holds()


def test_a_code_in_use_is_not_given_back(cast: Cast, hand_outs: list[HandOut]) -> None:
    report_activations(hand_outs[:1], on=date(2020, 3, 14), by=cast.provider_user)
    with pytest.raises(Refused, match="1 van deze codes: al in gebruik"):
        giving_back.give_back(
            hand_outs=[each.pk for each in hand_outs], by=cast.coordinator, now=LATER
        )
    assert HandOut.objects.live().count() == 2


@pytest.mark.django_db(transaction=True)
def test_given_back_and_printed_at_once(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Whoever comes first: a code that was shown is void, and one in stock was shown to nobody."""
    ids = [each.pk for each in hand_outs]
    raised = at_once(
        [
            partial(giving_back.give_back, hand_outs=ids, by=cast.coordinator, now=LATER),
            partial(reveals.reveal, hand_outs=ids, by=cast.coordinator, now=LATER),
        ]
    )
    assert raised == []
    back = Voucher.objects.filter(hand_outs__in=ids, state=VoucherState.AVAILABLE)
    assert not back.filter(hand_outs__revealed_at__isnull=False).exists()
    assert all_holds()


# Handed out by mistake


def test_handed_out_by_mistake_waits_again(cast: Cast, hand_outs: list[HandOut]) -> None:
    ids = [each.pk for each in hand_outs]
    assert lifecycle.reclaim(hand_outs=ids, by=cast.officer, now=LATER, keep_waiting=True) == 2
    assert set(PupilLine.objects.values_list("state", flat=True)) == {LineState.GRANTED}
    again = handing_out.hand_out(request=hand_outs[0].line.request, by=cast.officer, now=LATER)
    assert (again.count, all_holds()) == (2, True)


# Void


def test_a_whole_pool_is_void(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Of five codes two are out, one of them in use: it stays, unless the officer says so."""
    printed(cast, hand_outs)
    report_activations(hand_outs[:1], on=date(2020, 3, 14), by=cast.provider_user)
    codes = Voucher.objects.filter(pool=cast.pool)
    assert voiding.preview(codes) == voiding.Preview(with_nobody=3, with_pupil=2, in_use=1)
    ids = list(codes.values_list("pk", flat=True))
    reason = VoidReason.WITHDRAWN
    done = voiding.void(vouchers=ids, reason=reason, by=cast.officer, now=LATER)
    assert done == voiding.Voided(codes=4, with_pupil=1, replaced=0)
    assert list(HandOut.objects.order_by("pk").values_list("end_reason", flat=True)) == [
        None, "VOIDED",
    ]  # fmt: skip
    waiting = PupilLine.objects.waiting().get()
    assert waiting == hand_outs[1].line
    rest = voiding.void(vouchers=ids, reason=reason, by=cast.officer, now=LATER, also_in_use=True)
    assert (rest.codes, all_holds()) == (1, True)


def test_void_of_an_unseen_code_is_taken_back(cast: Cast, hand_outs: list[HandOut]) -> None:
    """The pupil never had it, so it does not count as handed out (docs/rules.md#figures)."""
    voiding.void(
        vouchers=[hand_outs[0].voucher_id], reason=VoidReason.FAULTY, by=cast.officer, now=LATER
    )
    hand_outs[0].refresh_from_db()
    assert hand_outs[0].end_reason == EndReason.RECLAIMED
    assert Voucher.objects.get(pk=hand_outs[0].voucher_id).void_reason == VoidReason.FAULTY
    assert all_holds()


def test_void_codes_are_replaced_at_once_or_none_is_void(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ids = list(Voucher.objects.filter(pool=cast.pool).values_list("pk", flat=True))
    act = partial(
        voiding.void, vouchers=ids, reason=VoidReason.FAULTY, by=cast.officer, now=LATER,
        replace=True,
    )  # fmt: skip
    with pytest.raises(NotEnoughCodes):
        act()
    assert not Voucher.objects.filter(state=VoucherState.VOID).exists()
    load_codes(cast.other_pool, by=cast.officer, codes=2)
    assert act() == voiding.Voided(codes=5, with_pupil=2, replaced=2)
    new = HandOut.objects.live().order_by("pk")
    assert [each.replaces for each in new] == hand_outs
    assert {each.voucher.pool for each in new} == {cast.other_pool}
    assert all_holds()


def test_only_the_ministry_voids(cast: Cast, hand_outs: list[HandOut]) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            voiding.void(
                vouchers=[hand_outs[0].voucher_id], reason=VoidReason.LOST, by=person, now=LATER
            )


@pytest.mark.django_db(transaction=True)
def test_a_pool_is_void_while_somebody_hands_out_of_it(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    request = who_waits(cast).request
    ids = list(Voucher.objects.filter(pool=cast.pool).values_list("pk", flat=True))
    raised = at_once(
        [
            partial(handing_out.hand_out, request=request, by=cast.officer, now=LATER),
            partial(voiding.void, vouchers=ids, reason=VoidReason.FAULTY, by=cast.officer,
                    now=LATER),
        ]
    )  # fmt: skip
    assert all(isinstance(each, Refused) for each in raised)
    assert not HandOut.objects.live().filter(voucher__state=VoucherState.VOID).exists()
    assert all_holds()


# Asked replacements


def test_an_asked_replacement_waits_until_the_code_is_gone(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    printed(cast, hand_outs)
    ids = [each.pk for each in hand_outs]
    ask = partial(
        replacements.ask, hand_outs=ids, reason=VoidReason.FAULTY, by=cast.coordinator, now=LATER
    )
    assert (ask(), ask()) == (2, 0)
    lifecycle.replace(hand_out=hand_outs[0], by=cast.officer, now=LATER, reason=VoidReason.FAULTY)
    left = ReplacementAsk.objects.open().get()
    assert left.hand_out == hand_outs[1]
    why = "De provider zegt dat ze werkt"
    assert replacements.refuse(asks=[left.pk], why=why, by=cast.officer, now=LATER) == 1
    left.refresh_from_db()
    assert (left.refusal, left.refused_by) == (why, cast.officer)
    assert ReplacementAsk.objects.open().count() == 0
    with pytest.raises(Refused, match="Alleen het ministerie"):
        replacements.refuse(asks=[left.pk], why=why, by=cast.coordinator, now=LATER)


def test_a_code_nobody_saw_cannot_be_broken(cast: Cast, hand_outs: list[HandOut]) -> None:
    with pytest.raises(Refused, match="nog niet afgedrukt"):
        replacements.ask(
            hand_outs=[hand_outs[0].pk], reason=VoidReason.FAULTY, by=cast.coordinator, now=LATER
        )
