"""Checking and applying 100,000 activations, with the outcome of each row.

Ours receives, checks and applies a file, as the worker and `manage.py import_activations` do. The
floor is the least that records an activation: a bare COPY of fingerprint and day into a temporary
table and one UPDATE that sets the day on the hand-out of each code, with triggers off. The peer
imports a fiftieth of the rows, preview and import.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import data
from benchmarks.comparing import Clock, Comparison, part_of_peer
from benchmarks.databases import triggers_off, vacuum
from vouchers import codes
from vouchers.actions.files import provider_files
from vouchers.actions.files.file_rows import copied, rule_of
from vouchers.models import Provider, ProviderFile
from vouchers.states import FileKind, RowOutcome

ROUNDS = 3
PUT_DAY = """
UPDATE vouchers_handout hand_out SET handed_out_at = reported.day
FROM reported JOIN vouchers_voucher voucher
    ON voucher.provider_id = %s AND voucher.fingerprint = reported.fingerprint
WHERE hand_out.voucher_id = voucher.id AND hand_out.ended_at IS NULL
"""


def comparisons(size: data.Size) -> list[Comparison]:
    """One: a file of codes that are handed out and not active yet."""
    rows, peers = int(100_000 * size.scale), part_of_peer(int(100_000 * size.scale))
    numbers = _not_active(size)
    rounds = [[next(numbers) for _row in range(rows)] for _round in range(ROUNDS)]
    # Each round has its own rows, on pages where earlier rounds left no free space.
    ours_in_turn, floors_in_turn = iter(rounds), iter(rounds)
    peers_own = [next(numbers) for _row in range(peers)]
    return [
        Comparison(
            work=f"check and apply {rows:,} activations",
            ours=lambda clock: ours(clock, next(ours_in_turn)),
            floor=lambda clock: floor(clock, next(floors_in_turn)),
            at_most=2.5,
            peer=lambda clock: peer(clock, peers_own),
            peer_needs="import_export",
            peer_part=peers / rows,
            faster=10,
            rounds=ROUNDS,
        )
    ]


def ours(clock: Clock, numbers: list[int]) -> None:
    """Received, checked and applied by the provider's own user."""
    by, now = data.provider_user(), timezone.now()
    content = _content(numbers)
    with clock:
        file = provider_files.receive(
            kind=FileKind.ACTIVATIONS,
            provider=_provider(),
            name="bench.csv",
            content=content,
            by=by,
            now=now,
            complete_until=timezone.localdate() - timedelta(days=1),
        ).file
        provider_files.check(file=file, now=now)
        counts = provider_files.apply(file=file, by=by, now=now)
    assert counts == {RowOutcome.NEW: len(numbers)}, counts
    vacuum("vouchers_activation", "vouchers_providerfilerow")


def floor(clock: Clock, numbers: list[int]) -> None:
    """COPY and UPDATE; rolled back afterwards."""
    rule = rule_of(_provider())
    days = _days(numbers)
    fingerprints = [codes.fingerprint(data.code(n), rule) for n in numbers]
    text = copied(zip(fingerprints, days, strict=True))
    with triggers_off(), connection.cursor() as cursor:
        with clock:
            cursor.execute("CREATE TEMPORARY TABLE reported (fingerprint bytea, day date)")
            cursor.copy_expert("COPY reported FROM STDIN", text)
            cursor.execute("ANALYZE reported")
            cursor.execute(PUT_DAY, [rule.provider_id])
        assert cursor.rowcount == len(numbers)
        transaction.set_rollback(True)
    vacuum("vouchers_handout")


def peer(clock: Clock, numbers: list[int]) -> None:
    """django-import-export with a resource that finds the hand-out of each code."""
    from benchmarks.peers import Activations, imported

    file = ProviderFile.objects.filter(kind=FileKind.ACTIVATIONS, provider=_provider()).earliest(
        "pk"
    )
    imported(clock, Activations(file), _content(numbers), by=data.provider_user(), preview=True)


def _provider() -> Provider:
    return Provider.objects.earliest("pk")


def _not_active(size: data.Size) -> Iterator[int]:
    """Numbers of codes of the first provider that a pupil has and that were never reported as
    active."""
    return (
        n
        for n in range(1, size.handed_out + 1)
        if n % data.POOLS < data.POOLS_OF_FIRST and n % 6 and n % 100
    )


def _days(numbers: list[int]) -> list[date]:
    """A hundred different days in the last few months."""
    today = timezone.localdate()
    return [today - timedelta(days=1 + n % 100) for n in numbers]


def _content(numbers: list[int]) -> bytes:
    rows = zip(numbers, _days(numbers), strict=True)
    return "\n".join(
        ["code;datum", *(f"{data.code(n)};{day:%d/%m/%Y}" for n, day in rows)]
    ).encode()
