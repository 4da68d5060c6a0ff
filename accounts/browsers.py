"""Which browser on which system somebody uses, as coarse as a person recognises it."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from common import browsers


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
    return Browser(browsers.browser(agent), browsers.system(agent))
