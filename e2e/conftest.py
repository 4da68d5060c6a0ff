"""The whole portal, running as `make demo` runs it, and a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from e2e.walker import a_browser
from local.tests.stack import Stack, a_stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """One portal with the sample data, shared by the browser tests and deleted after them. The
    browser driver runs an event loop, in which Django refuses to use a database."""
    with a_stack() as running:
        running.start()
        yield running


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Drives the browser, and requests pages without one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all; each visitor gets a context of their own."""
    with a_browser(playwright) as opened:
        yield opened
