"""Which browser on which system somebody uses, as coarse as a person recognises it."""

from typing import NamedTuple

from django.utils.translation import gettext as _

# What a browser calls itself → the family. The first that is found counts, since most also call
# themselves Chrome or Safari.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class Browser(NamedTuple):
    """A family and a system, such as Firefox and Windows; empty where it is none that we know."""

    name: str
    system: str

    def __str__(self) -> str:
        """ "Firefox op Windows"."""
        if not (self.name or self.system):
            return _("onbekende browser")
        if not (self.name and self.system):
            return self.name or self.system
        return _("{browser} op {system}").format(browser=self.name, system=self.system)


def browser_of(agent: str) -> Browser:
    """The browser with this User-Agent header."""
    return Browser(_first(BROWSERS, agent), _first(SYSTEMS, agent))


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "")
