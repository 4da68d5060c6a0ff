"""The mails that the stack sent: a Maildir in its folder."""

import re
import time

from local.demo_mail import KeptMail, kept_mails
from local.tests.stack import Stack

LINK = re.compile(r"https?://\S+")
SECONDS = 20.0


def mail_to(stack: Stack, address: str) -> KeptMail:
    """The last mail to this address; waits for it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for mail in kept_mails(stack.folder / "mail"):
            if address in mail.to:
                return mail
        time.sleep(0.1)
    raise AssertionError(f"No mail to {address} after {SECONDS:.0f} seconds")


def first_link(mail: KeptMail, stack: Stack) -> str:
    """The first address in a mail, which must be one of this portal."""
    link = str(LINK.findall(mail.text)[0])
    assert link.startswith(stack.address), link
    return link
