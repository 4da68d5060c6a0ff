"""Days as the scheme counts them, in Brussels, and as a sentence writes them."""

from calendar import monthrange
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

BRUSSELS = ZoneInfo("Europe/Brussels")


def brussels_day(moment: datetime) -> date:
    """The day in Brussels on which this moment fell."""
    return timezone.localdate(moment, BRUSSELS)


def at(day: date, hour: int = 10) -> datetime:
    """The moment at which this hour of the day begins in Brussels; 0 is the start of the day, also
    when the clock changes on it."""
    return datetime.combine(day, time(hour), BRUSSELS)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month when it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def in_words(day: date | datetime) -> str:
    """A day as written in a sentence: "14 september 2020" (English "14 September 2020"); of a
    moment, its day in Brussels."""
    return date_format(brussels_day(day) if isinstance(day, datetime) else day, "j F Y")
