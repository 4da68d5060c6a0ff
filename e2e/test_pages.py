"""Every page that can be reached, of every role, at both widths: it opens, it is accessible, and
nothing complains in the console (a refused style or script would)."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from e2e.walker import NARROW, WIDE, Visitor, a_visitor, accounts, every_page
from voucherportal.tests.stack import Stack

PEOPLE = ("nobody", "karin", "bilal", "ann", "olga", "ada", "tom")


def violations(page: Any) -> list[str]:
    """What axe finds wrong: rule and first element."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def wider_than_the_window(visitor: Visitor) -> bool:
    """Does the page itself scroll sideways?"""
    return bool(
        visitor.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_opens_accessible_and_silent(
    stack: Stack, browser: Browser, who: str, width: int
) -> None:
    wrong: dict[str, list[str]] = {}
    opened = 0
    with a_visitor(browser, stack, width=width) as visitor:
        if who != "nobody":
            visitor.sign_in(*accounts(stack)[who])
        for path in every_page(visitor, "/" if who == "nobody" else "/start/"):
            opened += 1
            found = violations(visitor.page)
            if wider_than_the_window(visitor):
                found.append("scrolls sideways")
            if visitor.page.locator("h1").count() != 1:
                found.append("not one h1")
            if found:
                wrong[path] = found
        assert visitor.said == []
    assert wrong == {}
    assert opened >= 5
