"""Sealed history: what was altered afterwards is named (rule 3)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from common.tests.commands import run
from history import seals
from history.models import HistoryEvent, HistorySeal
from history.seal_proof import Finding, Proof, verify
from history.seals import ChainBroken, KeyMissing
from history.tests.owner import as_owner, sql
from schools.models import Organisation
from schools.tests.factories import make_school

pytestmark = pytest.mark.as_owner  # altering history takes the owner: nobody else can

NOW = datetime(2020, 3, 20, 12, tzinfo=UTC)

# A different value for each column, in SQL.
OTHER = {
    "id": "id + 1000000",
    "at": "at + interval '1 microsecond'",
    "transaction": "transaction + 1",
    '"table"': "\"table\" || 'x'",
    '"row"': '"row" + 1',
    "operation": "CASE operation WHEN 'I' THEN 'U' ELSE 'I' END",
    "data": 'data || \'{"name": "Ander"}\'',
    "actor": "coalesce(actor, 0) + 1",
    "origin": "origin || ' '",
    "reason": "reason || '.'",
}


def happened(*transactions: int) -> list[HistoryEvent]:
    """Events of transactions of long ago: finished, whatever other tests are doing."""
    with as_owner():
        return HistoryEvent.objects.bulk_create(
            HistoryEvent(
                at=NOW + timedelta(seconds=number),
                transaction=each,
                table="schools_organisation",
                row=number,
                operation="I",
                data={"name": f"School {number}"},
                origin="test",
            )
            for number, each in enumerate(transactions)
        )


def found() -> tuple[str, int | None] | None:
    """What verification names first, and which event."""
    finding = verify().finding
    return (finding.kind, finding.event) if finding else None


def in_sealed_order(events: list[HistoryEvent]) -> list[int]:
    """Their ids in the order in which seals cover them."""
    return [each.pk for each in sorted(events, key=lambda each: (each.transaction, each.pk))]


@pytest.mark.django_db
def test_all_that_is_finished_is_sealed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 2)
    events = happened(5, 3, 4, 3, 5)
    assert seals.seal_all(now=NOW) == 5
    assert seals.seal_all(now=NOW) == 0
    sealed = [
        event
        for seal in HistorySeal.objects.order_by("number")
        for event, _digest in seals.EVENT_DIGEST.iter_unpack(bytes(seal.event_digests))
    ]
    assert sealed == in_sealed_order(events)
    assert list(HistorySeal.objects.order_by("number").values_list("number", "rows")) == [
        (1, 2),
        (2, 2),
        (3, 1),
    ]
    assert verify() == Proof(3, 5, None)


@pytest.mark.django_db
def test_what_is_still_being_written_waits_and_is_counted() -> None:
    assert seals.unsealed() == seals.Unsealed(0, None, None)
    happened(5)
    seals.seal_all(now=NOW)
    make_school(number="000018")
    event = HistoryEvent.objects.latest("id")
    assert seals.seal_all(now=NOW) == 0
    left = seals.unsealed()
    assert (left.rows, left.since) == (1, event.at)


def test_every_column_is_sealed() -> None:
    assert list(seals.COLUMNS) == [field.column for field in HistoryEvent._meta.concrete_fields]


@pytest.mark.django_db
def test_the_text_of_an_event_is_the_same_under_any_setting() -> None:
    happened(5)
    statement = f"SELECT {seals.CANONICAL} FROM history_historyevent"
    texts = set()
    with connection.cursor() as cursor:
        for zone, style in (("UTC", "ISO"), ("Europe/Brussels", "German"), ("Asia/Tokyo", "SQL")):
            cursor.execute(f"SET LOCAL timezone = '{zone}'; SET LOCAL datestyle = '{style}'")
            cursor.execute("SET LOCAL extra_float_digits = -5")
            cursor.execute(statement)
            texts.add(cursor.fetchone()[0])
    assert len(texts) == 1


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    transactions=st.lists(st.integers(1, 9), min_size=1, max_size=9),
    stretch=st.integers(1, 4),
    column=st.sampled_from(sorted(OTHER)),
    which=st.integers(0, 8),
)
@example(transactions=[2, 1, 2, 1], stretch=2, column="transaction", which=1)
def test_any_altered_column_of_any_sealed_event_is_named(
    transactions: list[int], stretch: int, column: str, which: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(seals, "SEAL_ROWS", stretch)
        event = happened(*transactions)[which % len(transactions)]
        seals.seal_all(now=NOW)
        assert found() is None
        sql(f"UPDATE history_historyevent SET {column} = {OTHER[column]} WHERE id = %s", event.pk)
        assert found() == ("missing" if column == "id" else "altered", event.pk)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_of_several_the_first_in_the_order_of_the_seals_is_named() -> None:
    events = happened(5, 3, 4)
    seals.seal_all(now=NOW)
    sql("UPDATE history_historyevent SET reason = 'x' WHERE transaction IN (5, 4)")
    assert found() == ("altered", events[2].pk)
    sql("DELETE FROM history_historyevent WHERE transaction = 3")
    assert found() == ("missing", events[1].pk)


@pytest.mark.django_db
@pytest.mark.parametrize("slipped_in", [-7, 3, 4])
def test_an_event_that_was_slipped_in_is_named(slipped_in: int) -> None:
    happened(2, 3, 5)
    seals.seal_all(now=NOW)
    (extra,) = happened(slipped_in)
    assert found() == ("added", extra.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "sealed_at = sealed_at - interval '1 day'",
        "until_transaction = until_transaction + 1",
        "until_row = until_row + 1",
        "rows = rows + 1",
        "digest = decode('00', 'hex')",
        "event_digests = set_byte(event_digests, 9, (get_byte(event_digests, 9) + 1) % 256)",
    ],
)
def test_a_seal_that_was_altered_is_named(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1, 2, 3)
    seals.seal_all(now=NOW)
    assert sql(f"UPDATE history_historyseal SET {change} WHERE number = 2") == 1
    finding = verify().finding
    assert finding is not None
    assert (finding.kind, finding.seal) == ("seal_altered", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("gone", [1, 2])
def test_a_seal_that_is_gone_is_named(gone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1, 2, 3)
    seals.seal_all(now=NOW)
    sql("DELETE FROM history_historyseal WHERE number = %s", gone)
    assert verify().finding == Finding("seal_missing", gone)


@pytest.mark.django_db
def test_an_end_that_was_cut_off_shows_beside_what_was_noted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1, 2)
    noted = run(capsys, "seal_history", "--json").object["last"]
    assert noted.startswith("2:")
    assert run(capsys, "verify_history", "--noted", noted).status == 0
    sql("DELETE FROM history_historyseal WHERE number = 2")
    sql("DELETE FROM history_historyevent WHERE transaction = 2")
    assert run(capsys, "verify_history").status == 0
    answer = run(capsys, "verify_history", "--noted", noted, "--json")
    assert (answer.status, answer.object["finding"]["kind"]) == (1, "not_noted")


@pytest.mark.django_db
def test_another_key_seals_on_and_both_verify(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1, 2)
    seals.seal_next(now=NOW)
    settings.SEAL_KEYS = {"new": b"n" * 32} | settings.SEAL_KEYS
    seals.seal_next(now=NOW)
    assert [seal.key_id for seal in HistorySeal.objects.order_by("number")] == ["local1", "new"]
    assert verify() == Proof(2, 2, None)
    settings.SEAL_KEYS = {"new": b"n" * 32}
    with pytest.raises(KeyMissing, match="Zegel 1 is gemaakt met sleutel local1"):
        verify()
    settings.SEAL_KEYS = {"local1": b"n" * 32}
    finding = verify().finding
    assert finding is not None
    assert finding.kind == "seal_altered"


FOLLOWING = {
    "number": "2",
    "sealed_at": "now()",
    "until_transaction": "txid_snapshot_xmin(txid_current_snapshot())",
    "until_row": "0",
    "rows": "1",
    "event_digests": "decode(repeat('00', 16), 'hex')",
    "key_id": "'local1'",
    "digest": "decode(repeat('00', 32), 'hex')",
}
NOT_FOLLOWING = [
    {"number": "1"},
    {"number": "3"},
    {"number": "9000000000000"},
    {"until_transaction": "9000000000000"},
    {"until_transaction": "1", "until_row": "0"},
    {"rows": "2"},
    {"rows": "0", "event_digests": "''"},
    {"event_digests": "decode(repeat('00', 17), 'hex')"},
    {"digest": "''"},
]


def insert_seal(columns: dict[str, str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO history_historyseal ({', '.join(columns)})"
            f" VALUES ({', '.join(columns.values())})"
        )


@pytest.mark.django_db
@pytest.mark.parametrize("other", NOT_FOLLOWING, ids=lambda other: str(other))
def test_a_seal_that_does_not_follow_the_last_one_is_refused(
    other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding 9: with a huge end nothing would ever be sealed again, and the page would say that
    all is."""
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1)
    seals.seal_all(now=NOW)
    with pytest.raises(IntegrityError, match="does not follow the one before it"):
        insert_seal(FOLLOWING | other)
    insert_seal(FOLLOWING)


@pytest.mark.django_db
def test_nothing_is_sealed_after_a_seal_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEAL_ROWS", 1)
    happened(1)
    seals.seal_all(now=NOW)
    insert_seal(FOLLOWING)
    with pytest.raises(ChainBroken, match="Zegel 2 is niet door het portaal gemaakt"):
        seals.seal_all(now=NOW)
    finding = verify().finding
    assert finding is not None
    assert (finding.kind, finding.seal) == ("seal_altered", 2)


@pytest.mark.django_db
def test_without_keys_of_seals_a_command_says_where_they_are(
    settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SEAL_KEYS = {}
    for name in ("seal_history", "verify_history"):
        answer = run(capsys, name)
        assert (answer.status, answer.lines[0][:28]) == (1, "Hier staan geen SEAL_KEYS. V")


@pytest.mark.django_db
def test_a_database_whose_transactions_count_anew_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (event,) = happened(1)
    until = (9_000_000_000_000, 0)
    with as_owner():  # made on another server: the guard of this one would not have it
        seals._made([seals.Event(event.pk, 1, "x")], until=until, last=None, now=NOW)
    with pytest.raises(seals.HistoryRestored, match="verzegeld tot 9000000000000"):
        seals.seal_all(now=NOW)
    answer = run(capsys, "seal_history", "--json")
    assert (answer.status, answer.object["sealed"]) == (1, 0)


@pytest.mark.django_db
def test_the_command_names_what_was_altered_and_says_what_is_not_sealed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = happened(1, 2)[1]
    seals.seal_all(now=NOW)
    answer = run(capsys, "verify_history")
    assert (answer.status, answer.lines) == (
        0,
        ["Klopt: 2 gebeurtenissen onder 1 zegels.", "Alles is verzegeld."],
    )
    make_school(number="000018")
    sql("UPDATE history_historyevent SET actor = 7 WHERE id = %s", event.pk)
    answer = run(capsys, "verify_history", "--json")
    assert answer.status == 1
    assert answer.lines[0] == (
        f"KLOPT NIET: gebeurtenis {event.pk} (schools_organisation 1) is gewijzigd na zegel 1"
        " van 20/03/2020 13:00."
    )
    # The school, and the alert of what was altered.
    assert answer.lines[1].startswith("Nog niet verzegeld: 2 gebeurtenissen, sinds ")
    assert answer.object["whole"] is False
    assert answer.object["unsealed"] == 2
    assert answer.object["finding"]["event"] == event.pk


@pytest.mark.django_db
def test_a_stretch_takes_as_many_queries_as_a_row() -> None:
    counts = []
    for transactions in ((1,), (2, 3, 4)):
        happened(*transactions)
        with CaptureQueriesContext(connection) as queries:
            seals.seal_next(now=NOW)
        counts.append(len(queries))
        sql("DELETE FROM history_historyseal")
    assert counts[0] == counts[1]


def seal_until(school: int) -> None:
    """Seal as beat does, until this school's events are covered: other tests may hold xmin back."""
    events = HistoryEvent.objects.filter(table="schools_organisation", row=school)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        seals.seal_all(now=NOW)
        last = seals.last_seal()
        if last and all(event.transaction < last.until_transaction for event in events):
            return
        time.sleep(0.1)
    raise AssertionError("not sealed within five minutes")


def sealed_ids() -> list[int]:
    return [
        event
        for seal in HistorySeal.objects.order_by("number")
        for event, _digest in seals.EVENT_DIGEST.iter_unpack(bytes(seal.event_digests))
    ]


@pytest.mark.django_db(transaction=True)
def test_what_a_long_transaction_wrote_is_sealed_after_it_ended() -> None:
    """Its id and transaction are smaller than those of others that finished before it."""
    early = make_school(number="000018")
    seal_until(early.pk)
    written, may_end = threading.Event(), threading.Event()

    def long_one() -> None:
        try:
            with transaction.atomic():
                Organisation.objects.filter(pk=early.pk).update(street="Lang bezig")
                written.set()
                may_end.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=long_one)
    thread.start()
    assert written.wait(30)
    late = make_school(number="000026")
    assert seals.seal_all(now=NOW) == 0  # finished, but behind one that is not
    late_event = HistoryEvent.objects.get(row=late.pk)
    may_end.set()
    thread.join()
    slow_event = HistoryEvent.objects.get(row=early.pk, operation="U")
    assert (slow_event.pk < late_event.pk, slow_event.transaction < late_event.transaction) == (
        True,
        True,
    )
    seal_until(late.pk)
    assert sealed_ids()[-2:] == [slow_event.pk, late_event.pk]
    assert verify().finding is None


def one_round(number: int) -> int:
    """Seal on a connection of its own."""
    try:
        return seals.seal_all(now=NOW)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_make_no_twins() -> None:
    happened(*range(1, 200))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seals, "SEAL_ROWS", 10)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one_round, range(4)))
        seals.seal_all(now=NOW)
    assert sorted(sealed_ids()) == sorted(HistoryEvent.objects.values_list("pk", flat=True))
    assert verify().finding is None
