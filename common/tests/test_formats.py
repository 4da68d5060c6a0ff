"""How numbers, shares, money and days are written, in Dutch and in English."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from common.formats import as_day, as_euros, as_long_day, as_moment, as_number, as_percentage


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (47000, "47.000"),
        (1_000_000, "1.000.000"),
        (-1234, "-1.234"),
        (2.5, "3"),
        (Decimal("1234.4"), "1.234"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_a_count_has_points_between_thousands(number: float | None, written: str) -> None:
    assert as_number(number) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (7924 / 47000, "16,9\u00a0%"),
        (0, "0,0\u00a0%"),
        (1, "100,0\u00a0%"),
        (Decimal("0.1005"), "10,1\u00a0%"),
        (12.345, "1.234,5\u00a0%"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_a_share_is_a_percentage_with_one_decimal(share: float | None, written: str) -> None:
    assert as_percentage(share) == written


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (19, "€\u00a019"),
        (19.5, "€\u00a019,50"),
        (Decimal("1234567.8"), "€\u00a01.234.567,80"),
        (None, "–"),
    ],
)
def test_money_shows_cents_only_when_there_are(amount: float | None, written: str) -> None:
    assert as_euros(amount) == written


def test_a_long_date_is_in_words() -> None:
    assert as_long_day(dt.date(2020, 9, 14)) == "maandag 14 september 2020"


def test_a_short_date_has_four_digits_for_the_year() -> None:
    assert as_day(dt.date(2020, 3, 4)) == "04/03/2020"


def test_moments_are_read_in_brussels() -> None:
    late = dt.datetime(2020, 9, 13, 22, 30, tzinfo=dt.UTC)
    assert as_long_day(late) == "maandag 14 september 2020"
    assert as_day(late) == "14/09/2020"
    assert as_moment(late) == "14/09/2020 om 00.30 uur"


def test_english_writes_them_the_english_way() -> None:
    half_past_three = dt.datetime(2020, 9, 14, 13, 30, tzinfo=dt.UTC)
    with translation.override("en"):
        assert as_number(47000) == "47,000"
        assert as_percentage(7924 / 47000) == "16.9%"
        assert [as_euros(19), as_euros(1234.5)] == ["€19", "€1,234.50"]
        assert as_long_day(half_past_three) == "Monday 14 September 2020"
        assert as_day(half_past_three) == "14/09/2020"
        assert as_moment(half_past_three) == "14/09/2020 at 15:30"


def test_no_day_is_a_dash() -> None:
    assert [as_long_day(None), as_day(None), as_moment(None)] == ["–"] * 3
