"""What the checks of both kinds of provider file share: verdicts, storing them, texts.

A verdict never holds a code: it names a line, its outcome and the sentence for the reader.

Tested in `vouchers.actions.files.tests.test_code_files`,
`vouchers.actions.files.tests.test_activation_files`,
`vouchers.actions.upkeep.tests.test_key_rotation`.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.utils.translation import gettext as _

from common.tables.table import Row
from vouchers import codes
from vouchers.models import Provider, ProviderFile, Voucher
from vouchers.states import RowOutcome

BATCH = 5000
NAME_SHOWN = 80
# How the code in our own example starts; refused by content.
EXAMPLE = "VOORBEELD"

# After the file and the moment of judging come the fields of a verdict, in their order.
COPY_ROWS = """
COPY vouchers_providerfilerow
    (file_id, at_apply, line, outcome, detail, voucher_id, hand_out_id, "on")
FROM STDIN
"""

T = TypeVar("T")


class Verdict(NamedTuple):
    """The outcome of a line of a file. `detail` is the sentence, "" when the outcome says
    it all."""

    line: int
    outcome: RowOutcome
    detail: str = ""
    voucher_id: int | None = None
    hand_out_id: int | None = None
    on: date | None = None


class Identified(NamedTuple):
    """A row with its code's fingerprints (and its day), or with a verdict when it cannot be used.

    A code in the database may have any of these fingerprints; one loaded now gets the first.
    """

    row: Row
    fingerprints: tuple[bytes, ...] = ()
    verdict: Verdict | None = None
    on: date | None = None


def rule_of(provider: Provider) -> codes.CodeRule:
    """How this provider's codes are compared."""
    return codes.CodeRule(
        provider_id=provider.pk,
        case_matters=provider.case_matters,
        ignored_characters=provider.ignored_characters,
    )


def identify(row: Row, *, column: str, rule: codes.CodeRule) -> Identified:
    """Find the fingerprints of a row's code; a row without a readable code gets its verdict."""
    problem = row.problem or _problem_of_code(row.values[column], column)
    if problem:
        return Identified(row, verdict=bad_row(row.line, problem))
    fingerprints = codes.fingerprints(row.values[column], rule)
    if not fingerprints:
        return Identified(row, verdict=bad_row(row.line, _no_code(column)))
    return Identified(row, fingerprints)


def check_ring(provider: Provider) -> None:
    """Refuse to say that a code is absent when it may be there under a key that we lack.

    Call it after the look-up whose answer it guards: what was rotated before that look-up is seen
    here. Examines all codes of the provider: once per file. Raises CodeUnreadable.
    """
    others = Voucher.objects.exclude(fingerprint_key_id__in=codes.fingerprint_keys())
    if others.filter(provider=provider).exists():
        raise codes.CodeUnreadable("codes are kept under a fingerprint key that is not in the ring")


def bad_row(line: int, problem: str) -> Verdict:
    """A line that cannot be used as it is."""
    return Verdict(line, RowOutcome.BAD_ROW, problem)


def once(each: Identified, seen: dict[bytes, int]) -> Identified:
    """The row, or its verdict when an earlier line holds the same code. `seen`: the first line of
    each code, updated here."""
    if each.verdict:
        return each
    line = each.row.line
    first = seen.setdefault(each.fingerprints[0], line)
    return each if first == line else Identified(each.row, verdict=_double(line, first))


def _double(line: int, first: int) -> Verdict:
    sentence = _("Deze code staat ook op regel {line} van dit bestand. Die eerste regel telt.")
    return Verdict(line, RowOutcome.DOUBLE_IN_FILE, sentence.format(line=first))


def _problem_of_code(code: str, column: str) -> str:
    if not code:
        return _no_code(column)
    if code.upper().startswith(EXAMPLE):
        return _("Dit is de voorbeeldrij uit onze uitleg. Laat ze weg.")
    if "E+" in code and code.replace(",", ".").replace("E+", "").replace(".", "").isdigit():
        return _(
            "Excel heeft deze code als getal ingekort. Geef de kolom de opmaak Tekst, haal de "
            "codes opnieuw op en bewaar het bestand opnieuw."
        )
    return ""


def _no_code(column: str) -> str:
    return _("In kolom '{column}' staat geen code. Vul ze in of laat de regel weg.").format(
        column=column
    )


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def array(texts: Iterable[str]) -> str:
    """Texts without quotes, commas or braces as an array literal, which PostgreSQL parses many
    times faster than the list of constants that psycopg2 makes of a list."""
    return "{" + ",".join(texts) + "}"


def columns(names: Iterable[str]) -> str:
    """A select list, so that rows have the order of the tuple they are read into."""
    return ", ".join(f'"{name}"' for name in names)


def store(file: ProviderFile, verdicts: Sequence[Verdict], *, at_apply: bool = False) -> None:
    """Write verdicts as rows, in one COPY. Fails as a whole when a line already has one."""
    if verdicts:
        copy(COPY_ROWS, verdicts, prefix=(file.pk, at_apply))


def copy(
    statement: str, rows: Iterable[Sequence[object]], *, prefix: Sequence[object] = ()
) -> None:
    """Write rows through COPY … FROM STDIN (text format); bytes become bytea, None becomes NULL."""
    # Django wraps the errors of calls it knows, and COPY is not one of them.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(statement, copied(rows, prefix=prefix))


def copied(rows: Iterable[Sequence[object]], *, prefix: Sequence[object] = ()) -> io.StringIO:
    """Rows as COPY reads them, all with the same leading values."""
    start = _copied(prefix)
    return io.StringIO("".join("\t".join(start + _copied(row)) + "\n" for row in rows))


COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})
TO_ESCAPE = re.compile(r"[\\\t\n\r\0]")


def _text(value: str) -> str:
    return value.translate(COPY_ESCAPES) if TO_ESCAPE.search(value) else value


# By type, since there are millions of values; anything else is made a text first.
AS_COPIED: dict[type, Callable[[Any], str]] = {
    type(None): lambda nothing: r"\N",
    bool: str,
    bytes: lambda value: r"\\x" + value.hex(),
    date: date.isoformat,
    int: str,
    RowOutcome: _text,
    str: _text,
}


def _copied(row: Sequence[object]) -> list[str]:
    return [AS_COPIED.get(type(value), _written)(value) for value in row]


def _written(value: object) -> str:
    return _text(str(value))


def shown_name(name: str) -> str:
    """A file's name as shown in a sentence: no longer than needed to recognise it."""
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"
