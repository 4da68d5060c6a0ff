"""Back after signing out, in a browser that keeps pages for it as people's browsers do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from e2e.walker import Visitor, a_browser, a_visitor, accounts
from local.tests.stack import Stack


@pytest.fixture(scope="module")
def keeping(playwright: Playwright) -> Iterator[Browser]:
    with a_browser(playwright, keeps_pages=True) as opened:
        yield opened


def goes_back(visitor: Visitor) -> None:
    visitor.page.evaluate("setTimeout(() => history.back(), 0)")


def test_a_page_for_everybody_is_kept(stack: Stack, keeping: Browser) -> None:
    """Control: this browser does keep pages, or the test below would show nothing."""
    with a_visitor(keeping, stack) as anybody:
        anybody.open("/privacy/")
        anybody.page.evaluate("document.querySelector('h1').textContent = 'Bewaard'")
        anybody.open("/contact/")
        goes_back(anybody)
        expect(anybody.page.locator("h1")).to_have_text("Bewaard")


def test_back_after_signing_out_asks_to_sign_in(stack: Stack, keeping: Browser) -> None:
    """On a shared computer, the next person saw letters with references of pupils."""
    with a_visitor(keeping, stack) as karin:
        karin.sign_in(*accounts(stack)["karin"])
        karin.go_to("Brieven")
        expect(karin.page.locator("h1")).to_have_text("Brieven")
        banner = karin.page.get_by_role("banner")
        banner.locator("summary").click()
        banner.get_by_role("button", name="Afmelden").click()
        expect(banner.get_by_role("link", name="Aanmelden")).to_be_visible()
        goes_back(karin)
        expect(karin.page.locator("h1")).to_have_text("Aanmelden")
        assert "/account/login/" in karin.page.url
