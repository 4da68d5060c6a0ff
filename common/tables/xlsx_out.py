"""XLSX that leaves the portal: real numbers, shares and days, and no cell that runs.

Every cell is written as the type its column declares, so a text is never taken for a formula, a
link or a number (failure 14). XlsxWriter's constant memory puts rows in unnamed temporary files
until the workbook is closed: use it for figures, never for codes (rule 4).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
A4 = 9


class Kind(StrEnum):
    """The type of the cells of a column; Excel shows them in the format of the reader's country."""

    TEXT = "@"
    COUNT = "#,##0"
    SHARE = "0.0%"
    DAY = "dd/mm/yyyy"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the type of what is below it, and its width in characters."""

    name: str
    kind: Kind = Kind.TEXT
    width: int = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: rows under a heading that stays in view and can be filtered; totals, in bold, are
    not filtered."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]
    totals: Iterable[Sequence[object]] = ()


def workbook(*sheets: Sheet) -> bytes:
    """A workbook with these sheets, set up for A4 landscape."""
    content = BytesIO()
    with Workbook(content, OPTIONS) as book:
        for sheet in sheets:
            _write_sheet(book, book.add_worksheet(sheet.name), sheet)
    return content.getvalue()


def _write_sheet(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes(1, 0)
    page.set_paper(A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for n, column in enumerate(sheet.columns):
        page.set_column(n, n, column.width)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for n, column in enumerate(sheet.columns):
        page.write_string(0, n, column.name, heading)
    last = _write_rows(page, 0, sheet.rows, _writers(book, page, sheet.columns))
    page.autofilter(0, 0, last, len(sheet.columns) - 1)
    _write_rows(page, last, sheet.totals, _writers(book, page, sheet.columns, bold=True))


def _writers(
    book: Workbook, page: Worksheet, columns: Sequence[Column], *, bold: bool = False
) -> list[tuple[Callable[..., int], Any]]:
    """For each column the method that writes its cells, and their format."""
    methods = {Kind.TEXT: page.write_string, Kind.DAY: page.write_datetime}
    look = {"bold": bold, "valign": "top"}
    formats = {
        kind: book.add_format({**look, "num_format": kind.value, "text_wrap": kind == Kind.TEXT})
        for kind in Kind
    }
    return [(methods.get(each.kind, page.write_number), formats[each.kind]) for each in columns]


def _write_rows(
    page: Worksheet,
    above: int,
    rows: Iterable[Sequence[object]],
    writers: Sequence[tuple[Callable[..., int], Any]],
) -> int:
    """Write the rows under line `above`, None and "" as empty cells; returns the last line."""
    line = above
    for line, row in enumerate(rows, above + 1):
        for n, value in enumerate(row):
            if value is not None and value != "":
                write, cell_format = writers[n]
                write(line, n, value, cell_format)
    return line
