"""The table of school holidays agrees with the decree; days are counted without them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.school_days import Holiday, SchoolDays, published
from vouchers.states import HolidayKind

K = HolidayKind
DAYS = SchoolDays(published())
MONDAY, WEEK, TWO_WEEKS = 0, 6, 13
EASTERS = {
    2020: date(2020, 4, 12), 2021: date(2021, 4, 4), 2022: date(2022, 4, 17),
    2023: date(2023, 4, 9), 2024: date(2024, 3, 31), 2025: date(2025, 4, 20),
    2026: date(2026, 4, 5), 2027: date(2027, 3, 28), 2028: date(2028, 4, 16),
}  # fmt: skip


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def by_the_decree(year: int) -> dict[str, tuple[date, date]]:
    """The holidays of the school year that ends in this year, by the decree of 17 April 1991."""
    saints, christmas, easter = date(year - 1, 11, 1), date(year - 1, 12, 25), EASTERS[year]
    autumn = saints + timedelta(days=1) if saints.weekday() == 6 else monday_of(saints)
    winter = monday_of(christmas) + timedelta(days=7 if christmas.weekday() >= 5 else 0)
    crocus = easter + timedelta(days=1) - timedelta(weeks=7)
    april = date(year, 4, 1)
    spring = april + timedelta(days=-april.weekday() % 7)
    if easter.month == 3:
        spring = easter + timedelta(days=1)
    elif easter > date(year, 4, 15):
        spring = easter + timedelta(days=1) - timedelta(weeks=2)
    spring_end = max(spring + timedelta(days=TWO_WEEKS), easter + timedelta(days=1))
    return {
        K.AUTUMN: (autumn, autumn + timedelta(days=WEEK)),
        K.CHRISTMAS: (winter, winter + timedelta(days=TWO_WEEKS)),
        K.CROCUS: (crocus, crocus + timedelta(days=WEEK)),
        K.EASTER: (spring, spring_end),
        K.SUMMER: (date(year, 7, 1), date(year, 8, 31)),
    }


@pytest.mark.parametrize("year", EASTERS)
def test_the_table_says_what_the_decree_says(year: int) -> None:
    expected = by_the_decree(year)
    if year == 2021:  # made a week longer in the second wave
        expected[K.AUTUMN] = (date(2020, 11, 2), date(2020, 11, 15))
    start, end = date(year - 1, 9, 1), date(year, 8, 31)
    found = {
        each.kind: (each.starts_on, each.ends_on)
        for each in published()
        if start <= each.starts_on <= end
    }
    assert found == expected


def test_holidays_as_schools_published_them() -> None:
    """Known from school calendars: https://www.staproeselare.be, the academy of Turnhout."""
    table = {(each.kind, each.starts_on, each.ends_on) for each in published()}
    assert table >= {
        (K.AUTUMN, date(2024, 10, 28), date(2024, 11, 3)),
        (K.CHRISTMAS, date(2024, 12, 23), date(2025, 1, 5)),
        (K.EASTER, date(2025, 4, 7), date(2025, 4, 21)),
        (K.CROCUS, date(2026, 2, 16), date(2026, 2, 22)),
        (K.EASTER, date(2026, 4, 6), date(2026, 4, 19)),
    }


@pytest.mark.parametrize(
    ("day", "number", "after"),
    [
        (date(2020, 3, 11), 7, date(2020, 3, 18)),
        (date(2020, 4, 1), 7, date(2020, 4, 22)),  # four days, two weeks of Easter, three days
        (date(2020, 4, 5), 1, date(2020, 4, 20)),
        (date(2020, 6, 30), 1, date(2020, 9, 1)),
    ],
)
def test_days_in_a_holiday_do_not_count(day: date, number: int, after: date) -> None:
    assert DAYS.after(day, number) == after


@given(
    day=st.dates(date(2019, 9, 1), date(2028, 6, 1)), number=st.integers(min_value=1, max_value=90)
)
def test_back_and_forth_agree(day: date, number: int) -> None:
    """`before` is the last day from which this many days have passed."""
    since = DAYS.before(day, number)
    assert DAYS.after(since, number) <= day
    assert DAYS.after(since + timedelta(days=1), number) > day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2020, 3, 13), True),
        (date(2020, 3, 14), False),  # a Saturday
        (date(2020, 4, 6), False),  # Easter
        (date(2028, 8, 31), False),
        (date(2028, 9, 1), False),  # nobody said yet which holidays there are
    ],
)
def test_when_people_are_at_work(day: date, works: bool) -> None:
    assert DAYS.works(day) is works


def test_one_free_day_of_a_year_does_not_make_that_year_known() -> None:
    extra = Holiday(date(2030, 5, 2), date(2030, 5, 2), K.OTHER)
    assert SchoolDays([*published(), extra]).known_until == date(2028, 8, 31)


def test_the_first_working_day_skips_weekend_and_holiday() -> None:
    assert DAYS.first_working(date(2020, 4, 4)) == date(2020, 4, 20)
    assert DAYS.first_working(date(2020, 3, 11)) == date(2020, 3, 11)
