"""Is all sealed history as it was when sealed? Reads only; names the first event that is not.

Tested in `history.tests.test_seals`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise

from django.conf import settings
from django.db import connection

from history.models import HistorySeal
from history.seals import (
    BEHIND,
    CANONICAL,
    EVENT_DIGEST,
    NoSealKeys,
    event_digest,
    is_genuine,
    note,
)

BY_ID = f"""
SELECT id, "table", "row", {CANONICAL} FROM history_historyevent WHERE id = ANY(%s::bigint[])
"""
COVERED = "SELECT count(*) FROM history_historyevent WHERE (transaction, id) <= (%s, %s)"
IN_STRETCH = f"""
SELECT id, "table", "row" FROM history_historyevent
WHERE {BEHIND} AND transaction <= %s AND (transaction, id) <= (%s, %s) ORDER BY transaction, id
"""
FIRST_OF_ALL = (-(2**63), 0)  # an event slipped in later may claim any transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is not as it was sealed.

    kind: `altered`, `missing` or `added` for an event; `seal_altered`, `seal_missing` or
    `not_noted` for a seal. event: its id in history. table, row: what the event is about, where
    known.
    """

    kind: str
    seal: int
    sealed_at: datetime | None = None
    event: int | None = None
    table: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared: how many seals and events, and the first that is not as it was."""

    seals: int
    rows: int
    finding: Finding | None


def verify(*, noted: str = "") -> Proof:
    """Compare sealed history with its seals, in their order, one stretch in memory at a time.

    noted: what `note` said of an earlier seal; without it nobody can see that the end of the chain
    was cut off. Raises NoSealKeys, KeyMissing.
    """
    if not settings.SEAL_KEYS:
        raise NoSealKeys
    seals = rows = 0
    still_noted = not noted
    last = None
    for before, seal in _pairs():
        finding = _seal_finding(before, seal) or _event_finding(seal)
        if finding:
            return Proof(seals, rows, finding)
        still_noted = still_noted or note(seal) == noted
        seals, rows, last = seals + 1, rows + seal.rows, seal
    if not still_noted:
        return Proof(seals, rows, Finding("not_noted", int(noted.partition(":")[0])))
    return Proof(seals, rows, _added(last, rows) if last else None)


def _pairs() -> Iterator[tuple[HistorySeal | None, HistorySeal]]:
    """Each seal with the previous one."""
    seals = HistorySeal.objects.order_by("number").iterator(chunk_size=5)
    for before, seal in pairwise(chain([None], seals)):
        assert seal is not None
        yield before, seal


def _seal_finding(before: HistorySeal | None, seal: HistorySeal) -> Finding | None:
    """Check that this seal follows the previous one and says what it said when it was made."""
    expected = before.number + 1 if before else 1
    if seal.number != expected:
        return Finding("seal_missing", expected)
    if not is_genuine(seal, before):
        return Finding("seal_altered", seal.number, seal.sealed_at)
    return None


def _event_finding(seal: HistorySeal) -> Finding | None:
    """The first event of the seal, in its order, that is gone or has any column altered."""
    key = settings.SEAL_KEYS[seal.key_id]
    event_digests = list(EVENT_DIGEST.iter_unpack(bytes(seal.event_digests)))
    with connection.cursor() as cursor:
        cursor.execute(BY_ID, [f"{{{','.join(str(event) for event, _digest in event_digests)}}}"])
        found = {event: rest for event, *rest in cursor.fetchall()}
    for event, expected in event_digests:
        if event not in found:
            return Finding("missing", seal.number, seal.sealed_at, event)
        table, row, text = found[event]
        if event_digest(text, key) != expected:
            return Finding("altered", seal.number, seal.sealed_at, event, table, row)
    return None


def _added(last: HistorySeal, sealed: int) -> Finding | None:
    """An event slipped in among sealed ones. sealed: how many events the seals cover, all found
    intact; only when there are more does each stretch have to be searched."""
    with connection.cursor() as cursor:
        cursor.execute(COVERED, last.until)
        if cursor.fetchone()[0] == sealed:
            return None
    return next(filter(None, (_added_in(*pair) for pair in _pairs())), None)


def _added_in(before: HistorySeal | None, seal: HistorySeal) -> Finding | None:
    start = before.until if before else FIRST_OF_ALL
    own = {event for event, _digest in EVENT_DIGEST.iter_unpack(bytes(seal.event_digests))}
    with connection.cursor() as cursor:
        cursor.execute(IN_STRETCH, [start[0], *start, seal.until_transaction, *seal.until])
        rows = cursor.fetchall()
    for event, table, row in rows:
        if event not in own:
            return Finding("added", seal.number, seal.sealed_at, event, table, row)
    return None
