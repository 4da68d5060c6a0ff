import re
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.tables.dates import parse_date


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
