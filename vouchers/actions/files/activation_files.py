"""Files with activations: which hand-out each row is about, and recording what it says.

Rows are matched within the file's own provider, so that another's code reads exactly like one that
does not exist. A second field must agree where it is given (failure 27).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from common.days import brussels_day, in_words
from common.tables.csv_out import undefused
from common.tables.dates import parse_date
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
    columns,
    identify,
    once,
    rule_of,
    shown_name,
    store,
)
from vouchers.actions.stock import holding
from vouchers.actions.watch import alerts
from vouchers.models import (
    Activation,
    Alert,
    Pool,
    Provider,
    ProviderFile,
    ProviderFileRow,
    Voucher,
)
from vouchers.states import WITHOUT_COUNTING, AlertKind, FileState, RowOutcome, VoucherState

DATE = "datum"
DATE_HEADINGS = (
    "datum", "activatiedatum", "datum activatie", "geactiveerd op", "activated on",
    "activation date", "date",
)  # fmt: skip
POOL = "voorraad"
POOL_HEADINGS = ("voorraad", "pool")


class Judged(NamedTuple):
    """What the database finds for a row; the statements below select these columns."""

    line: int
    outcome: str
    voucher_id: int
    hand_out_id: int | None
    on: date
    since: date | None
    known_on: date | None
    known_file: str | None


class Code(NamedTuple):
    """What is known of a code named in a file: the name of its pool, and its other fields."""

    pool: str
    key_id: str
    fingerprint: bytes
    secret: bytes


# What the rows `reported` (line, voucher_id, on, before, …) come to now. An activation is of the
# live hand-out of its code, else to the latest that was not taken back or passed on. `before` is
# what the check found; it is passed in because joining it afterwards is quadratic: the planner has
# no statistics on rows this young.
JUDGE = f"""
target AS (
    SELECT reported.*, hand_out.id AS hand_out_id, hand_out.since, known."on" AS known_on,
           file.name AS known_file
    FROM reported
    LEFT JOIN LATERAL (
        SELECT id, (handed_out_at AT TIME ZONE 'Europe/Brussels')::date AS since
        FROM vouchers_handout
        WHERE voucher_id = reported.voucher_id
          AND (ended_at IS NULL OR end_reason NOT IN ({WITHOUT_COUNTING}))
        ORDER BY ended_at IS NULL DESC, handed_out_at DESC, id DESC LIMIT 1
    ) hand_out ON true
    LEFT JOIN vouchers_activation known
        ON known.hand_out_id = hand_out.id AND known.withdrawn_at IS NULL
    LEFT JOIN vouchers_providerfile file ON file.id = known.file_id
), judged AS (
    SELECT *, CASE
        WHEN hand_out_id IS NULL THEN 'NOT_HANDED_OUT'
        WHEN known_on = "on" THEN 'KNOWN'
        WHEN known_on IS NOT NULL THEN 'OTHER_DATE'
        WHEN "on" < since THEN 'BEFORE_HAND_OUT'
        ELSE 'NEW'
    END AS outcome
    FROM target
)
"""

# Rows of a file whose code belongs to this provider, found by fingerprint, with what a second field
# has to agree with: the secret only where the file has such a field.
JUDGE_BATCH = f"""
WITH reported AS (
    SELECT asked.line, voucher.id AS voucher_id, asked."on", '' AS before, pool.name AS pool,
           voucher.key_id, voucher.fingerprint,
           CASE WHEN %(with_secret)s THEN voucher.secret ELSE '' END AS secret
    FROM unnest(%(lines)s::int[], %(fingerprints)s::text[], %(days)s::date[])
        AS asked (line, fingerprint, "on")
    JOIN vouchers_voucher voucher
        ON voucher.provider_id = %(provider)s
        AND voucher.fingerprint = decode(asked.fingerprint, 'hex')
        AND voucher.void_reason <> 'UNDONE'
    JOIN vouchers_pool pool ON pool.id = voucher.pool_id
), {JUDGE}
SELECT {columns(Judged._fields)}, {columns(Code._fields)} FROM judged
"""

# Preconditions: a transaction that has locked the provider's row, the file's and the pools of the
# codes still in stock. Every row that names a code is judged again; the new ones are recorded, and
# what differs from the check is returned.
RECORD = f"""
WITH reported AS (
    SELECT line, voucher_id, "on", outcome AS before FROM vouchers_providerfilerow
    WHERE file_id = %(file)s AND voucher_id IS NOT NULL AND "on" IS NOT NULL AND NOT at_apply
), {JUDGE}, recorded AS (
    INSERT INTO vouchers_activation (hand_out_id, "on", recorded_at, file_id)
    SELECT hand_out_id, "on", %(now)s, %(file)s FROM judged WHERE outcome = 'NEW' ORDER BY line
    RETURNING 1
)
SELECT {columns(Judged._fields)} FROM judged WHERE outcome <> before ORDER BY line
"""

# What a file not undone also reported about the same hand-outs is in force from now on. The
# hand-outs are passed as an array: joined to rows this young, the planner expects one row.
REPORTED_BY_OTHERS = """
INSERT INTO vouchers_activation (hand_out_id, "on", recorded_at, file_id)
SELECT DISTINCT ON (row.hand_out_id) row.hand_out_id, row."on", %(now)s, row.file_id
FROM vouchers_providerfilerow row
JOIN vouchers_providerfile file ON file.id = row.file_id AND file.state = 'APPLIED'
WHERE row.hand_out_id = ANY(%(hand_outs)s) AND row.outcome IN ('KNOWN', 'OTHER_DATE')
ORDER BY row.hand_out_id, file.applied_at, row.id
"""


def read(file: ProviderFile, content: bytes) -> Table:
    """The table with code and day, and anything else that may have to agree. Raises `Refused`."""
    provider = file.provider
    return read_table(
        content,
        needed={provider.code_column: [provider.code_column], DATE: DATE_HEADINGS},
        optional={POOL: POOL_HEADINGS, **{column: [column] for column in provider.secret_columns}},
    )


def verdicts(file: ProviderFile, rows: Iterable[Row], *, after: int) -> Iterator[list[Verdict]]:
    """The verdict on each row after line `after`, a batch at a time, as things are now."""
    for batch in batches(_identified(file, rows, after), BATCH):
        yield _judge(file.provider, batch)


def record(file: ProviderFile, *, by: User, now: datetime) -> None:
    """Record what is new, in one statement; store second rows for what differs from the check.

    A code reported active though nobody has it is held, with one alert for the file. Preconditions:
    a transaction that has locked the provider's row and the file's.
    """
    _lock_pools(file)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"file": file.pk, "now": now})
        differing = [_verdict_of(Judged._make(found)) for found in cursor.fetchall()]
        store(file, differing, at_apply=True)
    _keep_apart(file, by=by, now=now)


def _keep_apart(file: ProviderFile, *, by: User, now: datetime) -> None:
    """Hold the codes reported active though nobody has them (docs/rules.md#states)."""
    active = _active_with_nobody(file)
    if not active:
        return
    free = Voucher.objects.filter(pk__in=active, state=VoucherState.AVAILABLE)
    held = holding.after_file(free, VoucherState.HELD, file=file, by=by, now=now)
    data = {"codes": len(active), "held": held}
    alerts.raise_alerts([Alert(kind=AlertKind.ACTIVE_WITH_NOBODY, file=file, data=data)], now=now)


def withdraw(file: ProviderFile, *, by: User, now: datetime) -> int:
    """Withdraw the activations of an applied file; what other files also reported stays in force.

    Preconditions: a transaction that has locked the provider's row and the file's, whose state
    already says that it is undone.
    """
    _lock_pools(file)
    reported = Activation.objects.standing().filter(file=file)
    hand_outs = list(reported.values_list("hand_out", flat=True))
    count = reported.update(withdrawn_at=now, withdrawn_by=by)
    with connection.cursor() as cursor:
        cursor.execute(REPORTED_BY_OTHERS, {"hand_outs": hand_outs, "now": now})
    _release(file, by=by, now=now)
    alerts.withdraw_of_file(file, by=by, now=now)
    return count


def _active_with_nobody(file: ProviderFile) -> list[int]:
    """The codes that this file reports active though nobody has them."""
    rows = file.rows.final().filter(outcome=RowOutcome.NOT_HANDED_OUT)
    return [pk for pk in rows.values_list("voucher", flat=True) if pk is not None]


def _release(file: ProviderFile, *, by: User, now: datetime) -> None:
    """Put back in stock what was held because of this file, unless a file not undone reports the
    same or somebody has held it by hand since."""
    vouchers = _active_with_nobody(file)
    others = ProviderFileRow.objects.filter(
        voucher__in=vouchers, outcome=RowOutcome.NOT_HANDED_OUT, file__state=FileState.APPLIED
    )
    also_reported = set(others.values_list("voucher", flat=True))
    held = Voucher.objects.held().filter(pk__in=[pk for pk in vouchers if pk not in also_reported])
    by_file = holding.last_held_by_file(held)
    holding.after_file(by_file, VoucherState.AVAILABLE, file=file, by=by, now=now)


def _lock_pools(file: ProviderFile) -> None:
    """Lock the pools whose free codes this file names, so that nobody hands out from them."""
    free = Voucher.objects.filter(
        pk__in=file.rows.values("voucher"), state__in=[VoucherState.AVAILABLE, VoucherState.HELD]
    )
    pools = Pool.objects.filter(pk__in=free.values("pool")).order_by("pk")
    list(pools.select_for_update(no_key=True, of=("self",)))


def _identified(file: ProviderFile, rows: Iterable[Row], after: int) -> Iterator[Identified]:
    """Each row after line `after` with fingerprints and day; earlier lines count for duplicates."""
    rule = rule_of(file.provider)
    received = brussels_day(file.uploaded_at)
    rows = map(_as_delivered, rows)
    seen: dict[bytes, int] = {}
    for row in rows:
        each = identify(row, column=file.provider.code_column, rule=rule)
        if each.verdict is None:
            each = _dated(each, received)
        each = once(each, seen)
        if row.line > after:
            yield each


def _as_delivered(row: Row) -> Row:
    """Without the apostrophes that our own lists put before anything like a formula."""
    if "'" not in "".join(row.values.values()):
        return row
    return replace(row, values={name: undefused(value) for name, value in row.values.items()})


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    """A file has few days and many rows. Only valid days are cached."""
    return parse_date(text)


def _dated(each: Identified, received: date) -> Identified:
    """The row, if its day can be read and is not after the day we received the file."""
    line = each.row.line
    try:
        day = _day(each.row.values[DATE])
    except ValueError as refused:
        return Identified(each.row, verdict=bad_row(line, str(refused)))
    if day <= received:
        return Identified(each.row, each.fingerprints, None, day)
    sentence = _("{day} ligt na de dag waarop we dit bestand kregen. Kijk de datum na.")
    detail = sentence.format(day=in_words(day))
    return Identified(each.row, verdict=Verdict(line, RowOutcome.IN_FUTURE, detail, on=day))


def _judge(provider: Provider, batch: Sequence[Identified]) -> list[Verdict]:
    judged = _judged(provider, [each for each in batch if each.verdict is None])
    return [each.verdict or judged.get(each.row.line) or _unknown(each) for each in batch]


def _judged(provider: Provider, batch: Sequence[Identified]) -> dict[int, Verdict]:
    """By line, those whose code belongs to this provider."""
    by_line = {each.row.line: each for each in batch}
    beside = {name for each in batch[:1] for name in each.row.values} - {provider.code_column, DATE}
    asked: dict[str, Any] = {
        "provider": provider.pk,
        "with_secret": bool(beside.intersection(provider.secret_columns)),
        **_asked(batch),
    }
    verdicts = {}
    with connection.cursor() as cursor:
        cursor.execute(JUDGE_BATCH, asked)
        for found in cursor.fetchall():
            judged = Judged._make(found[: len(Judged._fields)])
            verdicts[judged.line] = _verdict_of(judged)
            if beside:
                code = Code._make(found[len(Judged._fields) :])
                if other := _disagreeing(by_line[judged.line], code, provider):
                    verdicts[judged.line] = _other_details(judged, other)
    return verdicts


def _asked(batch: Sequence[Identified]) -> dict[str, str]:
    """Three parallel arrays: the line, a fingerprint of its code, the day. A row comes once per key
    of the ring; its code is stored under one of them."""
    asked = [(each, fingerprint) for each in batch for fingerprint in each.fingerprints]
    return {
        "lines": array(str(each.row.line) for each, _fingerprint in asked),
        "fingerprints": array(fingerprint.hex() for _each, fingerprint in asked),
        "days": array(each.on.isoformat() for each, _fingerprint in asked if each.on),
    }


def _unknown(each: Identified) -> Verdict:
    """A code of another provider, or of nobody: the reader cannot tell which."""
    sentence = _("We kennen deze code niet. Kijk ze na; klopt ze, meld het dan aan het ministerie.")
    return Verdict(each.row.line, RowOutcome.UNKNOWN_CODE, sentence)


def _other_details(judged: Judged, column: str) -> Verdict:
    """The code exists, but not with the fields beside it."""
    sentence = _(
        "Kolom '{column}' zegt iets anders dan wat bij deze code hoort. Kijk na of de "
        "kolommen niet verschoven zijn."
    )
    detail = sentence.format(column=column)
    return Verdict(judged.line, RowOutcome.OTHER_DETAILS, detail, voucher_id=judged.voucher_id)


def _disagreeing(each: Identified, code: Code, provider: Provider) -> str | None:
    """The first column that differs from what we know of this code."""
    values = each.row.values
    pool = values.get(POOL, "")
    if pool and pool.casefold() != code.pool.casefold():
        return POOL
    given = [column for column in provider.secret_columns if values.get(column)]
    if not given or not code.secret:  # of an erased code nothing is left to compare
        return None
    fields = codes.decrypt_code(
        code.secret, key_id=code.key_id, provider_id=provider.pk, fingerprint=code.fingerprint
    )
    return next((column for column in given if values[column] != fields.get(column)), None)


def _verdict_of(judged: Judged) -> Verdict:
    """What the database found for a row, with the sentence for it."""
    line, outcome, voucher_id, hand_out_id, on, since, known_on, known_file = judged
    detail = ""
    if outcome in SENTENCES:
        detail = _sentence(get_language(), outcome, on, since, known_on, known_file or "")
    return Verdict(line, OUTCOMES[outcome], detail, voucher_id, hand_out_id, on)


@lru_cache(maxsize=4096)
def _sentence(
    language: str,
    outcome: str,
    on: date,
    since: date | None,
    known_on: date | None,
    known_file: str,
) -> str:
    """The sentence for a row; a file has few different ones, and each costs as much as
    its look-up."""
    return SENTENCES[outcome]().format(
        on=in_words(on),
        since=in_words(since) if since else "",
        known_on=in_words(known_on) if known_on else "",
        file=shown_name(known_file),
    )


OUTCOMES: dict[str, RowOutcome] = {outcome.value: outcome for outcome in RowOutcome}
SENTENCES: dict[str, Callable[[], str]] = {
    RowOutcome.NOT_HANDED_OUT: lambda: _(
        "Deze code is nog aan niemand uitgereikt. Meld het aan het ministerie: we houden ze apart."
    ),
    RowOutcome.KNOWN: lambda: _("We wisten dit al, uit bestand {file}. Er verandert niets."),
    RowOutcome.OTHER_DATE: lambda: _(
        "We kenden deze code al als geactiveerd op {known_on}, uit bestand {file}. Die datum "
        "blijft staan. Klopt ze niet, maak dan dat bestand ongedaan en laad het verbeterd opnieuw."
    ),
    RowOutcome.BEFORE_HAND_OUT: lambda: _(
        "De activatie op {on} ligt voor de uitreiking op {since}. Kijk de datum na."
    ),
}
