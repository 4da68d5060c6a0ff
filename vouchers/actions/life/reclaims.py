"""Codes that nobody has seen go back automatically: announced, kept on request, taken back.

Beat calls `run` each working hour. Nothing is stored about what was due when: each round looks at
how long codes have been out and which announcements exist, so a round may be late, run twice or
coincide with another (docs/adr/0023-reclaim.md). All days are counted without school holidays.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import at, brussels_day
from history.recording import recorded
from vouchers import policies
from vouchers.actions.life import lifecycle
from vouchers.actions.life.holidays import school_days
from vouchers.actions.mail import notifications
from vouchers.actions.mail.mails import Notification
from vouchers.models import HandOut, Period, ReclaimNotice, VoucherRequest
from vouchers.models.reclaims import NOTICE_DAYS
from vouchers.school_days import SchoolDays
from vouchers.states import MailKind

SUGGESTED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of beat did: requests for which it was announced, codes that went back."""

    announced: int = 0
    taken: int = 0


def set_rule(*, period: Period, days: int | None, by: User, now: datetime) -> Period:
    """From now on unseen codes of a period go back after this many days, set by this person; None:
    no longer, and what was announced does not happen. Raises Refused.

    What was announced under an earlier number keeps its day.
    """
    with recorded(by=by, why=gettext_noop("automatisch terugnemen ingesteld")):
        period = Period.objects.select_for_update(no_key=True, of=("self",)).get(pk=period.pk)
        policies.check_can_set_reclaim(by, period)
        if days is None:
            announced = ReclaimNotice.objects.open().filter(request__period=period)
            ids = list(announced.select_for_update(of=("self",)).values_list("pk", flat=True))
            ReclaimNotice.objects.filter(pk__in=ids).update(withdrawn_at=now, withdrawn_by=by)
        period.reclaim_after_days = days
        period.reclaim_set_at, period.reclaim_set_by = (None, None) if days is None else (now, by)
        period.save(update_fields=["reclaim_after_days", "reclaim_set_at", "reclaim_set_by"])
    return period


def keep_codes(*, notice: ReclaimNotice, by: User, now: datetime) -> ReclaimNotice:
    """The organisation still uses these codes: they stay for as many days again, then it is asked
    again. Raises Refused when they have already gone back."""
    with recorded(by=by, why=gettext_noop("codes worden nog gebruikt")):
        notice = _locked_notice(notice.pk)
        policies.check_can_keep_codes(by, notice)
        notice.kept_at, notice.kept_by = now, by
        notice.kept_until = school_days().after(brussels_day(now), notice.keep_days)
        notice.save(update_fields=["kept_at", "kept_by", "kept_until"])
    return notice


def run(*, now: datetime) -> Round:
    """Take back what is due and announce what has long been unseen; nothing on a day without school
    or at the weekend, nor when it is not known yet which holidays there are."""
    today, days = brussels_day(now), school_days()
    if not days.works(today):
        return Round()
    due = ReclaimNotice.objects.due(today, now).select_related("request__period__reclaim_set_by")
    taken = sum(_take_back(notice, now) for notice in due.order_by("pk"))
    announced = sum(_announce(period, days, now) for period in Period.objects.reclaiming())
    return Round(announced, taken)


def _locked_notice(pk: int) -> ReclaimNotice:
    rows = ReclaimNotice.objects.select_related("request__organisation", "request__period")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def _take_back(notice: ReclaimNotice, now: datetime) -> int:
    """Carry out what was announced, unless its organisation or another round came first."""
    by = notice.request.period.reclaim_set_by
    assert by is not None
    with recorded(by=by, why=gettext_noop("aangekondigde codes teruggenomen")):
        notice = _locked_notice(notice.pk)
        if not notice.is_open:
            return 0
        notice.taken = lifecycle.reclaim_announced(notice=notice, by=by, now=now)
        notice.ended_at, notice.ended_by = now, by
        notice.save(update_fields=["ended_at", "ended_by", "taken"])
        if notice.taken:
            path = reverse("request_detail", args=[notice.request_id])
            notifications.notify(
                [_notification(MailKind.RECLAIMED, notice, path, notice.taken)], now=now
            )
        return notice.taken


def _announce(period: Period, days: SchoolDays, now: datetime) -> int:
    """Announce, per request, the codes of a period that nobody has seen for that long; returns how
    many requests.

    The period is locked, so that two rounds do not do the same.
    """
    by = period.reclaim_set_by
    with recorded(by=by, why=gettext_noop("terugnemen aangekondigd")):
        same = Period.objects.reclaiming().filter(pk=period.pk, reclaim_set_by=by)
        locked = same.select_for_update(no_key=True, of=("self",)).first()
        if locked is None or locked.reclaim_after_days is None:
            return 0
        today, number = brussels_day(now), locked.reclaim_after_days
        before = at(days.before(today, number) + timedelta(days=1), 0)
        codes = _unseen(locked, before, today)
        due_on = days.first_working(days.after(today, NOTICE_DAYS))
        notices = ReclaimNotice.objects.bulk_create(
            ReclaimNotice(
                request_id=request, handed_out_before=before, announced_at=now, announced_by=by,
                due_on=due_on, keep_days=number,
            )
            for request in sorted(codes)
        )  # fmt: skip
        _notify(notices, codes, now)
        return len(notices)


def _unseen(period: Period, before: datetime, today: date) -> dict[int, int]:
    """Per request (id), how many codes were out before a moment, work today and were seen by
    nobody; without the requests for which that was announced, or that still use them."""
    busy = ReclaimNotice.objects.open() | ReclaimNotice.objects.keeping(today).filter(
        request__period__closed_at=None
    )
    rows = (
        HandOut.objects.unseen_since(before)
        .working_on(today)
        .filter(line__period=period)
        .exclude(line__request__in=busy.filter(request__period=period).values("request"))
    )
    return dict(rows.order_by().values_list("line__request").annotate(n=Count("pk")))


def _notify(notices: list[ReclaimNotice], codes: dict[int, int], now: datetime) -> None:
    requests = VoucherRequest.objects.select_related("organisation", "period").in_bulk(codes)
    for notice in notices:
        notice.request = requests[notice.request_id]
    notifications.notify(
        (
            _notification(
                MailKind.RECLAIM_NOTICE, notice, reverse("reclaim_notice", args=[notice.pk]),
                codes[notice.request_id],
            )
            for notice in notices
        ),
        now=now,
    )  # fmt: skip


def _notification(kind: MailKind, notice: ReclaimNotice, path: str, codes: int) -> Notification:
    return Notification(
        kind=kind, organisation=notice.request.organisation, path=path, request=notice.request,
        numbers={"codes": codes, "until": notice.due_on, "days": notice.keep_days},
    )  # fmt: skip
