"""Alerts: raised once while open, mailed to the ministry, handled by a person, reopened, withdrawn
when they no longer apply."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import BRUSSELS
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.actions.mail import mails, notifications
from vouchers.models import Alert, Mail, ProviderFile
from vouchers.models.alerts import SUBJECT
from vouchers.references import check_free_text
from vouchers.states import AlertKind

LONG_AGO = datetime(2000, 1, 1, tzinfo=BRUSSELS)


def raise_alerts(found: Iterable[Alert], *, now: datetime) -> int:
    """Raise those that are not already open and mail the ministry of each; returns how many.

    Call it inside `recorded`. Raised by two at once, an alert exists once, and so do its mails: the
    database sees to it (`alert_open_once`, `mail_tells_once_of_an_alert`).
    """
    existing = set(map(_subject, Alert.objects.open()))
    new = {_subject(each): each for each in found if _subject(each) not in existing}
    if not new:
        return 0
    for each in new.values():
        each.raised_at = now
    Alert.objects.bulk_create(new.values(), ignore_conflicts=True)
    raised = Alert.objects.open().filter(raised_at=now).order_by("pk")
    raised = raised.select_related("about").prefetch_related("about__memberships")
    notifications.alerted([each for each in raised if _subject(each) in new], now=now)
    return len(new)


def last_handled(kind: AlertKind, **subject: OuterRef | bool) -> Coalesce:
    """When an alert of this kind about the same was last handled: what happened before that does
    not count again."""
    handled = (
        Alert.objects.filter(kind=kind, **subject)
        .order_by()
        .values("kind")
        .annotate(last=Max("handled_at"))
        .values("last")
    )
    return Coalesce(Subquery(handled), Value(LONG_AGO), output_field=DateTimeField())


def _subject(alert: Alert) -> tuple[object, ...]:
    """What it is about: two alerts that agree in this are the same."""
    return tuple(alert.serializable_value(name) for name in SUBJECT)


def withdraw_of_file(file: ProviderFile, *, by: User, now: datetime) -> None:
    """A file was undone, so what it said no longer applies. Call it in that transaction."""
    waiting = Alert.objects.open().filter(kind=AlertKind.ACTIVE_WITH_NOBODY, file=file)
    mails.drop(Mail.objects.filter(alert__in=list(waiting.values_list("pk", flat=True))))
    waiting.update(withdrawn_at=now, withdrawn_by=by)


def handle(*, alert: Alert, note: str, by: User, now: datetime) -> None:
    """Somebody looked into it; the note says what they did or found.

    Raises Refused when the note contains a national number.
    """
    note = check_free_text(note.strip(), "reason")  # as its form calls it
    with recorded(by=by, why=gettext_noop("melding afgehandeld")):
        alert = _locked(alert)
        policies.check_can_handle(by, alert)
        alert.handled_at, alert.handled_by, alert.note = now, by, note
        alert.save(update_fields=["handled_at", "handled_by", "note"])
        mails.drop(Mail.objects.filter(alert=alert))


def reopen(*, alert: Alert, by: User) -> None:
    """It was not settled after all; the note stays readable. Raises Refused."""
    with recorded(by=by, why=gettext_noop("melding heropend")):
        alert = _locked(alert)
        policies.check_can_reopen(by, alert)
        alert.handled_at = alert.handled_by = None
        try:
            with transaction.atomic():
                alert.save(update_fields=["handled_at", "handled_by"])
        except IntegrityError:
            raise Refused(
                _("Er staat al een nieuwe melding open over hetzelfde. Handel die af."),
                code="alert-open-already",
            ) from None


def _locked(alert: Alert) -> Alert:
    return Alert.objects.select_for_update(no_key=True, of=("self",)).get(pk=alert.pk)
