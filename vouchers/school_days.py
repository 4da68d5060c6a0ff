"""School holidays, and counting days without them. Knows no database; the repository's own table is
`school_holidays.csv` (its first lines say where it comes from)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from vouchers.states import HolidayKind

TABLE = Path(__file__).with_name("school_holidays.csv")
DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """Days without school, first and last included."""

    starts_on: date
    ends_on: date
    kind: str


@cache
def published() -> tuple[Holiday, ...]:
    """The holidays in the repository's table, in order."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(line for line in table if not line.startswith("#"))
        return tuple(
            sorted(
                Holiday(
                    date.fromisoformat(row["starts_on"]),
                    date.fromisoformat(row["ends_on"]),
                    row["kind"],
                )
                for row in rows
            )
        )


class SchoolDays:
    """The days that count for a school: all those outside the holidays, weekends included."""

    def __init__(self, holidays: Iterable[Holiday]) -> None:
        self.holidays = sorted(holidays)
        # A school year is known when its summer holiday is in the table.
        summers = (each.ends_on for each in self.holidays if each.kind == HolidayKind.SUMMER)
        self.known_until = max(summers, default=date.min)

    def counts(self, day: date) -> bool:
        """Whether this day is outside every holiday."""
        return not any(each.starts_on <= day <= each.ends_on for each in self.holidays)

    def works(self, day: date) -> bool:
        """Monday to Friday, outside the holidays, on a day for which the holidays are known."""
        return day <= self.known_until and day.weekday() < SATURDAY and self.counts(day)

    def after(self, day: date, number: int) -> date:
        """The day on which this many counting days have passed since the given one."""
        while number:
            day += DAY
            number -= self.counts(day)
        return day

    def before(self, day: date, number: int) -> date:
        """The last day from which this many counting days have passed by the given one."""
        while number:
            number -= self.counts(day)
            day -= DAY
        return day

    def first_working(self, day: date) -> date:
        """This day, or the first later one on which people are at work; also beyond the holidays we
        know."""
        while day.weekday() >= SATURDAY or not self.counts(day):
            day += DAY
        return day
