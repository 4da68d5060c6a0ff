"""Loading 100,000 codes: normalise, fingerprint, encrypt, history; and each row's outcome.

Ours receives, checks and applies a file, as the worker and `manage.py load_codes` do; the VACUUM
that follows a load is not counted. The floor is the bare cryptography (an HMAC and an AES-GCM a
code) and a bare COPY of ready rows into the same table with its triggers off. The peer imports a
twentieth of the codes, preview and import, encrypting them as we do.
"""

import hmac
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import data
from benchmarks.databases import triggers_off, vacuum
from benchmarks.comparing import Clock, Comparison
from benchmarks.peers import PEER_PART, Codes, imported
from vouchers.actions import provider_files
from vouchers.actions.code_files import COPY_CODES
from vouchers.actions.file_rows import copied
from vouchers.models import Pool, ProviderFile
from vouchers.states import FileKind, Outcome

# Beyond every line and slot that is there, so that the rows of the floor can be found again.
FAR = 10_000_000

def comparisons(size: data.Size) -> list[Comparison]:
    """One: a file of new codes."""
    rows = int(100_000 * size.scale)
    return [
        Comparison(
            work=f"load {rows:,} codes",
            ours=lambda clock: ours(clock, rows),
            floor=lambda clock: floor(clock, rows),
            at_most=2,
            peer=lambda clock: peer(clock, int(rows * PEER_PART)),
            peer_part=PEER_PART,
            faster=10,
        )
    ]


def ours(clock: Clock, rows: int) -> None:
    """Received, checked and applied by the officer."""
    pool, by, now = Pool.objects.earliest("pk"), data.officer(), timezone.now()
    content = _content(rows)
    with clock:
        file = provider_files.receive(
            kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool, name="bench.csv",
            content=content, by=by, now=now,
        ).file  # fmt: skip
        provider_files.check(file=file, now=now)
        counts = provider_files.apply(file=file, by=by, now=now)
    assert counts == {Outcome.NEW: rows}
    vacuum("vouchers_voucher", "vouchers_providerfilerow")


def floor(clock: Clock, rows: int) -> None:
    """Cryptography, then COPY; gone again afterwards."""
    plain = [(line.encode(), json.dumps(line.split(";")).encode()) for line in _lines(rows)]
    ((key_id, key),) = list(settings.VOUCHER_KEYS.items())[:1]
    with clock:
        cipher = AESGCM(key)
        sealed = []
        for code, fields in plain:
            mark = hmac.digest(settings.FINGERPRINT_KEY, code, "sha256")
            nonce = os.urandom(12)
            sealed.append((mark, nonce + cipher.encrypt(nonce, fields, mark)))
    text = copied(_ready(sealed, key_id))
    with transaction.atomic(), triggers_off(), connection.cursor() as cursor:
        with clock:
            cursor.copy_expert(COPY_CODES, text)
        cursor.execute("DELETE FROM vouchers_voucher WHERE line > %s", [FAR])
    vacuum("vouchers_voucher")


def peer(clock: Clock, rows: int) -> None:
    """django-import-export with a resource that seals each code; rolled back."""
    file = ProviderFile.objects.filter(kind=FileKind.CODES).earliest("pk")
    imported(clock, Codes(file), _content(rows), by=data.officer())


def _lines(rows: int) -> list[str]:
    """Codes that were never seen before."""
    file = os.urandom(6).hex()
    return [f"{file}-{n:06d};pw-{n}" for n in range(rows)]


def _content(rows: int) -> bytes:
    return "\n".join(["code;wachtwoord", *_lines(rows)]).encode()


def _ready(sealed: list[tuple[bytes, bytes]], key_id: str) -> Any:
    """The rows as the table wants them, after the last slot of their pool."""
    pool = Pool.objects.select_related("agreement").earliest("pk")
    file = ProviderFile.objects.filter(pool=pool).earliest("pk")
    same = (pool.pk, pool.agreement.provider_id, file.pk, timezone.now(), "AVAILABLE", "")
    return (
        (*same, FAR + n, FAR + n, mark, key_id, secret)
        for n, (mark, secret) in enumerate(sealed, 1)
    )
