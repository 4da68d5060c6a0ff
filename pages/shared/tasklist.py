"""One line of a person's home page: what is waiting, how many, since when, and where to act.

Tested in `pages.ministry.tests.test_requests`, `pages.provider.tests.test_views`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import brussels_day


@dataclass(frozen=True, slots=True)
class Task:
    """What is waiting: `count` things (None: nothing waits, the action is always possible).

    `since` is a text such as "oudste: 4 dagen".
    """

    title: str
    url: str
    count: int | None
    since: str = ""
    hint: str = ""


def since_oldest(oldest: datetime | None, today: date) -> str:
    """How long the oldest item has been waiting: "oudste: 4 dagen"; empty when nothing waits."""
    if oldest is None:
        return ""
    days = (today - brussels_day(oldest)).days
    if days <= 0:
        return _("oudste: vandaag")
    return ngettext("oudste: {n} dag", "oudste: {n} dagen", days).format(n=days)
