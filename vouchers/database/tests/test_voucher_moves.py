"""The whole matrix of codes: from each place by each action, and to each state by each way in which
something can be written: a queryset, `bulk_update`, `save`, and SQL."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from common.refused import Refused
from conftest import Cast
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import giving_back, lifecycle, reveals
from vouchers.actions.stock import holding, voiding
from vouchers.models import HandOut, ProviderFile, Voucher
from vouchers.states import VOUCHER_MOVES, FileKind, VoidReason, VoucherState, Wish
from vouchers.tests.factories import (
    activation_csv,
    at,
    code_csv,
    granted_request,
    handed_out,
    load_codes,
    report_activations,
    reveal,
)

NOW = at(date(2020, 3, 20))
CODE = "CODE-1"
Place = Callable[[Cast], Voucher]
Act = Callable[[Cast, Voucher], object]


def available(cast: Cast) -> Voucher:
    """The only code of its provider; another provider has codes for tests that would find none
    there."""
    load_codes(cast.pool, by=cast.officer, codes=[CODE])
    load_codes(cast.other_pool, by=cast.officer, codes=3)
    return Voucher.objects.get(pool=cast.pool)


def out(cast: Cast) -> Voucher:
    voucher = available(cast)
    handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer,
        wish=Wish.PREFER, wish_provider=cast.provider,
    )  # fmt: skip
    return voucher


def seen(cast: Cast) -> Voucher:
    voucher = out(cast)
    reveal([live(voucher)], by=cast.coordinator, now=NOW)
    return voucher


def given(cast: Cast) -> Voucher:
    voucher = seen(cast)
    lifecycle.mark_given(hand_outs=[live(voucher).pk], by=cast.coordinator, now=NOW)
    return voucher


def active(cast: Cast) -> Voucher:
    voucher = given(cast)
    report_activations([live(voucher)], on=NOW.date(), by=cast.provider_user)
    return voucher


def held(cast: Cast) -> Voucher:
    voucher = available(cast)
    hold(cast, voucher)
    return voucher


def reported(cast: Cast) -> Voucher:
    """Held, because its provider reports it active though nobody has it."""
    voucher = available(cast)
    report(cast, voucher)
    return voucher


def void(cast: Cast) -> Voucher:
    voucher = seen(cast)
    replace(cast, voucher)
    return voucher


def live(voucher: Voucher) -> HandOut:
    """The only hand-out of a code."""
    return HandOut.objects.select_related("line", "voucher").get(voucher=voucher, ended_at=None)


def bonds(voucher: Voucher) -> list[int]:
    """Its live hand-outs; an action is given what a page showed a moment ago."""
    return list(HandOut.objects.filter(voucher=voucher).values_list("pk", flat=True))


def hand_out(cast: Cast, voucher: Voucher) -> None:
    request = granted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer,
        wish=Wish.PREFER, wish_provider=cast.provider, now=NOW,
    )  # fmt: skip
    handing_out.hand_out(request=request, by=cast.officer, now=NOW)


def look(cast: Cast, voucher: Voucher) -> None:
    reveals.reveal(hand_outs=bonds(voucher), by=cast.coordinator, now=NOW)


def give(cast: Cast, voucher: Voucher) -> None:
    lifecycle.mark_given(hand_outs=bonds(voucher), by=cast.coordinator, now=NOW)


def take_back(cast: Cast, voucher: Voucher) -> None:
    lifecycle.reclaim(hand_outs=bonds(voucher), by=cast.officer, now=NOW)


def replace(cast: Cast, voucher: Voucher) -> None:
    for hand_out in HandOut.objects.filter(voucher=voucher):
        # From another provider: of this one there is no other code.
        lifecycle.replace(hand_out=hand_out, by=cast.officer, now=NOW, reason=VoidReason.FAULTY)


def report(cast: Cast, voucher: Voucher) -> None:
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS, provider=cast.provider, name="a.csv",
        content=activation_csv([(CODE, NOW.date())]), complete_until=NOW.date(),
        by=cast.provider_user, now=NOW,
    )  # fmt: skip
    provider_files.check(file=received.file, now=NOW)
    provider_files.apply(file=received.file, by=cast.provider_user, now=NOW)


def undo_report(cast: Cast, voucher: Voucher) -> None:
    for file in ProviderFile.objects.filter(kind=FileKind.ACTIVATIONS):
        provider_files.undo(file=file, by=cast.provider_user, now=NOW)


def load_again(cast: Cast, voucher: Voucher) -> None:
    again = provider_files.receive(
        kind=FileKind.CODES, provider=cast.provider, pool=cast.pool, name="b.csv",
        content=code_csv([CODE, "CODE-2"]), by=cast.officer, now=NOW,
    ).file  # fmt: skip
    provider_files.check(file=again, now=NOW)
    provider_files.apply(file=again, by=cast.officer, now=NOW)


def hold(cast: Cast, voucher: Voucher) -> None:
    holding.hold(voucher=voucher, reason="Klacht", by=cast.officer, now=NOW)


def release(cast: Cast, voucher: Voucher) -> None:
    holding.release(voucher=voucher, reason="Opgelost", by=cast.officer, now=NOW)


def make_void(cast: Cast, voucher: Voucher) -> None:
    voiding.void(
        vouchers=[voucher.pk], reason=VoidReason.WITHDRAWN, by=cast.officer, now=NOW,
        also_in_use=True,
    )  # fmt: skip


def give_back(cast: Cast, voucher: Voucher) -> None:
    giving_back.give_back(hand_outs=bonds(voucher), by=cast.coordinator, now=NOW)


def pass_on(cast: Cast, voucher: Voucher) -> None:
    """To another pupil of the school, who waits."""
    other = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, now=NOW
    )
    for pk in bonds(voucher):
        giving_back.reassign(hand_out=pk, line=other.lines.get().pk, by=cast.coordinator, now=NOW)


def undo_load(cast: Cast, voucher: Voucher) -> None:
    provider_files.undo(file=voucher.file, by=cast.officer, now=NOW)


PLACES: list[Place] = [available, out, seen, given, active, held, reported, void]
ACTS: list[Act] = [
    hand_out, look, give, take_back, replace, report, undo_report, load_again, hold, release,
    make_void, give_back, pass_on, undo_load,
]  # fmt: skip
AVAILABLE, OUT, HELD, VOID = VoucherState
STATES = {"available": AVAILABLE, "held": HELD, "reported": HELD, "void": VOID}  # others: out
# From, by: where the code is afterwards. What is missing is refused or moves nothing.
MOVES = {
    ("available", "hand_out"): OUT,
    ("available", "report"): HELD,
    ("available", "hold"): HELD,
    ("out", "take_back"): AVAILABLE,
    ("out", "replace"): VOID,
    ("seen", "replace"): VOID,
    ("given", "replace"): VOID,
    ("active", "replace"): VOID,
    ("held", "release"): AVAILABLE,
    ("reported", "release"): AVAILABLE,
    ("reported", "undo_report"): AVAILABLE,
    **{(place, "make_void"): VOID for place in (
        "available", "out", "seen", "given", "active", "held", "reported",
    )},
    ("out", "give_back"): AVAILABLE,
    ("seen", "give_back"): VOID,
    ("given", "give_back"): VOID,
    ("available", "undo_load"): VOID,
    ("held", "undo_load"): VOID,
    ("reported", "undo_load"): VOID,
}  # fmt: skip


def state(voucher: Voucher) -> str:
    return Voucher.objects.values_list("state", flat=True).get(pk=voucher.pk)


def outcome(cast: Cast, voucher: Voucher, act: Act) -> str:
    """Where an act leads; it is rolled back afterwards."""
    with transaction.atomic():
        before = transaction.savepoint()
        with suppress(Refused):
            act(cast, voucher)
        after = state(voucher)
        transaction.savepoint_rollback(before)
    return after


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_each_action_moves_a_code_as_the_table_says(cast: Cast, place: Place) -> None:
    voucher = place(cast)
    here = STATES.get(place.__name__, OUT)
    assert state(voucher) == here
    found = {act.__name__: outcome(cast, voucher, act) for act in ACTS}
    expected = {act.__name__: MOVES.get((place.__name__, act.__name__), here) for act in ACTS}
    assert found == expected


def test_each_move_of_the_table_is_made_by_some_action() -> None:
    made = {(STATES.get(place, OUT).value, after.value) for (place, _act), after in MOVES.items()}
    assert made == VOUCHER_MOVES


def by_queryset(voucher: Voucher, to: str) -> None:
    Voucher.objects.filter(pk=voucher.pk).update(state=to)


def by_bulk_update(voucher: Voucher, to: str) -> None:
    voucher.state = to
    Voucher.objects.bulk_update([voucher], ["state"])


def by_save(voucher: Voucher, to: str) -> None:
    voucher.state = to
    voucher.save()


def by_sql(voucher: Voucher, to: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vouchers_voucher SET state = %s WHERE id = %s", [to, voucher.pk])


DOORS = [by_queryset, by_bulk_update, by_save, by_sql]
# What the table of moves would allow, and the rest of what the row says does not: a code goes back
# when its hand-out ended unseen, and is void with a reason.
NOT_BY_A_STATE_ALONE = {
    ("OUT", "AVAILABLE"), ("AVAILABLE", "VOID"), ("OUT", "VOID"), ("HELD", "VOID"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_no_way_of_writing_gets_around_the_table(cast: Cast, place: Place) -> None:
    pk = place(cast).pk
    here = state(Voucher(pk=pk))
    for door, to in itertools.product(DOORS, set(VoucherState.values) - {here}):
        voucher = Voucher.objects.get(pk=pk)
        if (here, to) in VOUCHER_MOVES - NOT_BY_A_STATE_ALONE:
            with transaction.atomic():
                door(voucher, to)
                assert state(voucher) == to, door
                transaction.set_rollback(True)
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                door(voucher, to)
        assert state(voucher) == here, door
