"""A file with codes is undone while none of them ever left; the books and the pages follow."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.refused import Refused
from conftest import Cast
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import lifecycle
from vouchers.actions.stock import pools
from vouchers.books import balance
from vouchers.models import HandOut, Pool, PoolExtension, Voucher
from vouchers.states import FileState, VoidReason, VoucherState
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_pool,
    report_activations,
    reveal,
)
from vouchers.tests.races import at_once

NOW = at(date(2020, 3, 12))
CODES = ["AAAA-1111", "BBBB-2222", "CCCC-3333"]


def in_pool(pool: Pool) -> tuple[int, int, int]:
    """What the pages show of a pool: loaded, available, void."""
    found = Pool.objects.with_counts().get(pk=pool.pk)
    return found.loaded, found.available, found.void


def test_codes_in_the_wrong_pool_are_loaded_anew_in_the_right_one(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    assert provider_files.undo(file=file, by=cast.officer, now=NOW) == 3
    file.refresh_from_db()
    assert (file.state, file.undone_by) == (FileState.UNDONE, cast.officer)
    void = Voucher.objects.values_list("state", "void_reason", "voided_at", "voided_by").distinct()
    assert list(void) == [(VoucherState.VOID, VoidReason.UNDONE, NOW, cast.officer.pk)]
    right = make_pool(cast.provider, name="april")
    load_codes(right, by=cast.officer, codes=CODES)
    assert (in_pool(cast.pool), in_pool(right)) == ((0, 0, 0), (3, 3, 0))
    assert [each.off for each in balance()] == [(), (), ()]


def test_the_same_code_does_not_exist_twice_for_all_that(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    provider_files.undo(file=file, by=cast.officer, now=NOW)
    load_codes(make_pool(cast.provider, name="april"), by=cast.officer, codes=CODES)
    again = load_codes(cast.pool, by=cast.officer, codes=[*CODES, "DDDD-4444"])
    assert again.counts == {"KNOWN": 3, "NEW": 1}


def test_the_new_code_is_the_one_that_a_provider_reports(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES[:1])
    provider_files.undo(file=file, by=cast.officer, now=NOW)
    load_codes(cast.pool, by=cast.officer, codes=[*CODES[:1], "EEEE-5555"])
    found = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    reported = report_activations(found, on=date(2020, 3, 20), by=cast.provider_user)
    assert reported.counts == {"NEW": 1}


def test_a_file_of_which_codes_left_stays(cast: Cast) -> None:
    """Handed out now, or ever seen. Once taken back unseen, it can be undone."""
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    out = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    undo = partial(provider_files.undo, file=file, by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="2 codes van dit bestand zijn al uitgereikt"):
        undo()
    lifecycle.reclaim(hand_outs=[each.pk for each in out], by=cast.officer, now=NOW)
    assert undo() == 3
    assert [each.off for each in balance()] == [(), ()]


def test_a_file_of_which_a_code_was_seen_stays_for_ever(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    out = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    reveal(out, by=cast.coordinator, now=NOW)
    lifecycle.replace(hand_out=out[0], by=cast.officer, now=NOW, reason=VoidReason.LOST)
    lifecycle.reclaim(hand_outs=[HandOut.objects.live().get().pk], by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="1 code van dit bestand is al gezien"):
        provider_files.undo(file=file, by=cast.officer, now=NOW)


def test_the_database_keeps_codes_that_left_and_those_undone(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    undone = {
        "state": VoucherState.VOID, "void_reason": VoidReason.UNDONE, "voided_at": NOW,
        "voided_by": cast.officer,
    }  # fmt: skip
    codes = Voucher.objects.filter(file=file)
    with pytest.raises(IntegrityError, match="live, seen or in use"), transaction.atomic():
        codes.update(**undone)
    rest = codes.filter(state=VoucherState.AVAILABLE)
    gone = list(rest.values_list("pk", flat=True))
    assert rest.update(**undone) == 2
    with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
        codes.filter(pk__in=gone).update(void_reason=VoidReason.LOST)


def test_only_the_ministry_undoes_codes(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    for person in (cast.provider_user, cast.coordinator):
        with pytest.raises(Refused):
            provider_files.undo(file=file, by=person, now=NOW)


def test_undoing_holds_the_pool(cast: Cast) -> None:
    """Otherwise a hand-out may take a code between the check and the UPDATE."""
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    with CaptureQueriesContext(connection) as asked:
        provider_files.undo(file=file, by=cast.officer, now=NOW)
    locks = [each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"]]
    assert [sql.partition("FROM ")[2].split()[0] for sql in locks] == [
        '"vouchers_provider"', '"vouchers_providerfile"', '"vouchers_pool"',
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_undone_while_somebody_hands_out(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=CODES)
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    raised = at_once(
        [
            partial(provider_files.undo, file=file, by=cast.officer, now=NOW),
            partial(handing_out.hand_out, request=request, by=cast.officer, now=NOW),
        ]
    )
    assert [isinstance(each, Refused) for each in raised] == [True]
    gone = Voucher.objects.filter(void_reason=VoidReason.UNDONE).count()
    assert (gone, HandOut.objects.live().count()) in {(3, 0), (0, 2)}
    assert [each.off for each in balance()] == [(), ()]


def test_an_extension_noted_by_mistake_is_taken_back_once(cast: Cast) -> None:
    extension = pools.extend_pool(
        pool=cast.pool, valid_until=date(2030, 7, 31), by=cast.officer, now=NOW
    )
    with pytest.raises(Refused, match="Alleen het ministerie"):
        pools.withdraw_extension(extension=extension, by=cast.provider_user, now=NOW)
    pools.withdraw_extension(extension=extension, by=cast.officer, now=NOW)
    assert Pool.objects.with_last_day().get(pk=cast.pool.pk).last_day == date(2020, 6, 30)
    found = PoolExtension.objects.get()
    assert (found.withdrawn_at, found.withdrawn_by) == (NOW, cast.officer)
    with pytest.raises(Refused, match="al teruggedraaid"):
        pools.withdraw_extension(extension=extension, by=cast.officer, now=NOW)
