"""Mails about one's own account: rows in the transaction of what they tell, sent by the workers.

Not those of the scheme (`vouchers.actions.mail`): everybody at the ministry reads those, and some
of these hold a link that opens an account. So a row holds no text. Text and link are made when the
mail leaves, and the row says only that it left. No request waits for a mail server.
"""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from accounts import links
from accounts.browsers import Browser
from accounts.models import AccountMail, User
from common.broker import tell_workers
from common.formats import as_moment
from common.mail_server import Trouble, hand_over

Kind, State = AccountMail.Kind, AccountMail.State

SEND_TASK = "accounts.send_mails"
MESSAGE_SECONDS = 55.0
# After a first, second, ... attempt that failed; after the last of them it is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 8 * 60, 24 * 60))
# Whoever sends a mail has it for so long: longer than a mail server that hangs is waited for.
LEASE = timedelta(minutes=5)
# Somebody who asked a link so long ago asked again, or does not need it any more.
LINK_WANTED = timedelta(hours=1)
PER_CONNECTION = 100

FACTOR_NEWS = {
    "totp_activated": gettext_lazy("Er is een app met codes toegevoegd."),
    "totp_deactivated": gettext_lazy("De app met codes is weggehaald."),
    "webauthn_added": gettext_lazy("Er is een passkey toegevoegd."),
    "webauthn_removed": gettext_lazy("Er is een passkey weggehaald."),
    "recovery_codes_generated": gettext_lazy(
        "Er zijn nieuwe reservecodes gemaakt. De oude werken niet meer."
    ),
}


class NotNeeded(Exception):
    """There is nothing to tell any more: the person is blocked, the link came too late, …"""


def queue(
    kind: AccountMail.Kind, *, person: User | None, now: datetime, address: str = "", **facts: str
) -> None:
    """A mail of this kind for this person, sent on commit. Call it in the transaction of the act.

    address: where it goes, when that is not the person's own address.
    """
    AccountMail.objects.create(
        kind=kind,
        person=person,
        address=address,
        facts=facts,
        created_at=now,
        next_attempt_at=now,
    )
    transaction.on_commit(_tell_workers)


def _tell_workers() -> None:
    tell_workers(SEND_TASK, what="mails about accounts", expires=MESSAGE_SECONDS)


def send_due(*, now: datetime) -> int:
    """Send what is due until nothing is left or the mail server is away; returns how many left."""
    started, sent, more = time.monotonic(), 0, True
    while more:
        with closing(get_connection()) as server:
            for _place in range(PER_CONNECTION):
                moment = now + timedelta(seconds=time.monotonic() - started)
                mail = _taken(moment)
                if mail is None:
                    return sent
                trouble = _send(mail, server, moment)
                sent += mail.state == State.SENT
                more = not (trouble and trouble.away)
                if not more:
                    break
    return sent


def _taken(now: datetime) -> AccountMail | None:
    """The next mail, which nobody else takes for the time being. No row stays locked while a mail
    server answers: signing in writes the row of the person."""
    with transaction.atomic():
        due = AccountMail.objects.due(now)
        mail = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if mail is not None:
            mail.attempts += 1
            mail.next_attempt_at = now + LEASE
            mail.save(update_fields=["attempts", "next_attempt_at"])
    return mail


def _send(mail: AccountMail, server: BaseEmailBackend, now: datetime) -> Trouble | None:
    """Make it, hand it to the mail server and write down what became of it."""
    try:
        message = _message(mail, now)
    except NotNeeded:
        trouble, mail.state = None, State.DROPPED
    else:
        trouble = hand_over(message, server, what=f"account mail {mail.pk}")
        if trouble is None:
            mail.state, mail.sent_at = State.SENT, now
        elif trouble.final or mail.attempts > len(WAITS):
            mail.state = State.FAILED
        else:
            mail.next_attempt_at = now + WAITS[mail.attempts - 1]
    mail.save(update_fields=["state", "sent_at", "next_attempt_at"])
    return trouble


def _message(mail: AccountMail, now: datetime) -> EmailMessage:
    """The mail in the language of the person; raises NotNeeded."""
    person = mail.person
    if person is None or not person.is_active:
        raise NotNeeded
    with translation.override(person.language):
        context = {
            "person": person,
            "support_email": settings.SUPPORT_EMAIL,
            **SAYS[Kind(mail.kind)](mail, person, now),
        }
        name = f"mail/account_{mail.kind.lower()}"
        subject = render_to_string(f"{name}_subject.txt", context)
        body = render_to_string(f"{name}.txt", context)
    return EmailMessage(
        " ".join(subject.split()),
        body.strip() + "\n",
        to=[mail.address or person.email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


# What each kind says besides


def _reset_link(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    if now - mail.created_at > LINK_WANTED:
        raise NotNeeded
    return {"link": links.reset_link(person)}


def _new_address(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    """Dropped without a word when somebody has that address: asking does not tell who is here."""
    is_taken = User.objects.filter(email=mail.address).exists()
    if is_taken or person.new_email != mail.address or now - mail.created_at > LINK_WANTED:
        raise NotNeeded
    return {"link": links.address_link(person)}


def _changed(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    return {"link": settings.PUBLIC_URL + reverse("contact"), "at": as_moment(mail.created_at)}


def _factor_changed(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    return _changed(mail, person, now) | {"news": FACTOR_NEWS[mail.facts["news"]]}


def _factors_reset(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    return _changed(mail, person, now) | {"by": mail.facts["by"]}


def _new_browser(mail: AccountMail, person: User, now: datetime) -> dict[str, Any]:
    browser = Browser(mail.facts["browser"], mail.facts["system"])
    return _changed(mail, person, now) | {"browser": str(browser)}


SAYS: dict[AccountMail.Kind, Callable[[AccountMail, User, datetime], dict[str, Any]]] = {
    Kind.RESET_LINK: _reset_link,
    Kind.NEW_ADDRESS: _new_address,
    Kind.ADDRESS_CHANGED: _changed,
    Kind.PASSWORD_CHANGED: _changed,
    Kind.FACTOR_CHANGED: _factor_changed,
    Kind.FACTORS_RESET: _factors_reset,
    Kind.NEW_BROWSER: _new_browser,
}
