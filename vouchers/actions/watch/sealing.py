"""Is history sealed, and is what was sealed whole? An alert when not: whoever may write to the
database can keep sealing from going on, and must not do so unseen (ADR 38)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from history.recording import recorded
from history.seals import unsealed
from vouchers.actions.watch.alerts import raise_alerts
from vouchers.models import Alert
from vouchers.states import AlertKind

ABOUT_SEALS = (AlertKind.SEAL_BROKEN, AlertKind.SEALING_STOPPED)


def tell_broken(*, seal: int, **signal: Any) -> None:
    """Receives `history.alarms.chain_broken`."""
    _raise(Alert(kind=AlertKind.SEAL_BROKEN, data={"seal": seal}), now=timezone.now())


def watch_sealing(*, now: datetime) -> int:
    """Raise an alert when something waits too long for its seal. Returns how many are new."""
    since = unsealed().since
    patience = timedelta(minutes=settings.WATCH_LIMITS["minutes_unsealed"])
    if since is None or since >= now - patience:
        return 0
    stopped = Alert(kind=AlertKind.SEALING_STOPPED, data={"since": since.isoformat()})
    return _raise(stopped, now=now)


def _raise(alert: Alert, *, now: datetime) -> int:
    with recorded(by=None, why=gettext_noop("verzegeling van het logboek nagekeken")):
        return raise_alerts([alert], now=now)
