"""Requesting vouchers without a mouse, and when the session ends in the middle of the form."""

import re

from playwright.sync_api import Browser, expect

from e2e.walker import Visitor, a_visitor, accounts, signed_in
from local.tests.stack import Stack

MOST_STEPS = 60
FOCUSED = """() => {
    const focused = document.activeElement;
    const words = focused.labels?.length ? focused.labels[0].innerText : focused.innerText;
    return (words || "").trim();
}"""
OUTLINED = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""


def tab_to(visitor: Visitor, name: str) -> None:
    """Tab until the element with this name has the focus, visibly."""
    for _step in range(MOST_STEPS):
        if visitor.page.evaluate(FOCUSED) == name:
            assert visitor.page.evaluate(OUTLINED), f"{name} does not show that it has the focus"
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached within {MOST_STEPS} steps of Tab")


def types_at(visitor: Visitor, name: str, text: str) -> None:
    tab_to(visitor, name)
    visitor.page.keyboard.type(text)


def enters(visitor: Visitor, name: str) -> None:
    tab_to(visitor, name)
    visitor.page.keyboard.press("Enter")


def test_request_is_made_and_sent_by_keyboard_only(stack: Stack, browser: Browser) -> None:
    email, password = accounts(stack)["karin"]
    with a_visitor(browser, stack) as karin:
        karin.open("/account/login/")
        types_at(karin, "E-mailadres", email)
        types_at(karin, "Wachtwoord", password)
        karin.page.keyboard.press("Enter")
        karin.sees("Wat wacht er op jou?")
        enters(karin, "Vouchers aanvragen")
        karin.sees("Nieuwe aanvraag")
        types_at(karin, "Leerling 1", "KB-1")
        karin.page.keyboard.press("Enter")  # adds lines and moves to the next one
        expect(karin.field("Leerling 2")).to_be_focused()
        karin.page.keyboard.type("KB-2")
        enters(karin, "Verder: nakijken")
        karin.sees("Kijk je aanvraag na", "2 leerlingen", "KB-1", "KB-2")
        enters(karin, "Aanvraag versturen")
        karin.sees("is verstuurd.", "Wat gebeurt er nu?")
        assert karin.said == []


END_SESSIONS = """
from accounts.models import Session
from django.utils import timezone
Session.objects.update(expire_date=timezone.now())
"""


def test_form_of_an_ended_session_comes_back_after_signing_in(
    stack: Stack, browser: Browser
) -> None:
    with signed_in(browser, stack, "karin") as (karin,):
        karin.go_to("Aanvragen")
        karin.follow("Nieuwe aanvraag")
        karin.fill({"Leerling 1": "SES-1", "Toelichting (optioneel)": "Na de vakantie,\ngraag."})
        stack.manage("shell", "-v0", "-c", END_SESSIONS)
        karin.press("Bewaar en ga later verder")
        karin.answer_sign_in(*accounts(stack)["karin"])
        karin.sees("Wat je typte, is er nog")
        karin.press("Ga verder met wat ik typte")
        karin.sees("is bewaard. Ze is nog niet verstuurd.", "Na de vakantie", "SES-1")
        karin.follow("Aanvraag weggooien")
        karin.press("Aanvraag weggooien")
        expect(karin.main).to_contain_text(re.compile(r"Aanvraag \S+ is weggegooid\."))
        assert karin.said == []


def test_who_serves_several_schools_says_for_which(stack: Stack, browser: Browser) -> None:
    """None is preselected: a request for the wrong school is easily sent."""
    with signed_in(browser, stack, "bilal") as (bilal,):
        bilal.follow("Vouchers aanvragen")
        expect(bilal.main.get_by_role("radio", checked=True)).to_have_count(0)
        bilal.press("Verder")
        bilal.sees("Voor welke organisatie vraag je aan?")
        bilal.main.get_by_role("radio", name=re.compile("Atheneum Het Kompas")).check()
        bilal.press("Verder")
        bilal.sees("Voor Atheneum Het Kompas", "Leerling 1")
        assert bilal.said == []
