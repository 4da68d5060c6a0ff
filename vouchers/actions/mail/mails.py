"""Mails: written inside the transaction of what they report, sent after it, each once.

Whoever sends a mail keeps its row locked while the mail server takes it, and writes SENT before
letting go. A sender that dies in between lets go without writing, so that the next one sends it
(docs/adr/0013-mails.md).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_noop

from accounts.models import User
from common.broker import tell_workers
from common.mail_server import Trouble, hand_over
from history.recording import recorded
from schools.models import Organisation
from vouchers import policies
from vouchers.models import Alert, Mail, VoucherRequest
from vouchers.models.mails import MailQuerySet
from vouchers.states import MailKind, MailState

SEND_TASK = "vouchers.send_mails"
# After a first, second, ... failed attempt; after the last of them it is given up.
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 8 * 60, 24 * 60)
)  # fmt: skip
# Beat looks every minute: a message that nobody took by then is no longer needed.
MESSAGE_SECONDS = 55.0
# Mail servers close a connection that carries too many.
PER_CONNECTION = 100

# What a text says besides names: pairs of a name in the template and a number, a day, or a yes or
# no.
Facts = tuple[tuple[str, int | date | None], ...]


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to report to people of an organisation, or of the ministry about an alert. `path`:
    where to act or read more; `numbers`: what the texts say besides, numbers and days only."""

    kind: MailKind
    organisation: Organisation | None
    path: str
    request: VoucherRequest | None = None
    alert: Alert | None = None
    handed_out_on: date | None = None
    weeks: int | None = None
    numbers: Mapping[str, int | date] = field(default_factory=dict)


def write(notifications: Iterable[tuple[Notification, User]], *, now: datetime) -> int:
    """Write these mails, one per person, in the transaction of what they report; sent on commit.

    Nobody is told the same thing twice: the constraints of `Mail` see to it, also when two write at
    once. Returns how many are new. Two queries, however many mails.
    """
    text = cache(_text)
    written = [_written(each, person, text, now) for each, person in notifications]
    if not written:
        return 0
    with transaction.atomic():
        Mail.objects.bulk_create(written, ignore_conflicts=True)
        new = Mail.objects.filter(message__in=[each.message for each in written]).count()
        if new:
            transaction.on_commit(_tell_workers)
    return new


def _tell_workers() -> None:
    tell_workers(SEND_TASK, what="mails", expires=MESSAGE_SECONDS)


def _written(
    notification: Notification, person: User, text: Callable[[str, str, Facts], str], now: datetime
) -> Mail:
    """The mail as this person reads it. `text`: `_text`, or a cached version of it."""
    organisation, request = notification.organisation, notification.request
    names = {
        "person": str(person),
        "organisation": str(organisation),
        "number": request.label if request else "",
        "alert": _kind_in(person.language, notification.alert),
        "link": settings.PUBLIC_URL + notification.path,
    }
    facts = (
        *notification.numbers.items(),
        ("day", notification.handed_out_on),
        ("school", organisation is not None and organisation.is_school),
    )
    subject, body = (
        text(f"mail/{notification.kind.lower()}{part}.txt", person.language, facts).format_map(
            names
        )
        for part in ("_subject", "")
    )
    return Mail(
        kind=notification.kind,
        recipient=person,
        address=person.email,
        organisation=organisation,
        request=request,
        alert=notification.alert,
        handed_out_on=notification.handed_out_on,
        weeks=notification.weeks,
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        created_at=now,
        next_attempt_at=now,
    )


def _kind_in(language: str, alert: Alert | None) -> str:
    """What an alert is about, in a few words; never a name."""
    if alert is None:
        return ""
    with translation.override(language):
        return str(alert.get_kind_display())


def _text(template: str, language: str, facts: Facts) -> str:
    """A text with these facts, and str.format fields for the names of the person and the subject.

    That way one text serves many: a few dozen for 4,600 mails about codes.
    """
    fields = {name: f"{{{name}}}" for name in ("person", "organisation", "number", "alert", "link")}
    context = {**dict(facts), **fields, "support_email": settings.SUPPORT_EMAIL}
    with translation.override(language):
        return render_to_string(template, context)


def send_due(*, now: datetime) -> Counter[str]:
    """Send what is due, the longest waiting first, until nothing is left or the server is away.

    Several may do this at once: each mail is with one of them. Returns how many mails came to which
    state; QUEUED are those that will be tried again.
    """
    started = time.monotonic()
    states: Counter[str] = Counter()
    more = True
    while more:
        with closing(get_connection()) as server:
            for _place in range(PER_CONNECTION):
                moment = now + timedelta(seconds=time.monotonic() - started)
                state, more = _send_next(server, moment)
                states.update([state] if state else [])
                if not more:
                    break
    return states


def _send_next(server: BaseEmailBackend, now: datetime) -> tuple[str, bool]:
    """Send the next mail that nobody else is sending: its state afterwards ("" when there was
    none), and whether to go on. The row stays locked until the server's answer is written."""
    with transaction.atomic():
        waiting = Mail.objects.due(now).select_related("recipient")
        mail = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if mail is None:
            return "", False
        if not mail.recipient.is_active:
            drop(Mail.objects.filter(pk=mail.pk))
            return MailState.DROPPED, True
        trouble = _send(mail, server)
        _write_down(mail, trouble, now)
    return mail.state, not (trouble and trouble.away)


def _send(mail: Mail, server: BaseEmailBackend) -> Trouble | None:
    """Hand it to the mail server; returns what went wrong, if anything did."""
    message = EmailMessage(
        mail.subject,
        mail.body,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    return hand_over(message, server, what=f"mail {mail.pk}")


def _write_down(mail: Mail, trouble: Trouble | None, now: datetime) -> None:
    mail.attempts += 1
    mail.error = trouble.sentence if trouble else ""
    if trouble is None:
        mail.state, mail.sent_at = MailState.SENT, now
    elif trouble.final or mail.attempts > len(WAITS):
        mail.state = MailState.FAILED
    else:
        mail.next_attempt_at = now + WAITS[mail.attempts - 1]
    mail.save(update_fields=["attempts", "error", "state", "sent_at", "next_attempt_at"])


def send_again(*, mail: Mail, by: User, now: datetime) -> Mail:
    """Queue again a mail that did not leave, with all its attempts. Raises Refused."""
    with recorded(by=by, why=gettext_noop("mail opnieuw verstuurd")):
        rows = Mail.objects.select_related("recipient")
        mail = rows.select_for_update(no_key=True, of=("self",)).get(pk=mail.pk)
        policies.check_can_send_again(by, mail)
        mail.state, mail.attempts, mail.error = MailState.QUEUED, 0, ""
        mail.next_attempt_at = now
        mail.save(update_fields=["state", "attempts", "error", "next_attempt_at"])
        transaction.on_commit(_tell_workers)
    return mail


def drop(mails: MailQuerySet) -> int:
    """Drop those of these mails that have not left; returns how many. Waits for one that is being
    sent: that counts as sent."""
    return mails.unsent().update(state=MailState.DROPPED)
