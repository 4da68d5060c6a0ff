"""The mails of the demo: those of the story were sent long ago, except one; the last ones are
really sent.

Tested in `local.sample.tests.test_story`.
"""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from vouchers.actions.mail import reminders
from vouchers.models import Mail
from vouchers.states import MailKind, MailState

# Younger mails wait, and go out over SMTP as soon as a worker runs.
STILL_WAITING = timedelta(days=3)


def write_mails(*, now: datetime) -> None:
    """Write reminders about codes of today's wave, and settle what became of each mail.

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
