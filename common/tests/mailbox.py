"""A real SMTP server for tests: the demo's mail catcher, read back from its files."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox as Catcher
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.test import override_settings

from local.demo_mail import KeptMail, kept_mails
from local.supervisor import any_free_port


class Moody(Catcher):
    """A catcher that refuses what it is told to refuse, and that can be paused in the middle of a
    mail: before it gets the text (`held_at` is "RCPT") or before it confirms having accepted it
    ("DATA")."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sender = "250 OK"
        self.recipients: dict[str, str] = {}
        self.content = ""
        self.held_at = ""
        self.busy = threading.Event()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The reply for this address; 250 unless it was told another."""
        await self._wait("RCPT")
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the mail, unless `content` is what it has to reply."""
        await self._wait("DATA")
        return self.content or await super().handle_DATA(server, session, envelope)

    async def _wait(self, place: str) -> None:
        """Wait while paused here; `busy` says that it is."""
        while self.held_at == place:
            self.busy.set()
            await asyncio.sleep(0.02)


class Mailbox:
    """The mails that arrived; `server` sets how the server behaves."""

    def __init__(self, folder: Path, server: Moody) -> None:
        self.folder = folder
        self.server = server

    @property
    def headers(self) -> list[Message]:
        return [message_from_bytes(path.read_bytes()) for path in self.folder.glob("new/*")]

    @property
    def mails(self) -> list[KeptMail]:
        """Every mail, newest first."""
        return kept_mails(self.folder)

    def link(self) -> str:
        """The path of the link in the newest mail, with which somebody chooses a password."""
        text = self.mails[0].text
        found = re.findall(r"https?://\S+/account/password/reset/key/\S+", text)
        assert len(found) == 1
        return found[0].removeprefix(settings.PUBLIC_URL)


@contextmanager
def a_mailbox(folder: Path) -> Iterator[Mailbox]:
    """A server on a port of its own, to which Django sends until the block ends."""
    port, server = any_free_port(), Moody(folder)
    controller = Controller(server, hostname="127.0.0.1", port=port)
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
            yield Mailbox(folder, server)
    finally:
        controller.stop()
