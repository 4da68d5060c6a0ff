"""Who is told what: the mails at each turn of the road, written in the transaction of that turn.

They go to the coordinators of the asker's organisation who can sign in; that a request was
received, only to the person who sent it; an alert to the ministry. Each function takes ids or one
request, and runs as many queries for many as for one.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse

from accounts.models import MINISTRY, Membership, User
from common.refused import allowed
from schools.models import Organisation
from vouchers import policies
from vouchers.actions.mail import mails
from vouchers.actions.mail.mails import Notification
from vouchers.models import Alert, DivisionShare, HandOut, Mail, PupilLine, Renewal, VoucherRequest
from vouchers.states import LineState, MailKind, MailState


def received(*, request: VoucherRequest, now: datetime) -> None:
    """To the person who sent it: it arrived, and when we decide."""
    assert request.submitted_by is not None
    pupils = request.lines.filter(state=LineState.ASKED).count()
    days = request.period.decision_days
    notification = _about(request, MailKind.RECEIVED, pupils=pupils, days=days)
    mails.write([(notification, request.submitted_by)], now=now)


def returned(*, request: VoucherRequest, now: datetime) -> None:
    """There is a question, which is shown with the request."""
    notify([_about(request, MailKind.RETURNED)], now=now)


def decided(*, request: VoucherRequest, now: datetime) -> None:
    """For how many pupils it was granted and refused."""
    counts = request.lines.aggregate(
        granted=Count("pk", filter=Q(state=LineState.GRANTED)),
        refused=Count("pk", filter=Q(state=LineState.REFUSED)),
    )
    notify([_about(request, MailKind.DECIDED, **counts)], now=now)


def decision_undone(*, request: VoucherRequest, decided_at: datetime, now: datetime) -> None:
    """The mail about the decision of that moment is dropped if it has not left; those who got it
    are told that it no longer holds."""
    mailed = Mail.objects.filter(request=request, kind=MailKind.DECIDED, created_at=decided_at)
    mails.drop(mailed)
    notification = _about(request, MailKind.DECISION_UNDONE)
    got_it = mailed.filter(state=MailState.SENT).select_related("recipient").order_by("pk")
    mails.write([(notification, mail.recipient) for mail in got_it], now=now)


def codes_ready(*, requests: Collection[int], now: datetime) -> int:
    """The codes handed out at `now` for these requests (ids) can be printed; returns how many
    mails.

    Requests without a code of that moment get none. Seven queries, however many requests.
    """
    ready = _per_request(
        HandOut.objects.filter(line__request__in=requests, handed_out_at=now), "line__request"
    )
    waiting = _per_request(PupilLine.objects.filter(request__in=ready).waiting(), "request")
    queued = set(
        DivisionShare.objects.waiting_list()
        .filter(request__in=ready)
        .values_list("request", flat=True)
    )
    rows = VoucherRequest.objects.filter(pk__in=ready).select_related("organisation", "period")
    path = reverse("letters")
    return notify(
        (
            Notification(
                kind=MailKind.CODES_READY,
                organisation=request.organisation,
                request=request,
                path=f"{path}?aanvraag={request.label}",
                numbers={
                    "codes": ready[request.pk],
                    "waiting": waiting.get(request.pk, 0),
                    "first": int(request.pk in queued),
                },
            )
            for request in rows.order_by("pk")
        ),
        now=now,
    )


def _per_request(rows: QuerySet[Any], request: str) -> dict[int, int]:
    """How many rows each request has; `request`: the path from a row to it."""
    return dict(rows.order_by().values_list(request).annotate(n=Count("pk")))


def renewed(*, renewals: Collection[int], now: datetime) -> None:
    """These renewals (ids) were confirmed: how many codes of each organisation, until when."""
    _notify_of_renewals(renewals, MailKind.RENEWED, now)


def not_renewed(*, renewals: Collection[int], now: datetime) -> None:
    """These renewals (ids) were refused: how many codes of each organisation."""
    _notify_of_renewals(renewals, MailKind.NOT_RENEWED, now)


def _notify_of_renewals(renewals: Collection[int], kind: MailKind, now: datetime) -> None:
    counted = (
        Renewal.objects.filter(pk__in=renewals)
        .order_by()
        .values_list("hand_out__line__organisation")
        .annotate(codes=Count("pk"), until=Max("valid_until"))
    )
    found = {organisation: (codes, until) for organisation, codes, until in counted}
    notify(
        (
            Notification(kind, organisation, reverse("renewals"), numbers=_of_renewals(*found[pk]))
            for pk, organisation in Organisation.objects.in_bulk(found).items()
        ),
        now=now,
    )


def _of_renewals(codes: int, until: date | None) -> dict[str, int | date]:
    return {"codes": codes, "until": until} if until else {"codes": codes}


def _about(request: VoucherRequest, kind: MailKind, **numbers: int) -> Notification:
    """A notification with more to read on the page of the request."""
    path = reverse("request_detail", args=[request.pk])
    return Notification(kind, request.organisation, path, request=request, numbers=numbers)


def alerted(alerts: Collection[Alert], *, now: datetime) -> int:
    """Each of these alerts was just raised: to everybody of the ministry who may handle it. Returns
    how many mails."""
    ministry = User.objects.who_reads_mail().filter(role__in=MINISTRY).order_by("pk")
    readers = list(ministry) if alerts else []
    return mails.write(
        (
            (_of_alert(alert), person)
            for alert in alerts
            for person in readers
            if allowed(policies.check_can_handle, person, alert)
        ),
        now=now,
    )


def _of_alert(alert: Alert) -> Notification:
    path = reverse("ministry_alert", args=[alert.pk])
    return Notification(MailKind.ALERT, None, path, alert=alert)


def notify(notifications: Iterable[Notification], *, now: datetime) -> int:
    """Mail each to the coordinators of its organisation who can sign in; returns how
    many mails."""
    known = list(notifications)
    readers = readers_of({each.organisation.pk for each in known if each.organisation})
    return mails.write(
        (
            (each, person)
            for each in known
            if each.organisation
            for person in readers.get(each.organisation.pk, ())
        ),
        now=now,
    )


def readers_of(organisations: Collection[int]) -> dict[int, list[User]]:
    """Per organisation (id), the coordinators who can sign in. One query."""
    found: dict[int, list[User]] = {}
    acting = Membership.objects.filter(organisation__in=organisations).of_who_reads_mail()
    for each in acting.select_related("user").order_by("user__pk"):
        found.setdefault(each.organisation_id, []).append(each.user)
    return found
