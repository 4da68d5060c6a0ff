"""Fixtures of this app's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schools.tests.mailbox import Mailbox, a_mailbox


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A real SMTP server; the mails it got."""
    with a_mailbox(tmp_path / "mail") as opened:
        yield opened
