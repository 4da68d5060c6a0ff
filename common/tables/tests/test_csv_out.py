"""CSV that leaves: nothing runs, and everything can be read back."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tables.csv_out import csv_lines, csv_response, defused, undefused
from common.tables.reading import read_table


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("-12", "-12"),
        ("-12,50", "-12,50"),
        ("+32", "+32"),
        (-3, "-3"),
        (None, ""),
        (date(2020, 9, 14), "14/09/2020"),
        (datetime(2020, 9, 14, 22, 30, tzinfo=UTC), "15/09/2020 00:30"),
        ("<script>", "<script>"),
        ("AB-1", "AB-1"),
    ],
)
def test_a_cell_that_would_run_gets_an_apostrophe(value: object, cell: str) -> None:
    assert defused(value) == cell


@given(st.text() | st.text(alphabet="'=- \t1,", max_size=6))
def test_what_left_comes_back(text: str) -> None:
    assert undefused(defused(text)) == text


def test_an_export_is_read_again_as_it_was() -> None:
    rows = [("een; twee", "=1+1"), ('met "aanhaling"', "-5"), ("café", "'gewoon")]
    content = "".join(csv_lines(["naam", "waarde"], rows)).encode()
    table = read_table(content, needed={"naam": [], "waarde": []})
    read = [(row.values["naam"], undefused(row.values["waarde"])) for row in table.rows]
    assert read == rows


def test_a_download_is_kept_by_nobody() -> None:
    response = csv_response("lijst é.csv", ["a"], [["b"]])
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''lijst%20%C3%A9.csv"
    assert response.getvalue() == "\ufeffa\r\nb\r\n".encode()
