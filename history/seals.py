"""History that nobody can alter unseen: sealed with a key that the database does not have (rule 3).

Each seal is a keyed digest over the previous seal and over a short keyed digest of every event it
covers, so that verification can name the event. Only finished transactions are sealed, those older
than the xmin of the snapshot, in the order of (transaction, id): ids do not follow the order of
commits, and this way nothing can still appear before the end of a seal. Keys are in SEAL_KEYS (id →
32 bytes; the first one seals, all of them verify).
"""

import hmac
import json
import logging
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from history.models import HistorySeal

logger = logging.getLogger(__name__)

SEAL_ROWS = (
    20_000  # what is in memory at once, and what has to be done again when the sealer is killed
)
ONE_SEALER = 4_114_830_771_920_502  # the advisory lock of whoever seals
NOTHING = bytes(32)  # takes the place of a seal before the first
EVENT_DIGEST = struct.Struct(">q8s")

# Every column, as text that no setting of a client changes: jsonb has one order and one spelling,
# and a moment is a number.
COLUMNS = {
    "id": "id",
    "at": "extract(epoch FROM at)",
    "transaction": "transaction",
    "table": '"table"',
    "row": '"row"',
    "operation": "operation",
    "data": "data",
    "actor": "actor",
    "origin": "origin",
    "reason": "reason",
}
CANONICAL = f"jsonb_build_array({', '.join(COLUMNS.values())})::text"
# Redundant on purpose: the first half is what the index on the transaction can use.
BEHIND = "transaction >= %s AND (transaction, id) > (%s, %s)"

TO_SEAL = f"""
SELECT event.id, event.transaction, {CANONICAL} FROM (
    SELECT * FROM history_historyevent WHERE {BEHIND} AND transaction < %s
    ORDER BY transaction, id LIMIT %s OFFSET 0
) event
"""
UNSEALED = f"SELECT count(*), min(at) FROM history_historyevent WHERE {BEHIND}"


class CannotSeal(Exception):
    """Nothing may be sealed, or compared, before somebody looked at it: `message` says why."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class HistoryRestored(CannotSeal):
    """The database counts its transactions from the start again: it was restored from a dump into
    another server."""

    def __init__(self, *, at: int, sealed_until: int) -> None:
        message = _(
            "De teller van transacties staat op {at}, maar er is verzegeld tot {sealed_until}. Deze"
            " databank komt uit een kopie. Wat dan te doen is, staat in docs/operations.md."
        )
        super().__init__(message.format(at=at, sealed_until=sealed_until))


class ChainBroken(CannotSeal):
    """The last seal is not one that we made: nothing follows it, or it would look like ours."""

    def __init__(self, seal: HistorySeal) -> None:
        self.number = seal.number
        message = _(
            "Zegel {number} is niet door het portaal gemaakt, of het is gewijzigd. Er wordt niets"
            " meer verzegeld. Wat dan te doen is, staat in docs/operations.md."
        )
        super().__init__(message.format(number=seal.number))


class KeyMissing(CannotSeal):
    """A seal says that it was made with a key that is not in SEAL_KEYS."""

    def __init__(self, seal: HistorySeal) -> None:
        self.number = seal.number
        message = _("Zegel {number} is gemaakt met sleutel {key}, en die staat niet in SEAL_KEYS.")
        super().__init__(message.format(number=seal.number, key=seal.key_id))


class NoSealKeys(CannotSeal):
    """This process holds no SEAL_KEYS: only the one that seals does (ADR 39)."""

    def __init__(self) -> None:
        super().__init__(
            _("Hier staan geen SEAL_KEYS. Voer dit uit met PROCESS=seal en de sleutels van zegels.")
        )


class Event(NamedTuple):
    """An event as it is sealed: its position, and all its columns as text."""

    id: int
    transaction: int
    text: str


def seal_all(*, now: datetime) -> int:
    """Seal everything that is finished, stretch by stretch. Returns how many events.

    Each stretch is a transaction: after a kill the next call continues where this one was. A
    stretch that is not full is the last: what finished meanwhile is left for the next round. The
    log gets the last seal, so that it survives there when somebody deletes the end of the chain.
    """
    sealed, last = 0, None
    while (seal := seal_next(now=now)) is not None:
        sealed, last = sealed + seal.rows, seal
        if seal.rows < SEAL_ROWS:
            break
    if last is not None:
        logger.info("history sealed: %s", note(last))
    return sealed


def note(seal: HistorySeal) -> str:
    """What to record of a seal outside the database: its number and the start of its digest."""
    return f"{seal.number}:{bytes(seal.digest).hex()[:16]}"


def seal_next(*, now: datetime) -> HistorySeal | None:
    """Seal the next stretch. None when nothing is left, or when another process is sealing.

    Raises CannotSeal.
    """
    if not settings.SEAL_KEYS:
        raise NoSealKeys
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_SEALER])
        if not cursor.fetchone()[0]:
            return None
        last = _genuine_last()
        start = last.until if last else (0, 0)
        horizon = _horizon(start)
        cursor.execute(TO_SEAL, [start[0], *start, horizon, SEAL_ROWS])
        events = [Event(*row) for row in cursor.fetchall()]
        if not events:
            return None
        whole = len(events) < SEAL_ROWS
        until = (horizon, 0) if whole else (events[-1].transaction, events[-1].id)
        return _made(events, until=until, last=last, now=now)


def last_seal() -> HistorySeal | None:
    """The newest seal, without its event digests."""
    return HistorySeal.objects.defer("event_digests").order_by("-number").first()


def _genuine_last() -> HistorySeal | None:
    """The newest seal. Whoever may write seals could add one that only looks like ours: raises
    ChainBroken, or KeyMissing."""
    last, before = [*HistorySeal.objects.order_by("-number")[:2], None, None][:2]
    if last is not None and not is_genuine(last, before):
        raise ChainBroken(last)
    return last


def is_genuine(seal: HistorySeal, before: HistorySeal | None) -> bool:
    """Whether it says what it said when it was made, after this one. Raises KeyMissing."""
    key = settings.SEAL_KEYS.get(seal.key_id)
    if key is None:
        raise KeyMissing(seal)
    previous = bytes(before.digest) if before else NOTHING
    return hmac.compare_digest(digest(seal, previous=previous, key=key), bytes(seal.digest))


def _horizon(start: tuple[int, int]) -> int:
    """The oldest transaction that may still be writing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        horizon = int(cursor.fetchone()[0])
    if horizon < start[0]:
        raise HistoryRestored(at=horizon, sealed_until=start[0])
    return horizon


def _made(
    events: list[Event], *, until: tuple[int, int], last: HistorySeal | None, now: datetime
) -> HistorySeal:
    key_id, key = next(iter(settings.SEAL_KEYS.items()))
    seal = HistorySeal(
        number=last.number + 1 if last else 1,
        sealed_at=now,
        until_transaction=until[0],
        until_row=until[1],
        rows=len(events),
        event_digests=b"".join(
            EVENT_DIGEST.pack(event.id, event_digest(event.text, key)) for event in events
        ),
        key_id=key_id,
    )
    seal.digest = digest(seal, previous=bytes(last.digest) if last else NOTHING, key=key)
    seal.save(force_insert=True)
    return seal


def event_digest(text: str, key: bytes) -> bytes:
    """The short digest of one event, given as CANONICAL text."""
    return hmac.digest(key, b"event:" + text.encode(), "sha256")[:8]


def digest(seal: HistorySeal, *, previous: bytes, key: bytes) -> bytes:
    """The digest over everything a seal says and the seal before it."""
    moment = seal.sealed_at.astimezone(UTC).isoformat()
    head = json.dumps([seal.number, moment, *seal.until, seal.rows, seal.key_id])
    return hmac.digest(
        key, f"seal:{head}\n".encode() + previous + bytes(seal.event_digests), "sha256"
    )


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What no seal covers yet: how many events, the time of the first, and the last seal."""

    rows: int
    since: datetime | None
    last: HistorySeal | None


def unsealed() -> Unsealed:
    last = last_seal()
    start = last.until if last else (0, 0)
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, [start[0], *start])
        rows, since = cursor.fetchone()
    return Unsealed(rows, since, last)
