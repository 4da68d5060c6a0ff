"""Files with codes: finding the new ones and loading them into their pool (rules 1, 4 and 7)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from common.days import in_words
from common.tables.reading import read_table
from common.tables.table import Row, Table
from vouchers import codes
from vouchers.actions.files.file_rows import (
    BATCH,
    Identified,
    Verdict,
    array,
    bad_row,
    batches,
    check_ring,
    copy,
    identify,
    once,
    rule_of,
    shown_name,
    store,
)
from vouchers.models import Pool, Provider, ProviderFile, Voucher
from vouchers.states import RowOutcome, VoidReason, VoucherState


class Loaded(NamedTuple):
    """A code that is already in a pool: its row, and where it came from."""

    fingerprint: bytes
    voucher_id: int
    loaded_at: datetime
    line: int
    file_name: str

    @property
    def sentence(self) -> str:
        """When and with which file the code came."""
        return _(
            "Deze code is al eens geladen, op {day}, met bestand {file}, regel {line}. "
            "Ze telt maar één keer."
        ).format(day=in_words(self.loaded_at), file=shown_name(self.file_name), line=self.line)


# One query per batch; the codes themselves never go into SQL, only their fingerprints. It returns
# the fields of `Loaded`, in their order.
LOADED_ALREADY = """
SELECT voucher.fingerprint, voucher.id, voucher.loaded_at, voucher.line, file.name
FROM unnest(%s::text[]) AS asked (fingerprint)
JOIN vouchers_voucher voucher
    ON voucher.provider_id = %s AND voucher.fingerprint = decode(asked.fingerprint, 'hex')
    AND voucher.void_reason <> 'UNDONE'
JOIN vouchers_providerfile file ON file.id = voucher.file_id
"""

COPY_CODES = """
COPY vouchers_voucher
    (pool_id, provider_id, file_id, loaded_at, state, void_reason, fingerprint_key_id, line, slot,
     fingerprint, key_id, secret)
FROM STDIN
"""


def read(file: ProviderFile, content: bytes) -> Table:
    """The table with the provider's own columns. Raises `Refused`."""
    return read_table(content, needed={column: [column] for column in _columns(file.provider)})


def verdicts(file: ProviderFile, rows: Iterable[Row], *, after: int) -> Iterator[list[Verdict]]:
    """The verdict on each row after line `after`, a batch at a time, against what is loaded now."""
    for batch in batches(_identified(file.provider, rows, after), BATCH):
        loaded = _loaded(file.provider, batch)
        yield [_verdict(each, loaded) for each in batch]


def load(file: ProviderFile, table: Table, *, now: datetime) -> None:
    """Put the new codes in the pool: encrypted, in the order of the file.

    Preconditions: a transaction that has locked the provider's row, so that slots are consecutive,
    and the file's. The pool is not locked: a hand-out locks it, and neither waits for the other
    (failure 3). A row that another file or another way of comparing has changed since the check
    (known, duplicate, unusable) is left out and gets a second row that says so.
    """
    new = set(file.rows.filter(outcome=RowOutcome.NEW).values_list("line", flat=True))
    rows = (row for row in table.rows if row.line in new)
    slot = Voucher.objects.filter(pool=file.pool_id).aggregate(last=Max("slot"))["last"] or 0
    for batch in batches(_identified(file.provider, rows, 0), BATCH):
        loaded = _loaded(file.provider, batch)
        judged = [_verdict(each, loaded) for each in batch]
        store(file, [each for each in judged if each.outcome != RowOutcome.NEW], at_apply=True)
        fresh = [each for each, now_is in zip(batch, judged, strict=True)
                 if now_is.outcome == RowOutcome.NEW]  # fmt: skip
        _copy(file, fresh, after_slot=slot, now=now)
        slot += len(fresh)
    check_ring(file.provider)


def lock_pool(file: ProviderFile) -> None:
    """Lock the file's pool, so that nobody hands out from it meanwhile."""
    pool = Pool.objects.filter(files=file)
    list(pool.select_for_update(no_key=True, of=("self",)))


def unload(file: ProviderFile, *, by: User, now: datetime) -> int:
    """Make the codes of a file count as never loaded; returns how many. One UPDATE.

    Preconditions: a transaction that has locked the provider's row, the file's and the pool's; none
    of the codes ever left. One that was already void keeps its moment and its person.
    """
    codes = Voucher.objects.filter(file=file)
    return codes.update(
        state=VoucherState.VOID, void_reason=VoidReason.UNDONE,
        voided_at=Coalesce("voided_at", Value(now)), voided_by=Coalesce("voided_by", Value(by.pk)),
    )  # fmt: skip


def _columns(provider: Provider) -> list[str]:
    return [provider.code_column, *provider.secret_columns]


def _identified(provider: Provider, rows: Iterable[Row], after: int) -> Iterator[Identified]:
    """Each row after line `after` with its fingerprints; earlier lines count for duplicates."""
    rule = rule_of(provider)
    seen: dict[bytes, int] = {}
    for row in rows:
        each = _complete(identify(row, column=provider.code_column, rule=rule), provider)
        each = once(each, seen)
        if row.line > after:
            yield each


def _complete(each: Identified, provider: Provider) -> Identified:
    """A code without its password or PIN cannot be handed out."""
    values = each.row.values
    empty = [column for column in provider.secret_columns if not values.get(column)]
    if each.verdict or not empty:
        return each
    sentence = _("Kolom '{column}' is leeg. Vul ze in: zonder is de code niet te gebruiken.")
    return Identified(each.row, verdict=bad_row(each.row.line, sentence.format(column=empty[0])))


def _loaded(provider: Provider, batch: Sequence[Identified]) -> dict[bytes, Loaded]:
    """Those of these rows' fingerprints that this provider's pools already hold. One statement: a
    code being rotated meanwhile is found under its old key or its new one."""
    with connection.cursor() as cursor:
        asked = array(fingerprint.hex() for each in batch for fingerprint in each.fingerprints)
        cursor.execute(LOADED_ALREADY, [asked, provider.pk])
        found = map(Loaded._make, cursor.fetchall())
        return {bytes(each.fingerprint): each for each in found}


def _verdict(each: Identified, loaded: dict[bytes, Loaded]) -> Verdict:
    if each.verdict:
        return each.verdict
    for fingerprint in each.fingerprints:
        if known := loaded.get(fingerprint):
            line, sentence = each.row.line, known.sentence
            return Verdict(line, RowOutcome.KNOWN, sentence, voucher_id=known.voucher_id)
    return Verdict(each.row.line, RowOutcome.NEW)


def _copy(
    file: ProviderFile, fresh: Sequence[Identified], *, after_slot: int, now: datetime
) -> None:
    columns = _columns(file.provider)
    same = (
        file.pool_id,
        file.provider_id,
        file.pk,
        now.isoformat(),
        VoucherState.AVAILABLE.value,
        "",
        codes.current_keys().fingerprint,
    )

    def row(slot: int, each: Identified) -> tuple[object, ...]:
        fingerprint = each.fingerprints[0]
        encrypted = codes.encrypt_code(
            {column: each.row.values[column] for column in columns},
            provider_id=file.provider_id,
            fingerprint=fingerprint,
        )
        return (each.row.line, slot, fingerprint, encrypted.key_id, encrypted.secret)

    copy(COPY_CODES, (row(after_slot + n, each) for n, each in enumerate(fresh, 1)), prefix=same)
