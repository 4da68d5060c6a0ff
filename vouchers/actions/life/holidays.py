"""School holidays besides those of the repository: added, withdrawn, and all of them together as
days to count with.

Tested in `vouchers.actions.life.tests.test_reclaims`.
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.models import SchoolHoliday
from vouchers.school_days import Holiday, SchoolDays, published

WARN_AHEAD = timedelta(days=365)


def school_days() -> SchoolDays:
    """Days to count with, given every holiday known now. One query."""
    added = SchoolHoliday.objects.standing().values_list("starts_on", "ends_on", "kind")
    return SchoolDays([*published(), *(Holiday(*row) for row in added)])


def runs_out(days: SchoolDays, today: date) -> bool:
    """Whether what we know of the holidays ends within a year."""
    return days.known_until < today + WARN_AHEAD


def add(*, holiday: SchoolHoliday, by: User, now: datetime) -> SchoolHoliday:
    """Add a holiday. Raises Refused, also when those days already are one."""
    with recorded(by=by, why=gettext_noop("schoolvakantie toegevoegd")):
        policies.check_is_supervising(by)
        for known in school_days().holidays:
            if known.starts_on <= holiday.starts_on and holiday.ends_on <= known.ends_on:
                raise Refused(
                    _("Deze dagen staan al in de lijst als vakantie."),
                    field="starts_on",
                    code="holiday-known",
                )
        holiday.added_at, holiday.added_by = now, by
        holiday.save()
    return holiday


def withdraw(*, holiday: SchoolHoliday, by: User, now: datetime) -> None:
    """It was no holiday after all; what was announced meanwhile keeps its day. Repeating it does
    nothing."""
    with recorded(by=by, why=gettext_noop("schoolvakantie geschrapt")):
        policies.check_is_supervising(by)
        standing = SchoolHoliday.objects.standing().filter(pk=holiday.pk)
        standing.update(withdrawn_at=now, withdrawn_by=by)
