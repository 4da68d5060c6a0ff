"""Every page that can be reached by links, once of each kind."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page

from e2e.walker import Visitor

# What would end the session, what is Django's own, and what is a file.
NO_PAGES = r"/account/logout/|/technisch-beheer/|/static/|/health/"
PUBLIC = r"/$|/privacy/|/toegankelijkheid/|/contact/|/voor-ouders/|/wie-kan-aanvragen/|/oefening/"
ENTRANCE = r"/account/"
# Where each begins, and what they skip: what another has looked at already.
WALKS = {
    "nobody": ("/", NO_PAGES),
    "karin": ("/start/", f"{NO_PAGES}|{PUBLIC}|/account/login|/account/password/reset"),
    "bilal": ("/start/", f"{NO_PAGES}|{PUBLIC}|{ENTRANCE}"),
    "ann": ("/start/", f"{NO_PAGES}|{PUBLIC}|{ENTRANCE}"),
    "olga": ("/start/", f"{NO_PAGES}|{PUBLIC}|{ENTRANCE}"),
    "ada": ("/ministerie/mensen/", r"/(?!ministerie/mensen/)"),  # the rest is as olga has it
    "tom": ("/start/", f"{NO_PAGES}|{PUBLIC}|{ENTRANCE}"),
}


def shape(path: str) -> str:
    """A path with its numbers taken out: pages of one kind are looked at once, and once more with
    something chosen in the address."""
    parts = urlsplit(path)
    return re.sub(r"\d+", "N", parts.path) + ("?" if parts.query else "")


def name_of(path: str) -> str:
    """A name for the picture of a page."""
    words = re.sub(r"[^a-z0-9]+", "-", shape(path).lower().replace("?", "-gekozen")).strip("-")
    return words or "voorpagina"


def every_page(visitor: Visitor) -> Iterator[str]:
    """Open each kind of page that this person has; yields its path while it is open."""
    start, skipped = WALKS[visitor.name]
    waiting, seen = [start], {shape(start)}
    while waiting:
        path = waiting.pop(0)
        if not opened(visitor, path):
            continue
        yield path
        for link in links(visitor.page, visitor.stack.address):
            if shape(link) not in seen and not re.match(skipped, link):
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
