"""The mails of the demo: those of the story left long ago, but for one; the last ones really go."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from vouchers.actions.mail import reminders
from vouchers.models import Mail
from vouchers.states import MailKind, MailState

# Younger mails wait, and go over SMTP as soon as a worker runs.
STILL_WAITING = timedelta(days=3)


def write_mails(*, now: datetime) -> None:
    """Remind of codes of the wave of today, and settle what became of each mail.

    now: a morning; the story handed codes out 38 days before it.
    """
    for days in (24, 10):
        reminders.write_due(now=now - timedelta(days=days))
    old = Mail.objects.filter(state=MailState.QUEUED, created_at__lte=now - STILL_WAITING)
    refused = old.filter(kind=MailKind.RETURNED)
    refused.update(
        state=MailState.FAILED,
        attempts=1,
        error=_("De mailserver weigert dit adres: {answer}.").format(answer="550 5.1.1"),
    )
    old.update(state=MailState.SENT, attempts=1, sent_at=F("created_at"))
