"""The mails about accounts. Texts: templates/mail/. A mail holds at most a link, or a code that
proves a mailbox; never that of a voucher.

Tested in `accounts.tests.test_actions` and `accounts.tests.test_language`.
"""

import smtplib
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import policies
from accounts.links import invitation_link, invitation_until
from accounts.models import User
from common.refused import allowed
from schools.models import Organisation


class MailNotSent(Exception):
    """Everything was saved, but the mail server did not accept the mail; `message` says so."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def invite_by_mail(
    person: User, by: User, organisations: Sequence[Organisation], now: datetime
) -> None:
    """Send the invitation, after everything was saved. Raises MailNotSent."""
    try:
        send_invitation(person=person, by=by, organisations=organisations, now=now)
    except (OSError, smtplib.SMTPException) as error:
        sentence = _(
            "{email} staat in de lijst, maar de mail kon niet vertrekken. Wacht enkele minuten en"
            " kies dan “Opnieuw uitnodigen”."
        )
        raise MailNotSent(sentence.format(email=person.email)) from error


def send_invitation(
    *, person: User, by: User, organisations: Sequence[Organisation], now: datetime
) -> None:
    """Send the invitation in the language of the person: a link to choose a password, or to sign in
    for those who have one.

    Raises OSError or SMTPException when the mail server does not accept it.
    """
    signs_on = not allowed(policies.check_can_choose_password, person)
    is_new = not (person.can_sign_in or signs_on)
    sign_in = settings.PUBLIC_URL + reverse("account_login")
    context = {
        "person": person,
        "by": by,
        "organisations": organisations,
        "is_new": is_new,
        "signs_on": signs_on,
        "link": invitation_link(person) if is_new else sign_in,
        "until": invitation_until(now),
        "again": settings.PUBLIC_URL + reverse("account_reset_password"),
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(person.language):
        subject = render_to_string("mail/invitation_subject.txt", context)
        text = render_to_string("mail/invitation.txt", context)
    EmailMessage(" ".join(subject.split()), text.strip() + "\n", to=[person.email]).send()


def send_sign_on_code(*, address: str, name: str, code: str) -> None:
    """Send the code that proves a mailbox, in the language of the pages of whoever asked.

    Raises OSError or SMTPException when the mail server does not accept it.
    """
    context = {"person": name or address, "code": code, "support_email": settings.SUPPORT_EMAIL}
    subject = render_to_string("mail/sign_on_code_subject.txt", context)
    text = render_to_string("mail/sign_on_code.txt", context)
    EmailMessage(" ".join(subject.split()), text.strip() + "\n", to=[address]).send()
