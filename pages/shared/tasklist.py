"""One line of somebody's home page: what waits, how many, since when, and where to do it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import brussels_day


@dataclass(frozen=True, slots=True)
class Task:
    """What waits: `count` things (None: nothing waits, one can always do it).

    `since` is a text such as "oudste: 4 dagen".
    """

    title: str
    url: str
    count: int | None
    since: str = ""
    hint: str = ""


def since_oldest(oldest: datetime | None, today: date) -> str:
    """How long the first of what waits is there: "oudste: 4 dagen"; empty when nothing waits."""
    if oldest is None:
        return ""
    days = (today - brussels_day(oldest)).days
    if days <= 0:
        return _("oudste: vandaag")
    return ngettext("oudste: {n} dag", "oudste: {n} dagen", days).format(n=days)
