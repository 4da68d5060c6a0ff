"""School holidays, and days counted without them. Knows no database; the table of the repository is
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
    """Days without school, the first and the last included."""

    starts_on: date
    ends_on: date
    kind: str


@cache
def published() -> tuple[Holiday, ...]:
    """The holidays that the repository knows, in order."""
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
    """Days as they count for a school: each one that is not in a holiday, weekends included."""

    def __init__(self, holidays: Iterable[Holiday]) -> None:
        self.holidays = sorted(holidays)
        # A school year is in the table when its summer is.
        summers = (each.ends_on for each in self.holidays if each.kind == HolidayKind.SUMMER)
        self.known_until = max(summers, default=date.min)

    def counts(self, day: date) -> bool:
        """Does this day lie outside each holiday?"""
        return not any(each.starts_on <= day <= each.ends_on for each in self.holidays)

    def works(self, day: date) -> bool:
        """From Monday to Friday, outside the holidays, on a day of which we know them."""
        return day <= self.known_until and day.weekday() < SATURDAY and self.counts(day)

    def after(self, day: date, number: int) -> date:
        """The day on which so many days that count have passed since this one."""
        while number:
            day += DAY
            number -= self.counts(day)
        return day

    def before(self, day: date, number: int) -> date:
        """The last day since which so many days that count have passed by this one."""
        while number:
            number -= self.counts(day)
            day -= DAY
        return day

    def first_working(self, day: date) -> date:
        """This day, or the first after it on which people are at work; also where we know no
        holidays any more."""
        while day.weekday() >= SATURDAY or not self.counts(day):
            day += DAY
        return day
