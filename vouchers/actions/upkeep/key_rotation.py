"""Rotating keys while the portal works: what an old key opens or finds moves to the current one.

Batch by batch, each in its own transaction that locks those rows and no others: rows locked by
somebody else are left for a later round, so a rotation waits for nobody and can be stopped at any
moment. Whoever reads meanwhile finds a row under its old keys or its new ones, never half.

That a code cannot be loaded twice while two fingerprint keys are in use rests on three things: a
look-up asks for the fingerprints under all keys of the ring in one statement (`code_files`), files
of one provider are applied one at a time, and a process whose ring lacks a key in use does not load
at all (`file_rows.check_ring`).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from accounts import second_factor_keys
from accounts.models import User
from accounts.second_factor import SecretUnreadable
from history.keys import secret_id
from history.recording import recorded
from vouchers import codes, policies
from vouchers.actions.files.file_rows import array, rule_of
from vouchers.codes import CodeRule, CodeUnreadable, KeyIds
from vouchers.models import KeyRotation, Provider, ProviderFile, Voucher

Progress = Callable[[int, int], None]
What = KeyRotation.What

CODES_AT_ONCE = 1000
FILES_AT_ONCE = 1  # up to 20 MB each
FACTORS_AT_ONCE = 500
# Rows that stay locked all that time are reported; the next run takes them.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2

# The ids are passed twice: with the join alone, the planner reads all codes for each batch.
# Precondition: a transaction that has locked these rows and opened their old values. All keys are
# written, even one that stays: the guard wants both kinds of change to look alike.
WRITE_CODES = """
UPDATE vouchers_voucher SET secret = decode(fresh.secret, 'hex'), key_id = %s,
    fingerprint = decode(fresh.fingerprint, 'hex'), fingerprint_key_id = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS fresh (id, secret, fingerprint)
WHERE vouchers_voucher.id = fresh.id AND vouchers_voucher.id = ANY(%s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Left:
    """How many codes, files and second factors an old key opens or finds."""

    codes: int
    files: int
    factors: int

    @property
    def total(self) -> int:
        return self.codes + self.files + self.factors


@dataclass(slots=True)
class Rotation:
    """What a rotation came to. `unreadable`: rows whose old ciphertext no key of the ring opens, so
    that they stay as they are."""

    codes: int = 0
    files: int = 0
    factors: int = 0
    unreadable: int = 0

    @property
    def total(self) -> int:
        return self.codes + self.files + self.factors


class Batch(NamedTuple):
    """How far a batch came, and the keys of the rows it took, one entry per row."""

    last: int
    old_keys: Sequence[KeyIds]
    unreadable: int


def current_keys() -> KeyIds:
    """The ids of the keys to which everything moves."""
    return codes.current_keys()


def left() -> Left:
    """What is still under an old key. Erased codes and files are under none."""
    factors = sum(map(second_factor_keys.is_old, second_factor_keys.with_secrets().iterator()))
    return Left(_old_codes().count(), _old_files().count(), factors)


def rotate(
    *, by: User, now: datetime, progress: Progress, patience: float = PATIENCE_SECONDS
) -> Rotation:
    """Move everything to the current keys; may be stopped at any moment and run again.

    progress: called after each batch with what is done and how much there was. Raises Refused.
    """
    policies.check_can_rotate_keys(by)
    done, total = Rotation(), left().total
    deadline = time.monotonic() + patience
    while True:
        done.unreadable = 0
        for what, take in ROTATED.items():
            for batch in _batches(what, take, by=by, now=now):
                _add(done, what, batch)
                progress(done.total, total)
        if left().total <= done.unreadable or time.monotonic() > deadline:
            return done
        time.sleep(PAUSE_SECONDS)


def _batches(
    what: What, take: Callable[[int], Batch], *, by: User, now: datetime
) -> Iterator[Batch]:
    """One pass over all rows under an old key, each batch with its trace in a transaction."""
    last = -1
    while True:
        with recorded(by=by, why=gettext_noop("sleutels gewisseld")):
            batch = take(last)
            _leave_trace(what, batch.old_keys, by=by, now=now)
        if batch.last == last:
            return
        last = batch.last
        yield batch


def _old(key_column: str) -> Q:
    current = codes.current_keys()
    return ~Q(key_id=current.encryption) | ~Q(**{key_column: current.fingerprint})


def _old_codes() -> QuerySet[Voucher]:
    return Voucher.objects.filter(_old("fingerprint_key_id")).exclude(secret=b"")


def _old_files() -> QuerySet[ProviderFile]:
    return ProviderFile.objects.filter(_old("digest_key_id")).exclude(content=b"")


def _add(done: Rotation, what: What, batch: Batch) -> None:
    done.unreadable += batch.unreadable
    match what:
        case What.CODES:
            done.codes += len(batch.old_keys)
        case What.FILES:
            done.files += len(batch.old_keys)
        case What.FACTORS:
            done.factors += len(batch.old_keys)


def _rotate_codes(after: int) -> Batch:
    """The next codes after this id that nobody has locked."""
    rows = list(
        _old_codes()
        .filter(pk__gt=after)
        .order_by("pk")
        .only("provider_id", "secret", "key_id", "fingerprint", "fingerprint_key_id")
        .select_for_update(no_key=True, skip_locked=True)[:CODES_AT_ONCE]
    )
    rules = {each.pk: rule_of(each) for each in Provider.objects.all()} if rows else {}
    fresh = [(row, *new) for row in rows if (new := _encrypted_anew(row, rules[row.provider_id]))]
    current = codes.current_keys()
    ids = array(str(row.pk) for row, _secret, _fingerprint in fresh)
    secrets = array(secret.hex() for _row, secret, _fingerprint in fresh)
    fingerprints = array(fingerprint.hex() for _row, _secret, fingerprint in fresh)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_CODES, [current.encryption, current.fingerprint, ids, secrets, fingerprints, ids]
        )
    return Batch(
        last=rows[-1].pk if rows else after,
        old_keys=[
            KeyIds(row.key_id, row.fingerprint_key_id) for row, _secret, _fingerprint in fresh
        ],
        unreadable=len(rows) - len(fresh),
    )


def _encrypted_anew(row: Voucher, rule: CodeRule) -> tuple[bytes, bytes] | None:
    """The code under the current keys, as secret and fingerprint; None when it cannot be read."""
    old = bytes(row.fingerprint)
    try:
        fields = codes.decrypt_voucher(row)
    except CodeUnreadable:
        return None
    # Encrypted as the first field; its column may have another name by now.
    fingerprints = codes.fingerprints(next(iter(fields.values())), rule)
    if old not in fingerprints:
        return None
    encrypted = codes.encrypt_code(fields, provider_id=row.provider_id, fingerprint=fingerprints[0])
    return encrypted.secret, fingerprints[0]


def _rotate_files(after: int) -> Batch:
    """The next files after this id that nobody has locked."""
    rows = list(
        _old_files()
        .filter(pk__gt=after)
        .order_by("pk")
        .only("content", "key_id", "digest", "digest_key_id")
        .select_for_update(no_key=True, skip_locked=True)[:FILES_AT_ONCE]
    )
    old_keys = [KeyIds(row.key_id, row.digest_key_id) for row in rows]
    written = [_write_file(row) for row in rows]
    return Batch(
        last=rows[-1].pk if rows else after,
        old_keys=[keys for keys, is_written in zip(old_keys, written, strict=True) if is_written],
        unreadable=written.count(False),
    )


def _write_file(row: ProviderFile) -> bool:
    """Store the content under the current keys; False when it cannot be read."""
    old = bytes(row.digest)
    try:
        content = codes.decrypt_file(bytes(row.content), key_id=row.key_id, digest=old)
    except CodeUnreadable:
        return False
    digests = codes.digests(content)
    if old not in digests:
        return False
    encrypted = codes.encrypt_file(content, digest=digests[0])
    row.content, row.key_id = encrypted.secret, encrypted.key_id
    row.digest, row.digest_key_id = digests[0], codes.current_keys().fingerprint
    row.save(update_fields=["content", "key_id", "digest", "digest_key_id"])
    return True


def _rotate_factors(after: int) -> Batch:
    """The next second factors after this id that nobody has locked. Which SECRET_KEY they stand
    under shows only when one opens them."""
    rows = list(
        second_factor_keys.with_secrets()
        .filter(pk__gt=after)
        .select_for_update(no_key=True, skip_locked=True)[:FACTORS_AT_ONCE]
    )
    old_keys, unreadable = [], 0
    for row in filter(second_factor_keys.is_old, rows):
        try:
            row.data, former = second_factor_keys.taken_over(row)
        except SecretUnreadable:
            unreadable += 1
            continue
        row.save(update_fields=["data"])
        old_keys.append(KeyIds(former, former))
    return Batch(rows[-1].pk if rows else after, old_keys, unreadable)


ROTATED = {
    What.CODES: _rotate_codes,
    What.FILES: _rotate_files,
    What.FACTORS: _rotate_factors,
}


def _current(what: What) -> KeyIds:
    if what != What.FACTORS:
        return codes.current_keys()
    secret = secret_id(settings.SECRET_KEY)
    return KeyIds(secret, secret)


def _leave_trace(what: What, old_keys: Sequence[KeyIds], *, by: User, now: datetime) -> None:
    current = _current(what)
    KeyRotation.objects.bulk_create(
        KeyRotation(
            what=what,
            number=number,
            seal_from=old.encryption,
            seal_to=current.encryption,
            fingerprint_from=old.fingerprint,
            fingerprint_to=current.fingerprint,
            rotated_at=now,
            rotated_by=by,
        )
        for old, number in Counter(old_keys).items()
    )
