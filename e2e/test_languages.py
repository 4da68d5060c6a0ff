"""Every page of every role is in one language only: Dutch, and after one click English."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from e2e.crawl import WALKS
from e2e.reading import foreign, leftovers, said_by_rows
from e2e.walker import Visitor, a_visitor, signed_in
from local.tests.stack import Stack


@pytest.fixture(params=WALKS)
def visitor(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Visitor]:
    """Each of the people of `WALKS` in turn, on their first page."""
    if request.param == "nobody":
        with a_visitor(browser, stack) as visitor:
            yield visitor
    else:
        with signed_in(browser, stack, request.param) as (visitor,):
            yield visitor


def test_dutch_pages_hold_no_english_and_english_pages_no_dutch(
    visitor: Visitor,
) -> None:
    visitor.open("/start/" if visitor.name != "nobody" else "/")
    dutch = leftovers(visitor, "nl", said_by_rows(visitor.stack)["nl"])
    assert len(dutch) >= 3
    assert dutch == {path: set() for path in dutch}
    visitor.page.get_by_role("button", name="English").click()
    visitor.page.wait_for_selector("html[lang=en]")
    try:
        # Read the rows again: every report file that was downloaded left one.
        english = leftovers(visitor, "en", said_by_rows(visitor.stack)["en"])
        assert english == {path: set() for path in dutch}
    finally:
        visitor.page.get_by_role("button", name="Nederlands").click()
        visitor.page.wait_for_selector("html[lang=nl]")


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Kies een golf", "en", True),
        ("Gemeente", "en", True),
        ("Choose a wave", "nl", True),
        ("Choose a wave", "en", False),
        ("Kies een golf", "nl", False),
        ("School van de Wind", "en", False),
    ],
)
def test_the_other_language_is_recognised(text: str, language: str, found: bool) -> None:
    assert list(foreign([text], language, ["School van de Wind"])) == [text] * found
