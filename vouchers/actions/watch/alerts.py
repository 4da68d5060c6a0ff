"""Alerts: raised once while open, handled by a person, reopened, withdrawn when they no longer
apply."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.models import Alert, ProviderFile
from vouchers.models.alerts import SUBJECT
from vouchers.references import check_free_text
from vouchers.states import AlertKind


def raise_alerts(found: Iterable[Alert], *, now: datetime) -> int:
    """Raise those that are not already open; returns how many.

    Call it inside `recorded`. Raised by two at once, an alert exists once: the database sees to it
    (`alert_open_once`).
    """
    existing = set(map(_subject, Alert.objects.open()))
    new = {_subject(each): each for each in found if _subject(each) not in existing}
    for each in new.values():
        each.raised_at = now
    Alert.objects.bulk_create(new.values(), ignore_conflicts=True)
    return len(new)


def _subject(alert: Alert) -> tuple[object, ...]:
    """What it is about: two alerts that agree in this are the same."""
    return tuple(alert.serializable_value(name) for name in SUBJECT)


def withdraw_of_file(file: ProviderFile, *, by: User, now: datetime) -> None:
    """A file was undone, so what it said no longer applies. Call it in that transaction."""
    Alert.objects.open().filter(kind=AlertKind.ACTIVE_WITH_NOBODY, file=file).update(
        withdrawn_at=now, withdrawn_by=by
    )


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
