"""The mails about a second factor: it changed, or somebody reset it. Texts: templates/mail/.

Tested in `accounts.tests.test_second_factor`.
"""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django_stubs_ext import StrPromise

from accounts.models import User

log = logging.getLogger(__name__)


def notify_changed(*, person: User, news: str | StrPromise) -> None:
    """Somebody changed their own second factor. An unreachable mail server does not undo that."""
    try:
        _send("second_factor_changed", person, {"news": news})
    except (OSError, smtplib.SMTPException) as error:
        log.warning("no mail about a changed second factor: %s", type(error).__name__)


def notify_reset(*, person: User, by: User) -> None:
    """An administrator reset it. Raises OSError or SMTPException when the mail is not accepted."""
    _send("second_factor_reset", person, {"by": by})


def _send(kind: str, person: User, facts: dict[str, object]) -> None:
    context = {
        **facts,
        "person": person,
        "link": settings.PUBLIC_URL + reverse("account_login"),
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(person.language):
        subject = render_to_string(f"mail/{kind}_subject.txt", context)
        text = render_to_string(f"mail/{kind}.txt", context)
    EmailMessage(" ".join(subject.split()), text.strip() + "\n", to=[person.email]).send()
