"""People in a browser, on the running stack: sign in through the form, use pages, crawl them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from voucherportal import browser as chromium
from voucherportal.tests.stack import Stack

WIDE, NARROW = 1280, 390
PATIENCE = 15_000  # milliseconds
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
# What is no page, or would end the session.
NOT_PAGES = re.compile(r"(/logout/|/static/|/technisch-beheer/|/health/)")
TABLE = (
    "table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText"
    ".replace(/\\u00a0/g, ' ').trim()))"
)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """The Chromium that `make test` found or installed."""
    path = chromium.find_or_install()
    expect.set_options(timeout=PATIENCE)
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

    # Pages

    def open(self, path: str) -> int:
        """Open a path of the portal; the status of the answer."""
        answer = self.page.goto(self.stack.address + path)
        assert answer is not None
        return answer.status

    def sign_in(self, email: str, password: str) -> None:
        """Through the form, as everybody does."""
        self.open("/account/login/")
        self.answer_sign_in(email, password)
        self.page.wait_for_url("**/start/")

    def answer_sign_in(self, email: str, password: str) -> None:
        """Fill and send the form that is open."""
        self.fill({"E-mailadres": email, "Wachtwoord": password})
        self.press("Aanmelden")

    def show_at(self, width: int) -> None:
        """Make the window this wide."""
        self.page.set_viewport_size({"width": width, "height": 900})

    # What a person does

    @property
    def main(self) -> Locator:
        """The page without header, menu and footer."""
        return self.page.get_by_role("main")

    def go_to(self, name: str) -> None:
        """An entry of the main menu."""
        menu = self.page.get_by_role("navigation", name="Hoofdmenu")
        menu.get_by_role("link", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """A link of the page, by (the first part of) its name."""
        self.main.get_by_role("link", name=re.compile(rf"^{re.escape(name)}")).click()

    def press(self, name: str) -> None:
        """A button of the page."""
        self.main.get_by_role("button", name=name, exact=True).click()

    def field(self, label: str) -> Locator:
        """A field by its label."""
        return self.main.get_by_label(label, exact=True)

    def fill(self, answers: Mapping[str, str]) -> None:
        """Type in fields, label by label."""
        for label, answer in answers.items():
            self.field(label).fill(answer)

    # What a person sees

    def row(self, heading: str) -> Locator:
        """The row of a table that is about this: it stands in the row's heading."""
        headed = self.page.get_by_role("rowheader", name=heading)
        return self.main.get_by_role("row").filter(has=headed)

    def sees(self, *sentences: str) -> None:
        """Each of these stands on the page, now or soon."""
        for sentence in sentences:
            expect(self.main).to_contain_text(sentence)

    def table(self) -> list[dict[str, str]]:
        """The table of the page: a dict a row, by the headings."""
        first, *rows = self.main.get_by_role("table").evaluate(TABLE)
        headings = [heading.rstrip(" ↕▲▼\n") for heading in first]
        return [dict(zip(headings, row, strict=True)) for row in rows]


@contextmanager
def a_visitor(browser: Browser, stack: Stack, *, width: int = WIDE) -> Iterator[Visitor]:
    """A fresh window, signed out; complaints of the console are kept."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="nl-BE")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    visitor = Visitor(page, stack)
    page.on("console", lambda message: note(visitor, message.type, message.text))
    page.on("pageerror", lambda error: visitor.said.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()


@contextmanager
def signed_in(browser: Browser, stack: Stack, *names: str) -> Iterator[list[Visitor]]:
    """A window each for these people of the demo, signed in through the form."""
    with ExitStack() as windows:
        visitors = [windows.enter_context(a_visitor(browser, stack)) for _name in names]
        for name, visitor in zip(names, visitors, strict=True):
            visitor.sign_in(*accounts(stack)[name])
        yield visitors


def note(visitor: Visitor, kind: str, text: str) -> None:
    """Keep errors and warnings of the console with the page they came from."""
    if kind in {"error", "warning"}:
        visitor.said.append(f"{visitor.page.url}: {text}")


def accounts(stack: Stack) -> dict[str, tuple[str, str]]:
    """E-mail and password of the demo's people, by the first part of the address."""
    lines = (stack.folder / "accounts.txt").read_text().splitlines()
    found = [line.split()[:2] for line in lines if "@" in line]
    return {email.partition("@")[0]: (email, password) for email, password in found}


# Every page that can be reached


def shape(path: str) -> str:
    """A path with its numbers taken out: pages of one kind are looked at once, and once more with
    something chosen in the address."""
    parts = urlsplit(path)
    return re.sub(r"\d+", "N", parts.path) + ("?" if parts.query else "")


def every_page(
    visitor: Visitor, start: str, *, not_again: set[str] | None = None, at_most: int = 150
) -> Iterator[str]:
    """Open each kind of page that can be reached by links from `start`; yields its path.

    not_again: the shapes that were seen before and are skipped; those of this walk are added.
    """
    seen = set() if not_again is None else not_again
    seen.add(shape(start))
    waiting = [start]
    while waiting and at_most:
        path = waiting.pop(0)
        at_most -= 1
        if not opened(visitor, path):
            continue
        yield path
        for link in links(visitor.page, visitor.stack.address):
            if shape(link) not in seen and not NOT_PAGES.search(link):
                seen.add(shape(link))
                waiting.append(link)


def opened(visitor: Visitor, path: str) -> bool:
    """Open a page; False when the address gives a file instead. Anything but 200 is an error."""
    try:
        status = visitor.open(path)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return False
    assert status == 200, f"{path} answers {status}"
    return True


def links(page: Page, address: str) -> list[str]:
    """Paths of this portal that the page links to, in order."""
    hrefs = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href.split('#')[0])")
    return [href.removeprefix(address) for href in hrefs if href.startswith(address + "/")]


def file_name(path: str, who: str, width: int) -> str:
    """A name for the picture of a page."""
    kind = shape(path).lower().replace("?", "-gekozen")
    words = re.sub(r"[^a-z0-9]+", "-", kind).strip("-") or "voorpagina"
    return f"{who}--{words}--{width}.png"


def save(visitor: Visitor, folder: Path, path: str, who: str) -> Path:
    """A picture of the whole page as it stands."""
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else WIDE
    target = folder / file_name(path, who, width)
    visitor.page.screenshot(path=target, full_page=True)
    return target
