"""XLSX that leaves: numbers are numbers, nothing runs, and everything can be read back."""

import re
import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from common.tables.xlsx_out import Column, Kind, Sheet, workbook

COLUMNS = [
    Column("naam", width=30), Column("aantal", Kind.COUNT), Column("graad", Kind.SHARE),
    Column("dag", Kind.DAY),
]  # fmt: skip
DAY = date(2020, 9, 14)
# What XML can hold and Excel keeps unchanged in one cell.
KEPT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def page(content: bytes, name: str = "Cijfers") -> Worksheet:
    return load_workbook(BytesIO(content))[name]


def value_of(cell: Cell | MergedCell) -> object:
    """The value of a cell; a datetime of openpyxl as the day it stands for."""
    return cell.value.date() if isinstance(cell.value, datetime) else cell.value


def written(*rows: list[object], totals: tuple[list[object], ...] = ()) -> bytes:
    return workbook(Sheet("Cijfers", COLUMNS, rows, totals))


def test_cells_are_what_their_column_says() -> None:
    sheet = page(written(["Vrije Basisschool", 47000, 0.1686, DAY], ["000018", None, None, DAY]))
    cells = [[(value_of(cell), cell.number_format) for cell in row] for row in sheet.iter_rows(2)]
    assert cells == [
        [("Vrije Basisschool", "@"), (47000, "#,##0"), (0.1686, "0.0%"), (DAY, "dd/mm/yyyy")],
        [("000018", "@"), (None, "General"), (None, "General"), (DAY, "dd/mm/yyyy")],
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d"]


def test_the_heading_stays_and_filters_the_rows_but_not_the_total() -> None:
    sheet = page(
        written(["a", 1, None, DAY], ["b", 2, None, DAY], totals=(["Totaal", 3, None, DAY],))
    )
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D3"
    assert [cell.value for cell in sheet[1]] == ["naam", "aantal", "graad", "dag"]
    assert [sheet.column_dimensions[name].width > 12 for name in "AB"] == [True, True]
    assert [row[0].font.b for row in sheet.iter_rows()] == [True, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "{=1}",
        "\t=1",
        "https://example.org",
        "mailto:a@example.org",
        "<b>vet</b>",
        "000018",
        "1e5",
        "",
        " spatie ",
    ],
)
def test_a_text_stays_a_text(text: str) -> None:
    content = written([text, 1, 0.5, DAY])
    assert page(content)["A2"].value == (text or None)
    inside = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<f>|<hyperlink", inside)


@given(KEPT)
@settings(max_examples=30)
def test_what_left_comes_back(text: str) -> None:
    cell = page(written([text, 1, 0.5, DAY]))["A2"]
    assert (cell.value or "", cell.data_type == "f") == (text, False)


def test_more_than_one_sheet_and_none_with_rows() -> None:
    content = workbook(
        Sheet("Cijfers", COLUMNS, []), Sheet("Toelichting", [Column("Wat")], [["x"]])
    )
    assert page(content).max_row == 1
    assert page(content, "Toelichting")["A2"].value == "x"
