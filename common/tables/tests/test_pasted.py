import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.tables.pasted import read_column
from common.tables.tests.test_csv_reading import CELL


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
