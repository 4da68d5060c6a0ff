"""Whoever may write to the database can neither forge a seal nor stop sealing unseen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conftest import Cast
from history import seals
from history.models import HistoryEvent, HistorySeal
from history.seals import ChainBroken, KeyMissing, last_seal
from history.tasks import seal_history, verify_history
from history.tests.owner import sql
from history.tests.test_seals import happened
from vouchers.actions.watch.sealing import watch_sealing
from vouchers.models import Alert
from vouchers.states import AlertKind

pytestmark = pytest.mark.as_owner

FORGED = """
INSERT INTO history_historyseal
    (number, sealed_at, until_transaction, until_row, rows, event_digests, key_id, digest)
SELECT coalesce(max(number), 0) + 1, now(), txid_snapshot_xmin(txid_current_snapshot()), 0, 1,
    decode(repeat('00', 16), 'hex'), %s, decode(repeat('00', 32), 'hex') FROM history_historyseal
"""


@pytest.fixture(autouse=True)
def one_event_a_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a seal would reach up to the test's own transaction, and nothing could follow."""
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)


def forge(key_id: str) -> None:
    """A seal that follows: what the guard of the database cannot tell from one of ours."""
    with connection.cursor() as cursor:
        cursor.execute(FORGED, [key_id])


def raised() -> list[tuple[str, dict[str, Any]]]:
    return list(Alert.objects.open().values_list("kind", "data"))


@pytest.mark.parametrize(("key_id", "error"), [("local1", ChainBroken), ("x", KeyMissing)])
def test_nothing_is_sealed_after_a_forged_seal_and_an_alert_says_so(
    cast: Cast, key_id: str, error: type[Exception]
) -> None:
    happened(1)
    seal_history()
    forge(key_id)
    happened(2)
    for _round in range(2):
        with pytest.raises(error):
            seal_history()
    assert HistorySeal.objects.count() == 2
    assert raised() == [(AlertKind.SEAL_BROKEN, {"seal": 2})]


def test_what_verifying_finds_at_night_is_an_alert(cast: Cast) -> None:
    event = happened(1)[0]
    seal_history()
    assert verify_history()
    assert raised() == []
    sql("UPDATE history_historyevent SET reason = 'x' WHERE id = %s", event.pk)
    assert not verify_history()
    assert raised() == [(AlertKind.SEAL_BROKEN, {"seal": 1})]


def test_an_alert_says_that_sealing_stands_still(cast: Cast) -> None:
    first = HistoryEvent.objects.order_by("at").first()
    assert first is not None
    assert watch_sealing(now=first.at + timedelta(minutes=60)) == 0
    late = first.at + timedelta(minutes=61)
    assert [watch_sealing(now=late) for _round in range(2)] == [1, 0]
    assert raised() == [(AlertKind.SEALING_STOPPED, {"since": first.at.isoformat()})]


@pytest.mark.django_db
def test_when_all_is_sealed_nobody_is_told() -> None:
    assert watch_sealing(now=timezone.now()) == 0


def test_the_documented_way_out_lets_sealing_go_on(cast: Cast) -> None:
    """docs/operations.md, word for word, as the owner."""
    happened(1)
    seal_history()
    forge("local1")
    happened(2)
    run_documented(seal=2)
    assert seal_history() == 1
    assert verify_history()
    last = last_seal()
    assert last is not None
    assert (last.number, last.rows) == (2, 1)


def run_documented(*, seal: int) -> None:
    from voucherportal.environment import BASE_DIR

    text = (BASE_DIR / "docs/operations.md").read_text(encoding="utf-8")
    (block,) = [
        part.partition("```")[0]
        for part in text.split("```sql\n")[1:]
        if "DELETE FROM history_historyseal" in part.partition("```")[0]
    ]
    statements = block.replace("BEGIN;", "").replace("COMMIT;", "").replace("N;", f"{seal};")
    with connection.cursor() as cursor:
        cursor.execute(statements)
