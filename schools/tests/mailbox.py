"""A real SMTP server for tests: the demo's mail catcher, read back from its files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox as Catcher
from django.conf import settings
from django.test import override_settings

from schools.demo_mail import KeptMail, kept_mails
from voucherportal.supervisor import any_free_port


class Mailbox:
    """What arrived."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def mails(self) -> list[KeptMail]:
        """Every mail, newest first."""
        return kept_mails(self.folder)

    def link(self) -> str:
        """The path of the link in the newest mail with which one chooses a password."""
        text = self.mails[0].text
        found = re.findall(r"https?://\S+/account/password/reset/key/\S+", text)
        assert len(found) == 1
        return found[0].removeprefix(settings.PUBLIC_URL)


@contextmanager
def a_mailbox(folder: Path) -> Iterator[Mailbox]:
    """A server on a port of its own, to which Django sends while the block lasts."""
    port = any_free_port()
    controller = Controller(Catcher(folder), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_USE_TLS=False,
            EMAIL_USE_SSL=False,
            EMAIL_HOST_USER="",
            EMAIL_HOST_PASSWORD="",
        ):
            yield Mailbox(folder)
    finally:
        controller.stop()
