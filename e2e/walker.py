"""People in a browser, on the running stack: sign in through the form, use pages, check them."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from local import browser as chromium
from local.tests.stack import Stack

WIDE, NARROW = 1280, 390
PATIENCE = 15_000  # milliseconds
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
# What is not a page, or would end the session.
NOT_PAGES = re.compile(r"(/logout/|/static/|/technisch-beheer/|/health/)")
AFTER_PASSWORD = re.compile(r"/(start|account/tweede-stap/authenticate)/$")
SECOND_STEP = "/account/tweede-stap/"
ENOUGH_SECONDS, HALF_A_MINUTE = 3, 30  # left of a code's validity
TABLE = (
    "table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText"
    ".replace(/\\u00a0/g, ' ').trim()))"
)


@dataclass(frozen=True)
class Album:
    """Pictures of pages in a folder, in the order in which they were taken."""

    folder: Path
    taken: list[Path] = field(default_factory=list)

    def keep(self, page: Page, name: str) -> None:
        """Save a picture of the whole page as it is now."""
        target = self.folder / f"{name}.png"
        page.screenshot(path=target, full_page=True)
        self.taken.append(target)


@contextmanager
def a_browser(playwright: Playwright, *, keeps_pages: bool = False) -> Iterator[Browser]:
    """The Chromium that `make test` found or installed. keeps_pages: for Back and Forward, as
    people's browsers do and driven ones do not."""
    expect.set_options(timeout=PATIENCE)
    path = chromium.find_or_install()
    left_out = ["--disable-back-forward-cache"] if keeps_pages else []
    opened = playwright.chromium.launch(
        executable_path=path, args=FLAGS, ignore_default_args=left_out
    )
    try:
        yield opened
    finally:
        opened.close()


@dataclass
class Visitor:
    """Somebody with a browser window; `said` has the complaints of the console, `album` is where
    pictures of what they see are saved."""

    page: Page
    stack: Stack
    name: str = "nobody"
    said: list[str] = field(default_factory=list)
    album: Album | None = None

    # Pages

    def open(self, path: str) -> int:
        """Open a path of the portal; returns the status of the answer."""
        answer = self.page.goto(self.stack.address + path)
        assert answer is not None
        return answer.status

    def sign_in(self, email: str, password: str) -> None:
        """Through the forms, as everybody does; somebody with a second factor enters its code."""
        self.open("/account/login/")
        self.answer_sign_in(email, password)
        self.page.wait_for_url(AFTER_PASSWORD)
        if SECOND_STEP in self.page.url:
            self.give_code(email)
            self.page.wait_for_url("**/start/")

    def give_code(self, email: str) -> None:
        """Enter the code that the demo's phone shows; once more when it was used already."""
        for seconds_left in (ENOUGH_SECONDS, HALF_A_MINUTE):
            self.fill({"Code": self.code_of(email, seconds_left)})
            with self.page.expect_navigation():
                self.press("Aanmelden")
            if SECOND_STEP not in self.page.url:
                return

    def code_of(self, email: str, seconds_left: int) -> str:
        """Read from the demo's phone; waits for the next code when this one is valid for no more
        than `seconds_left`."""
        shown = self.page.request.get(self.stack.address + "/oefening/telefoon/").text()
        left = re.search(r"werken nog (\d+) second", shown)
        found = re.search(rf'{re.escape(email)}</span></th><td class="code">(\d+)</td>', shown)
        assert left, shown
        assert found, shown
        if int(left[1]) > seconds_left:
            return found[1]
        self.page.wait_for_timeout(1000 * (int(left[1]) + 1))
        return self.code_of(email, ENOUGH_SECONDS)

    def answer_sign_in(self, email: str, password: str) -> None:
        """Fill in and send the form that is open."""
        self.fill({"E-mailadres": email, "Wachtwoord": password})
        self.press("Aanmelden")

    # What a person does

    @property
    def main(self) -> Locator:
        """The page without header, menu and footer."""
        return self.page.get_by_role("main")

    def go_to(self, name: str) -> None:
        """Choose an entry of the main menu."""
        menu = self.page.get_by_role("navigation", name="Hoofdmenu")
        menu.get_by_role("link", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Click a link of the page, by (the first part of) its name."""
        self.main.get_by_role("link", name=re.compile(rf"^{re.escape(name)}")).click()

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def field(self, label: str) -> Locator:
        return self.main.get_by_label(label, exact=True)

    def fill(self, answers: Mapping[str, str]) -> None:
        """Type into fields, by their labels."""
        for label, answer in answers.items():
            self.field(label).fill(answer)

    # What a person sees

    def row(self, heading: str) -> Locator:
        """The row of a table with this row heading."""
        headed = self.page.get_by_role("rowheader", name=heading)
        return self.main.get_by_role("row").filter(has=headed)

    def sees(self, *sentences: str) -> None:
        """Each of these is on the page, now or soon."""
        for sentence in sentences:
            expect(self.main).to_contain_text(sentence)

    def looks_right(self, name: str) -> None:
        """At both widths the page is accessible and fits; pictures of both go into the album."""
        for width in (NARROW, WIDE):
            self.page.set_viewport_size({"width": width, "height": 900})
            found = flaws(self.page)
            assert found == [], f"{name} at {width}: {found}"
            if self.album:
                self.album.keep(self.page, f"{self.name}--{name}--{width}")

    def table(self) -> list[dict[str, str]]:
        """The table of the page: a dict per row, by the headings."""
        first, *rows = self.main.get_by_role("table").evaluate(TABLE)
        headings = [heading.rstrip(" ↕▲▼\n") for heading in first]
        return [dict(zip(headings, row, strict=True)) for row in rows]


@contextmanager
def a_visitor(browser: Browser, stack: Stack, *, album: Album | None = None) -> Iterator[Visitor]:
    """A new window, signed out; complaints of the console are collected."""
    context = browser.new_context(viewport={"width": WIDE, "height": 900}, locale="nl-BE")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    visitor = Visitor(page, stack, album=album)
    page.on("console", lambda message: note(visitor, message.type, message.text))
    page.on("pageerror", lambda error: visitor.said.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()


@contextmanager
def signed_in(
    browser: Browser, stack: Stack, *names: str, album: Album | None = None
) -> Iterator[list[Visitor]]:
    """A window for each of these people of the demo, signed in through the form.

    Somebody who entered a code reuses that session the next time: each code works once, so they
    could sign in at most twice a minute.
    """
    with ExitStack() as windows:
        visitors = []
        for name in names:
            visitor = windows.enter_context(a_visitor(browser, stack, album=album))
            visitor.name = name
            begin(visitor, *accounts(stack)[name])
            visitors.append(visitor)
        yield visitors


def begin(visitor: Visitor, email: str, password: str) -> None:
    """Sign in, or continue in the session of an earlier sign-in with a code."""
    context, kept = visitor.page.context, visitor.stack.folder / f"session-{visitor.name}.json"
    if kept.exists():
        context.add_cookies(json.loads(kept.read_text())["cookies"])
        visitor.open("/start/")
    if urlsplit(visitor.page.url).path != "/start/":  # that session has ended in the meantime
        visitor.sign_in(email, password)
    if needs_code(visitor):
        context.storage_state(path=kept)


def needs_code(visitor: Visitor) -> bool:
    """Does the demo's phone have a code for this person?"""
    return (
        f"{visitor.name}@"
        in visitor.page.request.get(visitor.stack.address + "/oefening/telefoon/").text()
    )


def note(visitor: Visitor, kind: str, text: str) -> None:
    """Collect errors and warnings of the console with the page they came from."""
    if kind in {"error", "warning"}:
        visitor.said.append(f"{visitor.page.url}: {text}")


def accounts(stack: Stack) -> dict[str, tuple[str, str]]:
    """E-mail and password of the demo's people, by the part of the address before the @."""
    lines = (stack.folder / "accounts.txt").read_text().splitlines()
    found = [line.split()[:2] for line in lines if "@" in line]
    return {email.partition("@")[0]: (email, password) for email, password in found}


def flaws(page: Page) -> list[str]:
    """What is wrong with a page at this width: axe violations, scrolling sideways, not exactly one
    h1."""
    violations = Axe().run(page).response["violations"]
    found = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in violations]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("scrolls sideways")
    if page.get_by_role("heading", level=1).count() != 1:
        found.append("not one h1")
    return found
