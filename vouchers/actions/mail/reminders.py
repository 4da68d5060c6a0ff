"""Reminders: families whose code was not used 2, 4 and 6 weeks after it was handed out.

Nothing is stored about what was due when: each round looks at how long the codes have been out and
which reminders exist. So a round may be late, run twice or coincide with another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse

from common.days import BRUSSELS, brussels_day
from vouchers.actions.mail import mails
from vouchers.actions.mail.mails import Notification
from vouchers.actions.mail.notifications import readers_of
from vouchers.models import HandOut, Mail, VoucherRequest
from vouchers.states import MailKind

WEEKS = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Unused:
    """Codes of one request and one day that no provider has reported in use: for how many families,
    and the longest of WEEKS that they have been out."""

    request: int
    handed_out_on: date
    families: int
    weeks: int


def write_due(*, now: datetime) -> int:
    """Write the reminders due and not yet written; returns how many. A fixed number of queries.

    Codes of one request and one day that have been out for five weeks get the four-week reminder,
    if it was not written, and never again the two-week one.
    """
    unused = list(_unused(brussels_day(now)))
    requests = VoucherRequest.objects.select_related("organisation", "period").in_bulk(
        {each.request for each in unused}
    )
    readers = readers_of({each.organisation_id for each in requests.values()})
    written = _written(requests)
    due = (
        (_notification(each, requests[each.request]), person)
        for each in unused
        for person in readers.get(requests[each.request].organisation_id, ())
        if (each.request, each.handed_out_on, each.weeks, person.pk) not in written
    )
    return mails.write(due, now=now)


def _unused(today: date) -> Iterator[Unused]:
    """In open periods, of codes that work today."""
    rows = (
        HandOut.objects.working_on(today)
        .unused()
        .filter(line__period__closed_at=None)
        .annotate(day=TruncDate("handed_out_at", tzinfo=BRUSSELS))
        .filter(day__lte=today - timedelta(weeks=WEEKS[0]))
        .order_by("line__request", "day")
        .values_list("line__request", "day")
        .annotate(families=Count("pk"))
    )
    for request, day, families in rows:
        weeks = max(each for each in WEEKS if day + timedelta(weeks=each) <= today)
        yield Unused(request, day, families, weeks)


def _written(requests: Iterable[int]) -> set[tuple[int | None, date | None, int | None, int]]:
    """The reminders of these requests: about which day, after how many weeks, to whom."""
    reminders = Mail.objects.filter(kind=MailKind.REMINDER, request__in=requests)
    return set(reminders.values_list("request", "handed_out_on", "weeks", "recipient"))


def _notification(unused: Unused, request: VoucherRequest) -> Notification:
    return Notification(
        kind=MailKind.REMINDER,
        organisation=request.organisation,
        request=request,
        handed_out_on=unused.handed_out_on,
        weeks=unused.weeks,
        path=f"{reverse('families')}?aanvraag={request.label}",
        numbers={"families": unused.families, "last": unused.weeks == WEEKS[-1]},
    )
