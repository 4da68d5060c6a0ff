"""People in a browser, on the running stack: sign in through the form, and go through every page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from voucherportal import browser as chromium
from voucherportal.tests.stack import Stack

WIDE, NARROW = 1280, 390
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
# Answers that are files, and what ends the session.
NOT_PAGES = re.compile(r"(\.csv|\.pdf|format=|/logout/|/static/|/technisch-beheer/|/health/)")


@contextmanager
def a_browser() -> Iterator[Browser]:
    """The Chromium that `make test` found or installed."""
    path = chromium.find_or_install()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


@dataclass
class Visitor:
    """Somebody with a browser window of a width; `said` is what the console complained of."""

    page: Page
    stack: Stack
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Open a path of the portal; the status of the answer."""
        answer = self.page.goto(self.stack.address + path)
        assert answer is not None
        return answer.status

    def sign_in(self, email: str, password: str) -> None:
        """Through the form, as everybody does."""
        self.open("/account/login/")
        self.page.get_by_label("E-mailadres").fill(email)
        self.page.get_by_label("Wachtwoord", exact=True).fill(password)
        self.page.locator("main").get_by_role("button", name="Aanmelden").click()
        self.page.wait_for_url("**/start/")


@contextmanager
def a_visitor(browser: Browser, stack: Stack, *, width: int = WIDE) -> Iterator[Visitor]:
    """A fresh window, signed out; complaints of the console are kept."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="nl-BE")
    page = context.new_page()
    page.set_default_timeout(15_000)
    visitor = Visitor(page, stack)
    page.on("console", lambda message: note(visitor, message.type, message.text))
    page.on("pageerror", lambda error: visitor.said.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()


def note(visitor: Visitor, kind: str, text: str) -> None:
    """Keep errors and warnings of the console with the page they came from."""
    if kind in {"error", "warning"}:
        visitor.said.append(f"{visitor.page.url}: {text}")


def accounts(stack: Stack) -> dict[str, tuple[str, str]]:
    """E-mail and password of the demo's people, by the first part of the address."""
    lines = (stack.folder / "accounts.txt").read_text().splitlines()
    found = [line.split()[:2] for line in lines if "@" in line]
    return {email.partition("@")[0]: (email, password) for email, password in found}


def shape(path: str) -> str:
    """A path with its numbers taken out: pages of one kind are looked at once."""
    parts = urlsplit(path)
    keys = sorted(part.partition("=")[0] for part in parts.query.split("&") if part)
    return re.sub(r"\d+", "N", parts.path) + ("?" + "&".join(keys) if keys else "")


def every_page(visitor: Visitor, start: str, *, at_most: int = 150) -> Iterator[str]:
    """Open each kind of page that can be reached by links from `start`; yields its path."""
    waiting, seen = [start], {shape(start)}
    while waiting and at_most:
        path = waiting.pop(0)
        at_most -= 1
        status = visitor.open(path)
        assert status == 200, f"{path} answers {status}"
        yield path
        for link in links(visitor.page, visitor.stack.address):
            if shape(link) not in seen and not NOT_PAGES.search(link):
                seen.add(shape(link))
                waiting.append(link)


def links(page: Page, address: str) -> list[str]:
    """Paths of this portal that the page links to, in order; downloads left out."""
    hrefs = page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.map(one => one.href.split('#')[0])"
    )
    return [href.removeprefix(address) for href in hrefs if href.startswith(address + "/")]


def file_name(path: str, who: str, width: int) -> str:
    """A name for the picture of a page."""
    words = re.sub(r"[^a-z0-9]+", "-", shape(path).lower()).strip("-") or "voorpagina"
    return f"{who}--{words}--{width}.png"


def save(visitor: Visitor, folder: Path, path: str, who: str) -> Path:
    """A picture of the whole page as it stands."""
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else WIDE
    target = folder / file_name(path, who, width)
    visitor.page.screenshot(path=target, full_page=True)
    return target
