"""CSV that leaves the portal: Belgian Excel opens it as it is, no cell of it runs as a formula.

A text that a spreadsheet would take for a formula gets an apostrophe in front, which Excel and
LibreOffice hide or show but never run; `undefused` takes it off again, so that what was exported
can be read back (failures 14 and 26): a text that has such an apostrophe itself gets one more.
Plain numbers, negative ones too, stay numbers.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
BYTE_ORDER_MARK = "\ufeff"


def defused(value: object) -> str:
    """A cell as text that no spreadsheet runs. None is "", a day dd/mm/jjjj."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    if _would_run(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def undefused(text: str) -> str:
    """What stood in a cell before `defused`."""
    return text[1:] if text.startswith("'") and _would_run(text[1:]) else text


def _would_run(text: str) -> bool:
    """Spreadsheets look past spaces; full-width signs count as the plain ones. Apostrophes in front
    do not count, so that one can always be added and taken off."""
    return text.lstrip("'").lstrip(" \u00a0").startswith((*FORMULA_STARTS, "＝", "＋", "－", "＠"))


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file, the byte-order mark first; semicolons, as Excel in Belgium expects."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield BYTE_ORDER_MARK
    yield writer.writerow([defused(name) for name in header])
    for row in rows:
        yield writer.writerow([defused(value) for value in row])


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download that nobody keeps on the way, written while it is read."""
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers=download_headers(name),
    )


def download_headers(name: str) -> dict[str, str]:
    """The headers of a file that is kept under this name, and by nobody on the way."""
    return {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "no-store",
    }
