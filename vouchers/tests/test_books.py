"""The books balance through everything that the actions do, and a broken row is found."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Cast
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
from vouchers.books import PoolBalance, balance, miscounted_requests
from vouchers.models import HandOut, RequestCount, VoucherRequest
from vouchers.states import VoidReason
from vouchers.tests.factories import at, granted_request, handed_out, load_codes, reveal

NOW = at(date(2020, 3, 12))


def of(cast: Cast) -> PoolBalance:
    return next(each for each in balance() if each.pool_id == cast.pool.pk)


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Four codes out of ten: one printed, one replaced, one taken back."""
    load_codes(cast.pool, by=cast.officer, codes=10)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=4
    )
    reveal(found[:2], by=cast.coordinator, now=NOW)
    lifecycle.replace(hand_out=found[1], by=cast.officer, now=NOW, reason=VoidReason.FAULTY)
    lifecycle.reclaim(hand_outs=[found[2].pk], by=cast.officer, now=NOW)
    return found


def test_an_empty_pool_balances(cast: Cast) -> None:
    assert [(each.loaded, each.off) for each in balance()] == [(0, ()), (0, ())]


@pytest.mark.as_owner
def test_the_books_balance_after_every_kind_of_act(cast: Cast, hand_outs: list[HandOut]) -> None:
    found = of(cast)
    assert found.off == ()
    assert (found.loaded, found.available, found.out, found.void) == (10, 6, 3, 1)
    assert (found.live, found.accepted) == (3, 10)


def break_a_row(sql: str) -> None:
    """Control: change a row beneath every guard, as only the database's owner could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


BREAKS = {
    "out": "UPDATE vouchers_voucher SET state = 'OUT' WHERE id = "
    "(SELECT id FROM vouchers_voucher WHERE state = 'AVAILABLE' ORDER BY slot DESC LIMIT 1)",
    "out_one_by_one": "UPDATE vouchers_voucher SET state = 'AVAILABLE' WHERE id = "
    "(SELECT voucher_id FROM vouchers_handout WHERE ended_at IS NULL LIMIT 1)",
    "ended_unseen": "UPDATE vouchers_voucher SET state = 'OUT' WHERE id = "
    "(SELECT voucher_id FROM vouchers_handout WHERE end_reason = 'RECLAIMED')",
    "files": "DELETE FROM vouchers_providerfilerow WHERE line = 11",
    "shown": "DELETE FROM vouchers_pooltally WHERE state = 'VOID'",
    "loaded": "UPDATE vouchers_voucher SET state = 'LOST' WHERE id = "
    "(SELECT id FROM vouchers_voucher WHERE state = 'AVAILABLE' ORDER BY slot DESC LIMIT 1)",
}


@pytest.mark.as_owner
@pytest.mark.parametrize("equation", BREAKS)
def test_each_equation_finds_its_broken_row(
    cast: Cast, hand_outs: list[HandOut], equation: str
) -> None:
    break_a_row(BREAKS[equation])
    assert equation in {each.name for each in of(cast).off}


def counts_of(request: VoucherRequest) -> tuple[int, int]:
    found = RequestCount.objects.get(request=request)
    return found.granted, found.waiting


def test_the_counts_of_requests_follow_every_kind_of_act(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    assert counts_of(hand_outs[0].line.request) == (3, 0)
    served, waiting = (
        granted_request(
            cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
        )
        for _ in range(2)
    )
    assert counts_of(served) == (2, 2)
    handing_out.hand_out(request=served, by=cast.officer, now=NOW)
    assert counts_of(served) == (2, 0)
    requests.undo_decision(request=waiting, by=cast.officer, now=NOW)
    assert counts_of(waiting) == (0, 0)
    requests.grant_all(request=waiting, by=cast.officer, now=NOW)
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    assert counts_of(waiting) == (0, 0)
    assert miscounted_requests() == 0


@pytest.mark.as_owner
def test_a_count_that_is_off_is_found_and_told(cast: Cast, hand_outs: list[HandOut]) -> None:
    break_a_row("UPDATE vouchers_requestcount SET waiting = waiting + 1")
    assert miscounted_requests() == 1
    status, lines = run("--json")
    said = json.loads(lines[-1])
    assert (status, said["balanced"], said["miscounted_requests"]) == (1, False, 1)


@pytest.mark.as_owner
def test_two_errors_that_cancel_out_in_the_totals_are_found(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    break_a_row(BREAKS["out"])
    break_a_row(BREAKS["out_one_by_one"])
    found = of(cast)
    assert found.out == found.live
    assert [each.name for each in found.off] == ["out_one_by_one"]


def run(*options: str) -> tuple[int, list[str]]:
    out = StringIO()
    try:
        call_command("balance", *options, stdout=out)
        status = 0
    except SystemExit as end:
        status = int(str(end.code))
    return status, out.getvalue().splitlines()


def test_the_command_says_that_all_is_well(cast: Cast, hand_outs: list[HandOut]) -> None:
    status, lines = run("--json")
    said = json.loads(lines[-1])
    assert (status, said["balanced"]) == (0, True)
    assert {pool["pool"]: pool["loaded"] for pool in said["pools"]} == {
        cast.pool.pk: 10,
        cast.other_pool.pk: 0,
    }
    assert [line.split(":")[0] for line in lines[:-1]] == ["Klopt", "Klopt"]


@pytest.mark.as_owner
def test_the_command_names_what_is_off_and_exits_1(cast: Cast, hand_outs: list[HandOut]) -> None:
    break_a_row(BREAKS["files"])
    status, lines = run("--json")
    assert status == 1
    said = {pool["pool"]: pool["off"] for pool in json.loads(lines[-1])["pools"]}
    assert said[cast.pool.pk] == [{"equation": "files", "left": 10, "right": 9}]
    assert f"KLOPT NIET: Telenet, maart (voorraad {cast.pool.pk})" in lines[-2]


def test_one_query_for_any_number_of_pools(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert len(balance()) == 2
    assert len(captured) == 1
