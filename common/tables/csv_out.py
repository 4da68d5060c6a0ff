"""CSV that leaves the portal: Belgian Excel opens it as it is, and no cell runs as a formula.

A text that a spreadsheet would take for a formula gets an apostrophe in front, which Excel and
LibreOffice hide or show but never run. `undefused` removes it, so that an export can be read back
(failures 14 and 26); a text that has such an apostrophe already gets one more. Plain numbers,
negative ones too, stay numbers.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from common.days import BRUSSELS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
BYTE_ORDER_MARK = "\ufeff"


def defused(value: object) -> str:
    """A cell as text that no spreadsheet runs. None becomes "", a day dd/mm/jjjj, a moment the same
    with its hour in Brussels."""
    if value is None:
        return ""
    if isinstance(value, datetime):  # which is a day too
        return f"{value.astimezone(BRUSSELS):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    if _would_run(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def undefused(text: str) -> str:
    """The text of a cell before `defused`."""
    return text[1:] if text.startswith("'") and _would_run(text[1:]) else text


def _would_run(text: str) -> bool:
    """Spreadsheets skip leading spaces; full-width characters count as their plain ones. Leading
    apostrophes are ignored, so that one can always be added and removed again."""
    return text.lstrip("'").lstrip(" \u00a0").startswith((*FORMULA_STARTS, "＝", "＋", "－", "＠"))


class _Echo:
    """A file whose `write` returns what it is given."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file, byte-order mark first; semicolons, as Excel in Belgium expects."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield BYTE_ORDER_MARK
    yield writer.writerow([defused(name) for name in header])
    for row in rows:
        yield writer.writerow([defused(value) for value in row])


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download that no cache keeps, written while it is sent."""
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers=download_headers(name),
    )


def download_headers(name: str) -> dict[str, str]:
    """The headers of a download with this file name, which no cache may keep."""
    return {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "no-store",
    }
