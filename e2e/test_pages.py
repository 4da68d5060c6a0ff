"""Every page that each role can reach, at both widths: it opens, it is accessible, it fits, and the
console has no complaints (a refused style or script would cause one)."""

import pytest
from playwright.sync_api import Browser

from e2e.crawl import WALKS, every_page, name_of
from e2e.walker import a_visitor, signed_in
from local.tests.stack import Stack

SIGNED_IN = [name for name in WALKS if name != "nobody"]


def test_every_public_page_looks_right(stack: Stack, browser: Browser) -> None:
    with a_visitor(browser, stack) as visitor:
        paths = set()
        for path in every_page(visitor):
            visitor.looks_right(name_of(path))
            paths.add(path)
        assert visitor.said == []
        assert paths >= {"/", "/privacy/", "/voor-ouders/", "/account/login/"}


@pytest.mark.parametrize("who", SIGNED_IN)
def test_every_page_looks_right(stack: Stack, browser: Browser, who: str) -> None:
    with signed_in(browser, stack, who) as (visitor,):
        looked_at = 0
        for path in every_page(visitor):
            visitor.looks_right(name_of(path))
            looked_at += 1
        assert visitor.said == []
        assert looked_at >= 4
