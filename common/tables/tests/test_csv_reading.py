"""Files as Belgian Excel, LibreOffice, mainframes and scripts write them."""

import csv
import io
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.refused import Refused
from common.tables import csv_reading
from common.tables.headings import Wanted
from common.tables.reading import read_table
from common.tables.table import Row
from common.tables.tests.read import NEEDED, OPTIONAL, Cells, read, refusal, rows

WANTED = Wanted(NEEDED, OPTIONAL)

# Whole files that are no table


@pytest.mark.parametrize("content", [b"", b"  \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refusal(content) == "Dit bestand is leeg. Kies het bestand met de lijst."


@pytest.mark.parametrize("content", ["code;datum", "code;datum\n", "code;datum\r\n;\r\n;;\r\n"])
def test_only_a_header_is_refused(content: str) -> None:
    assert refusal(content).startswith("In dit bestand staat alleen een kopregel")


@pytest.mark.parametrize(
    "content",
    [
        "code;datum\nA1;x\n".encode("utf-16-le"),
        "code;datum\nA1;x\n".encode("utf-32"),
        b"code;datum\nA\x001;x\n",
        b"\xff\xfec\x00o\x00d",
        b"\xef\xbb\xbfcode;datum\nA\xff;x\n",
        b"code;datum\n\x81\x8d;x\n",
    ],
)
def test_unreadable_characters_are_refused(content: bytes) -> None:
    assert refusal(content).startswith("We kunnen de tekens in dit bestand niet lezen.")


def test_an_endless_line_is_refused() -> None:
    assert refusal("code;datum\nA;" + "x" * 1_000_000).startswith("Regel 2 is te lang")


# Rows


def test_a_quote_that_never_closes_is_refused_with_its_line() -> None:
    assert refusal('code;datum\nA1;x\n"A2;y\nA3;z\n').startswith(
        'Op regel 3 begint een aanhalingsteken (") dat nergens sluit.'
    )


def test_a_quote_that_never_closes_in_a_long_file_is_refused_with_its_line() -> None:
    assert refusal('code;datum\n"A1;x\n' + "A2;y\n" * 50_000).startswith("Op regel 2 begint")


def test_many_broken_quotes_do_not_take_quadratic_time() -> None:
    content = "code;datum\n" + 'x";"\n' * 100_000 + 'y"z\n'
    assert refusal(content).startswith("Op regel 2 begint een aanhalingsteken")


def test_a_misplaced_quote_costs_one_row_and_not_those_below_it() -> None:
    content = 'code;datum\nA1;x\n"A2;y\nA3;z\n"A4"";w\nA5;"v"\n"A6"x;u\nA7;t\n'
    found = rows(content + '"A8";s\n')
    assert [(row.line, row.values.get("code")) for row in found] == [
        (2, "A1"),
        (3, None),
        (4, "A3"),
        (5, None),
        (6, "A5"),
        (7, None),
        (8, "A7"),
        (9, "A8"),
    ]
    assert rows('code;datum\nA1;d\n"A2"x;d')[1].line == 3
    assert {row.problem for row in found if not row.values} == {
        "Op deze regel staat een aanhalingsteken verkeerd."
    }


# Delimiters and encodings


@pytest.mark.parametrize("delimiter", list(";,\t|"))
def test_delimiters_are_found_outside_quotes(delimiter: str) -> None:
    header = delimiter.join(["code", '"naam;a,b\tc|d;e,f"', "datum"])
    body = delimiter.join(["A1", '";;,,\t\t||"', "d"])
    content = f"{header}\n{body}\n"
    assert csv_reading.read(content.encode(), WANTED).delimiter == delimiter
    assert rows(content) == [Row(2, {"code": "A1", "on": "d"})]


def test_a_single_column_keeps_commas_and_pipes() -> None:
    table = read_table(b"code\nA,1|2\n", needed={"code": []})
    assert [row.values for row in table.rows] == [{"code": "A,1|2"}]


@pytest.mark.parametrize("first", ["sep=,", '"sep=,"', "SEP=,"])
def test_the_separator_line_of_excel_is_obeyed(first: str) -> None:
    table = read(f"{first}\r\ncode,datum\r\nA;1,d\r\n")
    assert list(table.rows) == [Row(3, {"code": "A;1", "on": "d"})]


def test_spaces_before_quotes_are_no_content() -> None:
    assert rows('code, datum\n"A1", "d, e"\n') == [Row(2, {"code": "A1", "on": "d, e"})]


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_encodings_are_recognised(encoding: str, mark: bytes, name: str) -> None:
    content = mark + "code;datum\né€;œ\n".encode(encoding)
    assert csv_reading.read(content, WANTED).encoding == name
    assert [row.values for row in rows(content)] == [{"code": "é€", "on": "œ"}]


# Generated files

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
WINDOWS = bytes(c for c in range(1, 256) if c not in b"\x81\x8d\x8f\x90\x9d").decode("cp1252")
ENDS = ["\n", "\r\n", "\r"]


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[Cells]:
    return st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8)


def written(cells: Cells, delimiter: str, end: Callable[[], str]) -> tuple[str, list[Row]]:
    """The file, every cell quoted, and the rows it should give."""
    text, expected = "", []
    for record in [["code", "naam", "datum"], *cells]:
        line = len(re.findall(r"\r\n|\r|\n", text)) + 1
        buffer = io.StringIO(newline="")
        csv.writer(
            buffer, delimiter=delimiter, lineterminator=end(), quoting=csv.QUOTE_ALL
        ).writerow(record)
        text += buffer.getvalue()
        if any(cell.strip() for cell in record):
            expected.append(Row(line, {"code": record[0].strip(), "on": record[2].strip()}))
    return text, expected[1:]


def check(content: bytes, expected: list[Row]) -> None:
    if expected:
        assert rows(content) == expected
    else:
        assert refusal(content).startswith("In dit bestand staat alleen een kopregel")


@settings(deadline=None)
@given(
    tables(CELL),
    st.sampled_from(";,\t|"),
    st.data(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_back_with_its_lines(
    cells: Cells, delimiter: str, data: st.DataObject, encoding: str
) -> None:
    text, expected = written(cells, delimiter, lambda: data.draw(st.sampled_from(ENDS)))
    check(text.encode(encoding), expected)


@settings(deadline=None)
@given(tables(st.text(WINDOWS, max_size=12)), st.sampled_from(";,\t|"), st.sampled_from(ENDS))
def test_windows_1252_is_read_back(cells: Cells, delimiter: str, end: str) -> None:
    text, expected = written(cells, delimiter, lambda: end)
    content = text.encode("cp1252")
    assume(text.isascii() or not _is_utf8(content))
    check(content, expected)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(deadline=None)
@given(tables(CELL), st.sampled_from(";,\t|"))
def test_what_excel_writes_with_few_quotes_is_read_back(cells: Cells, delimiter: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([["code", "naam", "datum"], *cells])
    _text, expected = written(cells, delimiter, lambda: "\r\n")
    check(buffer.getvalue().encode(), expected)


@settings(deadline=None)
@given(st.sampled_from([b"", b"code;datum\n", b"\xef\xbb\xbfcode,datum\r", b"\xff\xfe"]), st.data())
def test_arbitrary_bytes_are_read_or_refused(start: bytes, data: st.DataObject) -> None:
    pieces = st.one_of(st.binary(max_size=40), st.sampled_from([b'"', b'x";"\n', b'"\r\n"', b";"]))
    content = start + b"".join(data.draw(st.lists(pieces, max_size=12)))
    with suppress(Refused):
        table = read(content)
        assert len([row for row in table.rows if row.values or row.problem]) == len(table)
