"""Days begin and end in Brussels, also when the clock changes."""

from datetime import UTC, date, timedelta

from common.days import at


def test_the_start_of_a_day_follows_the_clock() -> None:
    length = [
        at(day + timedelta(days=1), 0).astimezone(UTC) - at(day, 0).astimezone(UTC)
        for day in (date(2020, 3, 28), date(2020, 3, 29), date(2020, 10, 25))
    ]
    assert length == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=25)]
