"""Whom the ministry lets into an organisation that has people: a colleague there, or a second
person of the ministry, looks first."""

from playwright.sync_api import Browser, expect

from e2e.mailbox import first_link, mail_to
from e2e.test_accounts import NEW_PASSWORD, chooses_password
from e2e.walker import Visitor, a_visitor, signed_in
from local.tests.stack import Stack

SCHOOL = "Basisschool De Regenboog"


def invites(olga: Visitor, name: str, email: str) -> None:
    """An officer invites somebody for Karin's school."""
    olga.go_to("Mensen")
    olga.follow("Iemand uitnodigen")
    olga.fill({"Voornaam en naam": name, "E-mailadres": email})
    olga.fill({"Nummers van de organisaties": "900001"})
    olga.press("Uitnodiging sturen")
    olga.sees(f"Wacht op een tweede: {name} begint bij {SCHOOL}")


def lets_go(second: Visitor, name: str) -> None:
    """From the start page to the answer, having read what was asked."""
    second.open("/start/")
    second.follow("1 vraag wacht op jou als tweede")
    second.looks_right("wacht-op-een-tweede")
    second.follow("Nieuwe coördinator")
    second.sees(f"{name} (", f"wordt coördinator van {SCHOOL}")
    second.looks_right("nakijken")
    second.follow("Laten doorgaan")
    second.looks_right("laten-doorgaan")
    second.press("Laten doorgaan")
    second.sees("Dit gaat door. Olga Willems krijgt een mail.")


def begins(stack: Stack, browser: Browser, email: str) -> None:
    """The new coordinator chooses a password and works for the school."""
    with a_visitor(browser, stack) as newcomer:
        newcomer.page.goto(first_link(mail_to(stack, email), stack))
        chooses_password(newcomer)
        newcomer.follow("Naar aanmelden")
        newcomer.answer_sign_in(email, NEW_PASSWORD)
        newcomer.sees("Wat wacht er op jou?")
        expect(newcomer.page.get_by_role("banner")).to_contain_text(SCHOOL)


def test_a_colleague_lets_in_whom_the_ministry_invites(stack: Stack, browser: Browser) -> None:
    email = "hanne@school.example"
    with signed_in(browser, stack, "olga", "karin") as (olga, karin):
        invites(olga, "Hanne Helper", email)
        assert "Wacht op jou" in mail_to(stack, "karin@oefening.example").subject
        olga.open("/wacht-op-een-tweede/")
        olga.follow("Nieuwe coördinator")
        expect(olga.main.get_by_role("link", name="Laten doorgaan")).to_have_count(0)
        lets_go(karin, "Hanne Helper")
        assert olga.said == karin.said == []
    begins(stack, browser, email)


def test_or_a_second_person_of_the_ministry(stack: Stack, browser: Browser) -> None:
    email = "wim@school.example"
    with signed_in(browser, stack, "olga", "sara") as (olga, sara):
        invites(olga, "Wim Wachter", email)
        lets_go(sara, "Wim Wachter")
        assert sara.said == []
    begins(stack, browser, email)
