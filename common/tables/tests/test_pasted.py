import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.refused import Refused
from common.tables.pasted import MAX_CHARACTERS, MAX_COLUMNS, read_column, read_two_columns
from common.tables.tests.test_csv_reading import CELL
from common.tests.work import steps


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


# However much is pasted


def blanks(size: int) -> str:
    """A line of blank cells, then as many blank lines."""
    return "\t" * size + "\n" * size


@pytest.mark.parametrize("fill", [blanks, lambda size: "\t\n" * size, lambda size: "A\t" * size])
def test_twice_as_much_takes_twice_as_many_steps(fill: Callable[[int], str]) -> None:
    read_column(fill(10))  # whatever is done once
    half, whole = (steps(partial(read_column, fill(size))) for size in (400, 800))
    assert half <= whole < 2.2 * half


def test_a_paste_up_to_the_limit_is_read_and_one_above_it_refused_with_the_limit() -> None:
    most = "LL-00001\n" * (MAX_CHARACTERS // 9)
    assert len(read_column(most)) == MAX_CHARACTERS // 9
    assert refusal(most + " " * 9) == (
        "Dit zijn meer dan 200.000 tekens. Kopieer alleen de kolom die je nodig hebt, of plak de "
        "lijst in delen.",
        "paste-too-long",
    )


def test_what_is_far_to_the_right_is_not_read() -> None:
    far = "\t" * MAX_COLUMNS
    assert read_two_columns(f"{far[1:]}A1\tB1\n") == [("A1", "")]
    assert read_two_columns(f"A1\tB1{far}C1\n{far}A2\n") == [("A1", "B1")]
    assert read_column(f"{far}\u200b\t\n") == []
    assert refusal(f"{far}A1\n") == (
        "De eerste 50 kolommen zijn leeg, en verder kijken we niet. Kopieer alleen de kolom die je "
        "nodig hebt.",
        "too-many-columns",
    )


def test_no_more_rows_are_given_than_asked() -> None:
    assert read_two_columns("A1\n\nA2\tx\nA3", most=2) == [("A1", ""), ("A2", "x")]


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        read_column(text)
    return caught.value.message, caught.value.code
