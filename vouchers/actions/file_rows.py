"""What the checks of both kinds of provider files share: verdicts, the way they are stored, texts.

A verdict never holds a code: it names a line, what it comes to and the sentence for the reader.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar

from django.db import connection
from django.utils.translation import gettext as _

from voucherportal.tabular import Row
from vouchers import codes
from vouchers.models import Provider, ProviderFile
from vouchers.states import Outcome

BATCH = 1000
NAME_SHOWN = 80
# What the code of the example in our own explanation begins with; refused by content.
EXAMPLE = "VOORBEELD"

COPY_ROWS = """
COPY vouchers_providerfilerow
    (file_id, line, outcome, detail, voucher_id, hand_out_id, "on", at_apply)
FROM STDIN
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line of a file comes to. `detail` is the sentence, "" when the outcome says it all."""

    line: int
    outcome: Outcome
    detail: str = ""
    voucher_id: int | None = None
    hand_out_id: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """A row with its code's fingerprint (and its day), or with a verdict when it cannot get on."""

    row: Row
    fingerprint: bytes = b""
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
    """Find the fingerprint of a row's code; a row without a readable code gets its verdict."""
    problem = row.problem or _problem_of_code(row.values[column], column)
    if problem:
        return Identified(row, verdict=bad_row(row.line, problem))
    mark = codes.fingerprint(row.values[column], rule)
    if not mark:
        return Identified(row, verdict=bad_row(row.line, _no_code(column)))
    return Identified(row, mark)


def bad_row(line: int, problem: str) -> Verdict:
    """A line that cannot be used as it stands."""
    return Verdict(line, Outcome.BAD_ROW, problem)


def double(line: int, first: int) -> Verdict:
    """A code that stands in this file already."""
    sentence = _("Deze code staat ook op regel {line} van dit bestand. Die eerste regel telt.")
    return Verdict(line, Outcome.DOUBLE_IN_FILE, sentence.format(line=first))


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


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in lists of at most `size`, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def store(file: ProviderFile, verdicts: Sequence[Verdict], *, at_apply: bool = False) -> None:
    """Write verdicts as rows, in one COPY. A line that has one already makes it fail as a whole."""
    if not verdicts:
        return
    copy(
        COPY_ROWS,
        (
            (v.line, v.outcome.value, v.detail[:500], v.voucher_id, v.hand_out_id, v.on, at_apply)
            for v in verdicts
        ),
        prefix=(file.pk,),
    )


def copy(
    statement: str, rows: Iterable[Sequence[object]], *, prefix: Sequence[object] = ()
) -> None:
    """Write rows through COPY … FROM STDIN (text format); bytes become bytea, None becomes NULL."""
    # Django wraps the errors of what it knows, and COPY is not among it.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(statement, copied(rows, prefix=prefix))


def copied(rows: Iterable[Sequence[object]], *, prefix: Sequence[object] = ()) -> io.StringIO:
    """Rows as COPY reads them, each with the same values in front."""
    start = [_copied(value) for value in prefix]
    return io.StringIO("".join("\t".join([*start, *map(_copied, row)]) + "\n" for row in rows))


COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _copied(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return r"\\x" + value.hex()
    if isinstance(value, str):
        return value.replace("\0", "").translate(COPY_ESCAPES)
    return str(value)


def shown_name(name: str) -> str:
    """A file's name as a sentence shows it: no longer than needed to recognise it."""
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"
