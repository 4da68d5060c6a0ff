"""A second format, read with a library that only tests have: shows that a reader does not depend on
who wants the rows."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO, StringIO

from openpyxl import load_workbook

from common.tables.headings import Wanted
from common.tables.signatures import SPREADSHEET, kind_of
from common.tables.table import Record
from common.tables.xlsx_out import Column, Sheet, workbook


class XlsxRecords:
    """The rows of the first sheet, by the numbers that Excel shows beside them."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[Record]:
        sheet = load_workbook(BytesIO(self._content), read_only=True).worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_text(cell) for cell in cells]


def recognises(content: bytes) -> bool:
    return kind_of(content) == SPREADSHEET


def read(content: bytes, wanted: Wanted) -> XlsxRecords:
    return XlsxRecords(content)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def as_xlsx(content: bytes) -> bytes:
    """A CSV with semicolons as it would be saved from Excel, every cell a text."""
    heading, *rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=None), delimiter=";")
    return workbook(Sheet("Lijst", [Column(name) for name in heading], rows))
