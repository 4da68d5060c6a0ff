import tracemalloc

import pytest

from common.refused import Refused
from common.tables.headings import Wanted
from common.tables.table import MAX_COLUMNS, Record, Row, Unreadable, table_of
from common.tables.tests.read import read, refusal, rows

WANTED = Wanted({"code": ["code"]}, {})


def test_rows_can_be_walked_twice() -> None:
    table = read("code;datum\nA1;x\n\n;\nA2;y\n")
    assert list(table.rows) == list(table.rows)
    assert [row.line for row in table.rows] == [2, 5]


def test_too_many_rows_are_refused_and_the_limit_itself_is_not() -> None:
    content = "code;datum\n" + "A;x\n" * 1000
    assert len(read(content)) == 1000
    assert refusal(content + "A;x\n") == (
        "Dit bestand telt meer dan 1.000 rijen. "
        "Splits het in kleinere bestanden en laad ze na elkaar."
    )


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


def test_any_records_are_a_table() -> None:
    records: list[Record] = [
        (1, [" "]),
        (3, ["Code", "x"]),
        (4, [" A1 ", ""]),
        (5, []),
        (7, Unreadable("Nee.")),
    ]
    table = table_of(records, WANTED, max_rows=2)
    assert list(table.rows) == [Row(4, {"code": "A1"}), Row(7, {}, "Nee.")]
    assert (table.columns, len(table)) == (("code",), 2)


def test_a_heading_that_cannot_be_read_is_refused_with_its_reason() -> None:
    with pytest.raises(Refused, match=r"^Nee\.$") as refused:
        table_of([(1, Unreadable("Nee.")), (2, ["A1"])], WANTED, max_rows=2)
    assert refused.value.code == "row-unreadable"


def test_no_record_at_all_is_a_heading_without_columns() -> None:
    with pytest.raises(Refused) as refused:
        table_of([], WANTED, max_rows=2)
    assert refused.value.code == "columns-missing"


# Wide tables


def wide(columns: int, *, heading: str = "x") -> list[Record]:
    return [(1, ["code", *[heading] * (columns - 1)]), (2, ["A1"]), (3, ["A2", "y"])]


def test_a_table_of_many_columns_is_refused_with_the_limit() -> None:
    assert len(table_of(wide(MAX_COLUMNS), WANTED, max_rows=2)) == 2
    with pytest.raises(Refused) as refused:
        table_of(wide(MAX_COLUMNS + 1), WANTED, max_rows=2)
    assert refused.value.message == (
        "Dit bestand heeft meer dan 200 kolommen. Laat alleen de kolommen staan die nodig zijn."
    )
    assert refused.value.code == "too-many-columns"


def test_empty_headings_at_the_end_cost_no_row_anything() -> None:
    """As Excel writes them. A row has as many cells as it has, whatever the heading announces."""
    table = table_of(wide(1_000_000, heading=""), WANTED, max_rows=2)
    tracemalloc.start()
    try:
        assert [row.values for row in table.rows] == [{"code": "A1"}, {"code": "A2"}]
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000  # a row filled up to its heading takes 8 MB
