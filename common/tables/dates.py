"""Days as Belgian files write them → dates."""

import re
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from common.days import BRUSSELS

_TIME = r"(?:[T ] *(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ZONE = r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
_DATES = (
    re.compile(rf"(?P<y>\d{{4}})([-/.])(?P<m>\d{{1,2}})\2(?P<d>\d{{1,2}}){_TIME}{_ZONE}", re.ASCII),
    re.compile(rf"(?P<d>\d{{1,2}})([-/.])(?P<m>\d{{1,2}})\2(?P<y>\d{{4}}){_TIME}{_ZONE}", re.ASCII),
)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?: .*)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)


def parse_date(text: str) -> date:
    """A day as Belgian files write it: dd/mm/jjjj (also with - or .) or jjjj-mm-dd; a time may
    follow.

    Day before month, always. A time with a zone is a moment: its day is the day in Brussels. Raises
    ValueError with a sentence for the user, which does not repeat the text: it may be a code that
    ended up in the wrong column.
    """
    text = text.strip()
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found:
        return _day_of(found)
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError(_("Schrijf het jaar met vier cijfers: dd/mm/jjjj, zoals 14/09/2020."))
    if _SERIAL.fullmatch(text):
        raise ValueError(
            _(
                "Hier staat een getal waarmee Excel een datum bewaart. Geef de kolom in Excel de "
                "opmaak Datum en bewaar het bestand opnieuw."
            )
        )
    raise ValueError(
        _("Hier staat geen datum die we kennen. Schrijf dd/mm/jjjj, zoals 14/09/2020.")
    )


def _day_of(found: re.Match[str]) -> date:
    """The day in the parts of a date; raises ValueError when it does not exist in the calendar."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        moment = datetime.combine(day, time(hour, minute, second), BRUSSELS)
        if not found["zone"]:
            return day
        there = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{found['zone']}")
        return there.astimezone(BRUSSELS).date()
    except (ValueError, OverflowError):
        raise ValueError(
            _("Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020.")
        ) from None
