"""Loading 100,000 codes into a pool: normalise, fingerprint, encrypt, history.

Ours applies a file that was checked, as the worker does after the button "Codes laden"; the VACUUM
that follows a load is not counted. A second line also counts receiving and checking (an outcome per
row). The floor is a bare script: one HMAC and one AES-GCM per code, then one COPY of the rows into
the same table with its triggers off. The peer imports a fiftieth of the codes, encrypting them as
we do.
"""

import hmac
import io
import json
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks import data
from benchmarks.comparing import Clock, Comparison, part_of_peer
from benchmarks.databases import triggers_off, vacuum
from vouchers.actions.files import provider_files
from vouchers.actions.files.code_files import COPY_CODES
from vouchers.models import Pool, ProviderFile
from vouchers.states import FileKind, RowOutcome

# Beyond every existing line and slot, so that the rows of the floor can be found again.
FAR = 10_000_000


def comparisons(size: data.Size) -> list[Comparison]:
    """A file of new codes: loading it alone, and everything from receiving it."""
    rows, peers = int(100_000 * size.scale), part_of_peer(int(100_000 * size.scale))
    return [
        Comparison(
            work=f"load {rows:,} codes",
            ours=lambda clock: ours(Clock(), clock, rows),
            floor=lambda clock: floor(clock, rows),
            at_most=2,
            peer=lambda clock: peer(clock, peers),
            peer_needs="import_export",
            peer_part=peers / rows,
            faster=10,
        ),
        Comparison(
            work=f"receive, check and load {rows:,} codes",
            ours=lambda clock: ours(clock, clock, rows),
            floor=lambda clock: floor(clock, rows),
            at_most=3,
        ),
    ]


def ours(checking: Clock, loading: Clock, rows: int) -> None:
    """Received, checked and applied by the officer; each half on its own clock."""
    pool, by, now = Pool.objects.earliest("pk"), data.officer(), timezone.now()
    content = _content(rows)
    with checking:
        file = provider_files.receive(
            kind=FileKind.CODES,
            provider=pool.agreement.provider,
            pool=pool,
            name="bench.csv",
            content=content,
            by=by,
            now=now,
        ).file
        provider_files.check(file=file, now=now)
    with loading:
        counts = provider_files.apply(file=file, by=by, now=now)
    assert counts == {RowOutcome.NEW: rows}
    vacuum("vouchers_voucher", "vouchers_providerfilerow")


def floor(clock: Clock, rows: int) -> None:
    """Cryptography, then COPY; removed again afterwards."""
    plain = [(line.encode(), json.dumps(line.split(";")).encode()) for line in _lines(rows)]
    ((key_id, key),) = list(settings.VOUCHER_KEYS.items())[:1]
    ((fingerprint_key_id, fingerprint_key),) = list(settings.FINGERPRINT_KEYS.items())[:1]
    file = ProviderFile.objects.filter(kind=FileKind.CODES).earliest("pk")
    same = f"{file.pool_id}\t{file.provider_id}\t{file.pk}\t{timezone.now()}"
    same += f"\tAVAILABLE\t\t{fingerprint_key_id}"
    with triggers_off(), connection.cursor() as cursor:
        with clock:
            cipher, text = AESGCM(key), io.StringIO()
            for n, (code, fields) in enumerate(plain, FAR + 1):
                fingerprint = hmac.digest(fingerprint_key, code, "sha256")
                nonce = os.urandom(12)
                secret = nonce + cipher.encrypt(nonce, fields, fingerprint)
                text.write(
                    f"{same}\t{n}\t{n}\t\\\\x{fingerprint.hex()}\t{key_id}\t\\\\x{secret.hex()}\n"
                )
            text.seek(0)
            cursor.copy_expert(COPY_CODES, text)
        cursor.execute("DELETE FROM vouchers_voucher WHERE line > %s", [FAR])
    vacuum("vouchers_voucher")


def peer(clock: Clock, rows: int) -> None:
    """django-import-export with a resource that encrypts each code; rolled back."""
    from benchmarks.peers import Codes, imported

    file = ProviderFile.objects.filter(kind=FileKind.CODES).earliest("pk")
    imported(clock, Codes(file), _content(rows), by=data.officer(), preview=False)


def _lines(rows: int) -> list[str]:
    """Codes that were never seen before."""
    file = os.urandom(6).hex()
    return [f"{file}-{n:06d};pw-{n}" for n in range(rows)]


def _content(rows: int) -> bytes:
    return "\n".join(["code;wachtwoord", *_lines(rows)]).encode()
