"""Handing a mail to the mail server, and what its answer means for this mail and for the others.

Tested in `vouchers.actions.mail.tests.test_mails`, `accounts.tests.test_mail_queue`.
"""

import logging
import re
import smtplib
from dataclasses import dataclass
from email.errors import MessageError

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

SHUTS_DOWN = 421
# What a mail server adds to its answer (RFC 3463); its words may name things, its numbers cannot.
ENHANCED = re.compile(rb"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a mail did not leave. `final`: no use trying again; `away`: nothing can leave now."""

    sentence: str
    final: bool = False
    away: bool = False


def hand_over(message: EmailMessage, server: BaseEmailBackend, *, what: str) -> Trouble | None:
    """Send it over this connection; returns what went wrong, if anything did. what: for the log."""
    message.connection = server
    try:
        server.open()
        message.send()
    except (OSError, smtplib.SMTPException, ValueError, MessageError) as error:
        logger.warning("%s did not leave: %s", what, type(error).__name__)
        return _trouble(error)
    return None


def _trouble(error: Exception) -> Trouble:
    """What an error in sending concerns: this address, this mail, or all mails."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return _refused(_("De mailserver weigert dit adres: {answer}."), code, text)
        case smtplib.SMTPDataError():
            sentence = _("De mailserver weigert deze mail: {answer}.")
            return _refused(sentence, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            sentence = _(
                "De mailserver aanvaardt niets van ons: {answer}."
                " Verwittig wie het portaal beheert."
            )
            answer = _answer(error.smtp_code, error.smtp_error)
            return Trouble(sentence.format(answer=answer), away=True)
        case ValueError() | MessageError():
            return Trouble(_("Naar dit adres kan geen mail vertrekken. Kijk het na."), final=True)
    return Trouble(_("De mailserver antwoordt niet."), away=True)


def _refused(sentence: str, code: int, text: bytes | str) -> Trouble:
    sentence = sentence.format(answer=_answer(code, text))
    return Trouble(sentence, final=code >= 500, away=code == SHUTS_DOWN)


def _answer(code: int, text: bytes | str) -> str:
    """ "550 5.1.1": the numbers of an answer."""
    found = ENHANCED.search(text if isinstance(text, bytes) else text.encode())
    return f"{code} {found[0].decode()}" if found else str(code)
