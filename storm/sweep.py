"""After the storm: what must be true of every code, according to the database and to those who saw
codes.

Each check counts what should not exist. The controls of `storm.controls` prove that the checks find
it when it does.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from storm.ledger import Ledger, Seen
from vouchers import books, codes
from vouchers.models import Reveal, Voucher


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not exist, and how many of it there are."""

    what: str
    count: int

    def __str__(self) -> str:
        return f"{self.what}: {self.count}"


# These read the rows themselves, so that they also work when a constraint is gone.
WITH_TWO = """
SELECT count(*) FROM (
    SELECT {column} FROM vouchers_handout WHERE ended_at IS NULL
    GROUP BY {column} HAVING count(*) > 1
) twice
"""
# A code that somebody saw stays with the organisation that saw it.
TWO_ORGANISATIONS = """
SELECT count(*) FROM (
    SELECT voucher_id FROM vouchers_reveal WHERE organisation_id IS NOT NULL
    GROUP BY voucher_id HAVING count(DISTINCT organisation_id) > 1
) twice
"""
# By the membership of the person who saw it, not by what the reveal itself says.
WRONG_EYES = """
SELECT count(*) FROM vouchers_reveal reveal
JOIN vouchers_handout bond ON bond.id = reveal.hand_out_id
JOIN vouchers_pupilline line ON line.id = bond.line_id
WHERE reveal.organisation_id IS DISTINCT FROM line.organisation_id
OR NOT EXISTS (
    SELECT 1 FROM accounts_membership member
    WHERE member.user_id = reveal.revealed_to_id AND member.organisation_id = line.organisation_id
)
"""
SEEN_NOT_RECORDED = """
SELECT count(*) FROM vouchers_handout bond
WHERE (bond.revealed_at IS NOT NULL)
    <> EXISTS (SELECT 1 FROM vouchers_reveal reveal WHERE reveal.hand_out_id = bond.id)
"""
UNFINISHED = """
SELECT (SELECT count(*) FROM vouchers_job WHERE state IN ('QUEUED', 'RUNNING', 'FAILED'))
    + (SELECT count(*) FROM vouchers_providerfile WHERE state IN ('RECEIVED', 'CHECKED', 'REFUSED'))
"""
MAILS_NOT_SENT = "SELECT count(*) FROM vouchers_mail WHERE state NOT IN ('SENT', 'DROPPED')"
# Everybody of an organisation gets one mail for each moment at which it got codes.
NOT_TOLD_ONCE = """
SELECT count(*) FROM (
    SELECT DISTINCT line.request_id, bond.handed_out_at, member.user_id
    FROM vouchers_handout bond JOIN vouchers_pupilline line ON line.id = bond.line_id
    JOIN accounts_membership member ON member.organisation_id = line.organisation_id
) due
WHERE 1 <> (
    SELECT count(*) FROM vouchers_mail mail
    WHERE mail.kind = 'CODES_READY' AND mail.request_id = due.request_id
        AND mail.recipient_id = due.user_id AND mail.created_at = due.handed_out_at
)
"""
WITH_HISTORY = r"""
SELECT relname, tgargs FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE tgname = 'history_insert' ORDER BY relname
"""
# The last event of a row is the row (history.models.HistoryEvent).
DOES_NOT_FOLD = """
SELECT count(*) FROM (
    SELECT DISTINCT ON ("row") "row", operation, data FROM history_historyevent
    WHERE "table" = %s ORDER BY "row", id DESC
) last FULL JOIN (SELECT r.id, to_jsonb(r) - %s::text[] AS data FROM {table} r) today
    ON today.id = last."row"
WHERE last."row" IS NULL OR (today.id IS NULL) <> (last.operation = 'D')
    OR today.data IS DISTINCT FROM last.data AND last.operation <> 'D'
"""
NOT_BORN_ONCE = """
SELECT count(*) FROM (
    SELECT "row" FROM history_historyevent WHERE "table" = %s
    GROUP BY "row" HAVING count(*) FILTER (WHERE operation = 'I') <> 1
) odd
"""
Count = Callable[[], int]


def sweep(loaded: Collection[str], ledger: Ledger, *, worked: bool = True) -> list[Finding]:
    """Every check with what it found. loaded: the identifiers that were loaded; ledger: what the
    clients were told; worked: a worker was there to do the jobs that they left to it."""
    checks = of_codes(loaded, ledger) | (of_work() if worked else {})
    return [Finding(what, counted()) for what, counted in checks.items()]


def of_codes(loaded: Collection[str], ledger: Ledger) -> dict[str, Count]:
    """Not given twice, not lost, not seen by the wrong person; and history agrees."""
    return {
        "codes at two pupils": lambda: count(WITH_TWO.format(column="voucher_id")),
        "pupils with two codes": lambda: count(WITH_TWO.format(column="line_id")),
        "codes lost or from nowhere": lambda: len(set(loaded) ^ identifiers()),
        "codes loaded twice": lambda: Voucher.objects.count() - len(loaded),
        "rules of the books that do not hold": books_off,
        "codes seen by two organisations": lambda: count(TWO_ORGANISATIONS),
        "reveals to who does not work there": lambda: count(WRONG_EYES),
        "seen without a reveal, or a reveal unseen": lambda: count(SEEN_NOT_RECORDED),
        "codes that two pupils were shown": lambda: shown_to_two(ledger.seen),
        "reveals that were shown and not kept": lambda: not_kept(ledger.seen),
        "hand-outs that were told and not kept": lambda: promised(ledger),
        "codes shown to another organisation": lambda: ledger.leaks,
        "rows that their history does not come to": lambda: over_history(does_not_fold),
        "rows that history saw born twice or never": lambda: over_history(not_born_once),
    }


def of_work() -> dict[str, Count]:
    """Everything that was left to a worker was done, once."""
    return {
        "jobs and files that did not end well": lambda: count(UNFINISHED),
        "mails that did not leave": lambda: count(MAILS_NOT_SENT),
        "people not told exactly once of their codes": lambda: count(NOT_TOLD_ONCE),
    }


def count(statement: str, parameters: Iterable[Any] = ()) -> int:
    """The number that a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        ((number,),) = cursor.fetchall()
    return int(number)


def identifiers() -> set[str]:
    """The identifier of every code there is, decrypted one by one."""
    found = set()
    vouchers = Voucher.objects.select_related("provider").only(
        "secret", "key_id", "fingerprint", "provider__code_column"
    )
    for voucher in vouchers.iterator(chunk_size=2000):
        fields = codes.decrypt_voucher(voucher)
        found.add(fields[voucher.provider.code_column])
    return found


def books_off() -> int:
    """Rules of the books that are broken, over all pools, plus requests that are counted wrong."""
    return sum(len(pool.off) for pool in books.balance()) + books.miscounted_requests()


def shown_to_two(seen: Iterable[Seen]) -> int:
    """Identifiers that were shown for more than one pupil."""
    lines = defaultdict(set)
    for each in seen:
        lines[each.identifier].add(each.line)
    return sum(len(pupils) > 1 for pupils in lines.values())


def not_kept(seen: Iterable[Seen]) -> int:
    """Codes that were shown to somebody without a record in the database."""
    recorded = set(Reveal.objects.values_list("hand_out", "revealed_to"))
    return len({(each.hand_out, each.by) for each in seen} - recorded)


def promised(ledger: Ledger) -> int:
    """Codes that an officer was told were handed out, but that were not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line.request_id, count(*) FROM vouchers_handout bond"
            " JOIN vouchers_pupilline line ON line.id = bond.line_id GROUP BY line.request_id"
        )
        kept = dict(cursor.fetchall())
    return sum(max(0, told - kept.get(pk, 0)) for pk, told in ledger.handed_out.items())


def over_history(check: Callable[[str, list[str]], int]) -> int:
    """Sum a check over every table with a history; it gets the columns that history leaves out."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_HISTORY)
        tables = cursor.fetchall()
    return sum(check(name, _excluded(bytes(arguments))) for name, arguments in tables)


def does_not_fold(table: str, excluded: list[str]) -> int:
    """Rows that differ from the last event of their history."""
    return count(DOES_NOT_FOLD.format(table=table), [table, excluded])


def not_born_once(table: str, excluded: list[str]) -> int:
    """Rows whose history does not have exactly one beginning."""
    return count(NOT_BORN_ONCE, [table])


def _excluded(arguments: bytes) -> list[str]:
    """The columns in the argument of a history trigger: `{a,b}` and a zero byte."""
    return re.findall(r"\w+", arguments.decode())
