"""The mails about who works where, with which role: to the person and to colleagues.

Texts: templates/mail/. A mail server that is away undoes nothing.

Tested in `accounts.tests.test_admissions`, `accounts.tests.test_roles`.
"""

import logging
import smtplib
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django_stubs_ext import StrPromise

from accounts.models import User
from schools.models import Organisation

log = logging.getLogger(__name__)


def tell_somebody_came(
    colleagues: Iterable[User], *, person: User, organisation: Organisation, by: User
) -> None:
    """The colleagues of an organisation read who came, and who let them in."""
    facts = {"who": person, "organisation": organisation, "by": by}
    for colleague in colleagues:
        send("colleague_came", colleague, page=reverse("my_organisation"), facts=facts)


def tell_somebody_left(
    colleagues: Iterable[User], *, person: User, organisation: Organisation, by: User
) -> None:
    """The colleagues who stay, and the person who was taken away, read it."""
    facts = {"who": person, "organisation": organisation, "by": by}
    for colleague in colleagues:
        send("colleague_left", colleague, page=reverse("my_organisation"), facts=facts)
    if person != by and person.is_active and person.can_sign_in:
        send("taken_away", person, page=reverse("account_login"), facts=facts)


def tell_role_changed(*, person: User, before: str | StrPromise, by: User) -> None:
    """Somebody has another role from now on."""
    facts = {"before": before, "by": by}
    send("role_changed", person, page=reverse("account_login"), facts=facts)


def send(kind: str, person: User, *, page: str, facts: Mapping[str, object]) -> None:
    """One mail in the language of who gets it."""
    context = {
        **facts,
        "person": person,
        "link": settings.PUBLIC_URL + page,
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(person.language):
        subject = render_to_string(f"mail/{kind}_subject.txt", context)
        text = render_to_string(f"mail/{kind}.txt", context)
    mail = EmailMessage(" ".join(subject.split()), text.strip() + "\n", to=[person.email])
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("no mail %s: %s", kind, type(error).__name__)
