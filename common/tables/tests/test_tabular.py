"""Files as Belgian Excel, LibreOffice, mainframes and scripts write them."""

import csv
import io
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.tables import tabular
from common.tables.tabular import Row, Table, TableRefused, parse_date, read_column, read_table

NEEDED = {"code": ["code", "voucher code"], "on": ["datum", "geactiveerd op"]}
OPTIONAL = {"note": ["opmerking"]}
Cells = list[list[str]]


def read(content: bytes | str, *, max_rows: int = 1000) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return read_table(raw, needed=NEEDED, optional=OPTIONAL, max_rows=max_rows)


def refusal(content: bytes | str, *, max_rows: int = 1000) -> str:
    with pytest.raises(TableRefused) as caught:
        read(content, max_rows=max_rows)
    return caught.value.message


def rows(content: bytes | str) -> list[Row]:
    return list(read(content).rows)


# Headings


def test_headings_are_found_without_case_accents_spaces_underscores_dashes() -> None:
    table = read("VOUCHER_Code;Géactiveerd-op;Opmerking ;naam\nA1;14/09/2020;ok;Jan Peeters\n")
    assert list(table.rows) == [Row(2, {"code": "A1", "on": "14/09/2020", "note": "ok"})]
    assert table.columns == ("code", "on", "note")
    assert (table.encoding, table.delimiter, len(table)) == ("utf-8", ";", 1)


def test_rows_can_be_walked_twice() -> None:
    table = read("code;datum\nA1;x\n\n;\nA2;y\n")
    assert list(table.rows) == list(table.rows)
    assert [row.line for row in table.rows] == [2, 5]


def test_a_missing_column_names_it_and_those_that_are_there() -> None:
    assert refusal("code;Naam;E-mail adres\nA1;x;y\n") == (
        "We vinden kolom 'datum' niet in dit bestand. "
        "Deze kolommen staan er wel in: 'code', 'naam', 'e-mailadres'."
    )


@pytest.mark.parametrize(
    ("header", "hidden"),
    [
        ("code;XK4T", "en nog 1 kolom die we niet tonen: misschien is het een code."),
        (
            "code;XK4T-B7QW;;zomerzon",
            "en nog 2 kolommen die we niet tonen: misschien zijn het codes.",
        ),
    ],
)
def test_columns_we_do_not_know_are_counted(header: str, hidden: str) -> None:
    assert refusal(f"{header}\n") == (
        "We vinden kolom 'datum' niet in dit bestand. "
        "Begint het bestand met een regel met de namen van de kolommen? "
        f"Deze kolommen staan er wel in: 'code', {hidden}"
    )


def test_missing_columns_name_them_all() -> None:
    assert refusal("naam\nJan\n").startswith("We vinden de kolommen 'code', 'datum' niet")


@pytest.mark.parametrize(
    "first",
    [
        "ABCD-1234;14/09/2020",
        "QWERTYUI;ASDFGHJK",
        "XK4T-B7QW;zomerzon",
        "geheim99;x1",
        '"ABCD-1234"',
    ],
)
def test_a_file_without_header_does_not_show_its_codes(first: str) -> None:
    second = first.translate(str.maketrans("ABCDEFGHQWR", "ZXCVBNMLKJH"))
    message = refusal(f"{first}\n{second}\n{second}\n")
    assert message == (
        "We vinden de kolommen 'code', 'datum' niet in dit bestand. "
        "Begint het bestand met een regel met de namen van de kolommen?"
    )


WORDS = ["zomerzon", "Paardenbloem", "winter koning", "appelboom", "vlinder", "fiets-bel"]
SECRETS = st.one_of(
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ-", min_size=4, max_size=20),
    st.text("abcdefghijkmnpqrstuvwxyz23456789", min_size=4, max_size=20),
    st.sampled_from(WORDS),
).filter(lambda secret: secret not in tabular.USUAL_HEADINGS)


@settings(deadline=None)
@given(
    st.lists(st.lists(SECRETS, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(";,\t|"),
    st.booleans(),
)
def test_no_refusal_holds_anything_of_the_file(
    cells: Cells, delimiter: str, ends_known: bool
) -> None:
    """The same words whatever the secrets are, also of one line, also beside a known heading."""
    tail = ["opmerking"] if ends_known else []
    text = "\n".join(delimiter.join([*row, *tail]) for row in cells)
    other = "\n".join(delimiter.join(["x0" for _cell in row] + tail) for row in cells)
    assert refusal(text) == refusal(other)


def test_the_same_column_twice_is_refused() -> None:
    assert refusal("code;datum;Voucher-code\nA1;x;A2\n") == (
        "Kolom 'code' staat meer dan één keer in dit bestand. Laat er één staan."
    )


def test_unknown_and_empty_headings_may_repeat() -> None:
    assert rows("code;datum;x;x;;\nA1;d;1;2;;\n") == [Row(2, {"code": "A1", "on": "d"})]


# Whole files that are no table


@pytest.mark.parametrize("content", [b"", b"  \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refusal(content) == "Dit bestand is leeg. Kies het bestand met de lijst."


@pytest.mark.parametrize("content", ["code;datum", "code;datum\n", "code;datum\r\n;\r\n;;\r\n"])
def test_only_a_header_is_refused(content: str) -> None:
    assert refusal(content).startswith("In dit bestand staat alleen een kopregel")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "een afbeelding"),
        (b"\xff\xd8\xff\xe0", "een afbeelding"),
        (b"%PDF-1.7\n", "een PDF"),
        (b"PK\x03\x04 letters.txt", "een zip-bestand"),
        (b"{\\rtf1 code;datum}", "een tekstdocument"),
    ],
)
def test_another_kind_of_file_is_named(content: bytes, what: str) -> None:
    assert refusal(content) == (
        f"Dit is geen CSV maar {what}. Bewaar de lijst als CSV en kies dat bestand."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\x00[Content_Types].xml",
        b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel",
    ],
)
def test_a_spreadsheet_is_refused_with_the_way_out(content: bytes) -> None:
    assert refusal(content).startswith("Dit lijkt een Excel-bestand, geen CSV. Open het en bewaar")


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


def test_more_than_20_mb_is_refused() -> None:
    assert refusal(b"x" * (tabular.MAX_UPLOAD_BYTES + 1)).startswith("Dit bestand is groter dan 20")


def test_too_many_rows_are_refused_and_the_limit_itself_is_not() -> None:
    content = "code;datum\n" + "A;x\n" * 1000
    assert len(read(content)) == 1000
    assert refusal(content + "A;x\n") == (
        "Dit bestand telt meer dan 1.000 rijen. "
        "Splits het in kleinere bestanden en laad ze na elkaar."
    )


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


def test_a_row_with_too_many_or_too_few_cells_is_a_problem_and_the_others_go_on() -> None:
    first, second, third = rows("code;x;datum\nA1;1;2;3\nA2;1\nA3;1;d\n")
    assert first == Row(
        2,
        {},
        "Deze regel heeft te veel cellen: 4 in plaats van 3. Er is niets van overgenomen.",
    )
    assert second == Row(
        3,
        {},
        "Deze regel heeft te weinig cellen: 2 in plaats van 3. Er is niets van overgenomen.",
    )
    assert third == Row(4, {"code": "A3", "on": "d"})


def test_empty_cells_that_excel_adds_or_leaves_out_at_the_end_are_no_problem() -> None:
    found = rows("code;datum;opmerking\nA1;d;x;;\nA2;d\n")
    assert [row.values for row in found] == [
        {"code": "A1", "on": "d", "note": "x"},
        {"code": "A2", "on": "d", "note": ""},
    ]


def test_problems_and_repr_show_no_content() -> None:
    table = read("code;datum\nGEHEIM;d\nGEHEIM;1;2\n")
    assert "GEHEIM" not in repr(table) + repr(list(table.rows))


# Delimiters and encodings


@pytest.mark.parametrize("delimiter", list(";,\t|"))
def test_delimiters_are_found_outside_quotes(delimiter: str) -> None:
    header = delimiter.join(["code", '"naam;a,b\tc|d;e,f"', "datum"])
    body = delimiter.join(["A1", '";;,,\t\t||"', "d"])
    table = read(f"{header}\n{body}\n")
    assert table.delimiter == delimiter
    assert list(table.rows) == [Row(2, {"code": "A1", "on": "d"})]


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
    table = read(mark + "code;datum\né€;œ\n".encode(encoding))
    assert (table.encoding, next(table.rows).values) == (name, {"code": "é€", "on": "œ"})


# Generated files

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
WINDOWS = bytes(c for c in range(1, 256) if c not in b"\x81\x8d\x8f\x90\x9d").decode("cp1252")
ENDS = ["\n", "\r\n", "\r"]


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[Cells]:
    return st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8)


def written(cells: Cells, delimiter: str, end: Callable[[], str]) -> tuple[str, list[Row]]:
    """The file, every cell quoted, and the rows it holds."""
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
    with suppress(TableRefused):
        table = read(content)
        assert len([row for row in table.rows if row.values or row.problem]) == len(table)


# Pasted columns


@pytest.mark.parametrize(
    ("pasted", "column"),
    [
        ("", []),
        ("\r\n \t \n", []),
        ("A1\r\nA2\r\n\r\nA1 \r\n", ["A1", "A2", "A1"]),
        ("A1\rA2\nA3", ["A1", "A2", "A3"]),
        ("A1\t3A\nA2\t3B\n\t3C", ["A1", "A2"]),
        ("\tA1\n\tA2", ["A1", "A2"]),
        ('"A ""1"""\n\ufeffA2\n"', ['A "1"', "A2", '"']),
    ],
)
def test_a_pasted_column_becomes_lines(pasted: str, column: list[str]) -> None:
    assert read_column(pasted) == column


@settings(deadline=None)
@given(st.lists(CELL))
def test_any_pasted_column_keeps_order_and_doubles(cells: list[str]) -> None:
    plain = [re.sub(r'[\t\r\n"\ufeff\u200b]', "", cell).strip() for cell in cells]
    assert read_column("\r\n".join(plain)) == [cell for cell in plain if cell]


# Dates


@pytest.mark.parametrize(
    "text",
    [
        "10/04/2020",
        "10/4/2020",
        " 10-04-2020 ",
        "10.04.2020",
        "2020-04-10",
        "2020/04/10",
        "10/04/2020 12:00",
        "2020-04-10 12:00",
        "2020-04-10T12:00:00Z",
        "2020-04-10T12:00:00.123456+02:00",
        "2020-04-09T22:30:00Z",
        "2020-04-10T21:59:59+00:00",
    ],
)
def test_dates_are_read_day_before_month_and_in_brussels(text: str) -> None:
    assert parse_date(text) == date(2020, 4, 10)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10/04/20", "Schrijf het jaar met vier cijfers: dd/mm/jjjj, zoals 14/09/2020."),
        ("1-4-20", "Schrijf het jaar met vier cijfers: dd/mm/jjjj, zoals 14/09/2020."),
        ("04/25/2020", "Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020."),
        ("30/02/2020", "Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020."),
        ("0000-01-01", "Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020."),
        (
            "0001-01-01T00:00+01:00",
            "Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020.",
        ),
        ("", "Hier staat geen datum die we kennen. Schrijf dd/mm/jjjj, zoals 14/09/2020."),
        (
            "10/04-2020",
            "Hier staat geen datum die we kennen. Schrijf dd/mm/jjjj, zoals 14/09/2020.",
        ),
        ("GEHEIM", "Hier staat geen datum die we kennen. Schrijf dd/mm/jjjj, zoals 14/09/2020."),
    ],
)
def test_other_dates_are_refused_with_the_way_out(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        parse_date(text)


@pytest.mark.parametrize("text", ["43931", "43931.5", "43931,5"])
def test_a_serial_number_of_excel_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="waarmee Excel een datum bewaart"):
        parse_date(text)


@settings(deadline=None)
@given(st.dates())
def test_any_day_is_read_back_in_each_way_of_writing(day: date) -> None:
    year = f"{day.year:04}"
    assert parse_date(f"{day.day}/{day.month}/{year}") == day
    assert parse_date(f"{day.day:02}-{day.month:02}-{year}") == day
    assert parse_date(day.isoformat()) == day


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_date(text), date)
