"""Every page that can be reached by links, once per kind."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page

from e2e.walker import Visitor

# What would end the session, what belongs to Django, and files.
NO_PAGES = "/account/logout/|/technisch-beheer/|/static/|/health/"
# Public pages: visitors who are signed in skip them.
PUBLIC = (
    "/$|/privacy/|/toegankelijkheid/|/contact/|/voor-ouders/|/wie-kan-aanvragen/|/oefening/"
    "|/account/login/|/account/password/reset/"
)
ALL_BUT_PUBLIC = rf"(?!{NO_PAGES}|{PUBLIC})"
# Where each begins and which pages they visit; what looks the same for two of them is visited once.
WALKS = {
    "nobody": ("/", rf"(?!{NO_PAGES})"),
    "karin": ("/start/", ALL_BUT_PUBLIC),
    "bilal": ("/start/", "/aanvragen/|/mijn-organisatie/"),  # several schools
    "ann": ("/start/", "/aanvragen/|/mijn-organisatie/"),  # no school: names each pupil's school
    "olga": ("/start/", ALL_BUT_PUBLIC + "(?!/account/)"),
    "ada": ("/ministerie/mensen/", "/ministerie/mensen/"),  # may invite more roles
    "sara": (  # sets what holds for everybody
        "/ministerie/golven/",
        "/ministerie/(golven/|schoolvakanties/|voorraden/$|providers/)",
    ),
    "alex": ("/start/", ALL_BUT_PUBLIC + "(?!/account/)"),
    "tom": ("/start/", ALL_BUT_PUBLIC + "(?!/account/)"),
}


def shape(path: str) -> str:
    """A path without its numbers: pages of one kind are visited once, and once more with something
    chosen in the address."""
    parts = urlsplit(path)
    return re.sub(r"\d+", "N", parts.path) + ("?" if parts.query else "")


def name_of(path: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", shape(path).lower().replace("?", "-gekozen")).strip("-")
    return words or "voorpagina"


def every_page(visitor: Visitor) -> Iterator[str]:
    """Open each kind of page that this person has; yields its path while it is open."""
    page, address = visitor.page, visitor.stack.address
    for path, found in walk(visitor.name):
        if opened(visitor, path):
            yield path
            found += links(page, address)


def walk(name: str) -> Iterator[tuple[str, list[str]]]:
    """The paths that this person visits, one page of each kind; each comes with a list that the
    caller fills with the links found there."""
    start, wanted = WALKS[name]
    waiting, seen = [start], {shape(start)}
    while waiting:
        found: list[str] = []
        yield waiting.pop(0), found
        for link in found:
            if shape(link) not in seen and re.match(wanted, link):
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
