"""How numbers, shares, money, days and moments are written in the reader's language."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NOTHING = "–"
DUTCH = str.maketrans(",.", ".,")


def as_number(number: float | Decimal | None) -> str:
    """47000 → "47.000" (English "47,000"), None → "–". Fractions are rounded half up."""
    if number is None or number == "":
        return NOTHING
    return _written(Decimal(str(number)).quantize(Decimal(1), ROUND_HALF_UP))


def as_percentage(share: float | Decimal | None) -> str:
    """A share from 0 to 1: 0.1686 → "16,9 %" (no-break space; English "16.9%"), None → "–"."""
    if share is None or share == "":
        return NOTHING
    percentage = (Decimal(str(share)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _("{number}\u00a0%").format(number=_written(percentage))


def as_euros(amount: float | Decimal | None) -> str:
    """19 → "€ 19" (English "€19"), 19.5 → "€ 19,50" ("€19.50"), None → "–"."""
    if amount is None or amount == "":
        return NOTHING
    cents = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole = cents == cents.to_integral_value()
    number = _written(cents.to_integral_value() if whole else cents)
    return _("€\u00a0{number}").format(number=number)


def as_long_day(day: dt.date | dt.datetime | None) -> str:
    """ "maandag 14 september 2020" (English "Monday 14 September 2020"); a moment is read in the
    portal's time zone."""
    if not day:
        return NOTHING
    return formats.date_format(_local(day) if isinstance(day, dt.datetime) else day, "l j F Y")


def as_day(day: dt.date | dt.datetime | None) -> str:
    """Digits, for tables and forms, the same in both languages: "14/09/2020"."""
    if not day:
        return NOTHING
    return f"{_local(day) if isinstance(day, dt.datetime) else day:%d/%m/%Y}"


def as_moment(moment: dt.datetime | None) -> str:
    """ "14/09/2020 om 15.30 uur" (English "14/09/2020 at 15:30"), in the portal's time zone."""
    if not moment:
        return NOTHING
    local = _local(moment)
    return _("{day} om {hour}.{minute} uur").format(
        day=as_day(local), hour=f"{local:%H}", minute=f"{local:%M}"
    )


def _written(number: Decimal) -> str:
    """1234.5 → "1.234,5", in English "1,234.5". Django's own formatting takes ten times as long."""
    english = f"{number:,}"
    return english if get_language() == "en" else english.translate(DUTCH)


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment
