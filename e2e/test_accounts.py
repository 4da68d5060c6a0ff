"""Signing in, a forgotten password, an invitation: through the forms and the mails of the stack."""

from playwright.sync_api import Browser, Playwright, expect

from e2e.mailbox import first_link, mail_to
from e2e.walker import Visitor, a_visitor, accounts, signed_in
from local.tests.stack import Stack

NEW_PASSWORD = "kade torenspits havermout"
WRONG_PASSWORD = (
    "Dit e-mailadres en dit wachtwoord horen niet bij elkaar. "
    "Probeer opnieuw, of vraag een nieuw wachtwoord met “Wachtwoord vergeten?”."
)


def chooses_password(visitor: Visitor) -> None:
    """On the page behind the link in a mail."""
    fields = ("Nieuw wachtwoord", "Nieuw wachtwoord (bevestigen)")
    visitor.fill(dict.fromkeys(fields, NEW_PASSWORD))
    visitor.press("Wachtwoord bewaren")


def test_wrong_password_says_what_to_do(stack: Stack, browser: Browser) -> None:
    email, _password = accounts(stack)["ann"]
    with a_visitor(browser, stack) as ann:
        ann.open("/account/login/")
        ann.answer_sign_in(email, "dit is het niet")
        expect(ann.main.get_by_role("alert").get_by_role("listitem")).to_have_text([WRONG_PASSWORD])
        expect(ann.field("E-mailadres")).to_have_value(email)
        assert ann.said == []


def test_forgotten_password_is_chosen_anew_by_mail(stack: Stack, browser: Browser) -> None:
    email, old = accounts(stack)["petra"]
    with a_visitor(browser, stack) as petra:
        petra.open("/account/login/")
        petra.follow("Wachtwoord vergeten?")
        petra.fill({"E-mailadres": email})
        petra.press("Link sturen")
        petra.sees("Kijk in je mailbox")
        petra.page.goto(first_link(mail_to(stack, email), stack))
        chooses_password(petra)
        petra.sees("Je wachtwoord is bewaard")
    with a_visitor(browser, stack) as petra:
        petra.open("/account/login/")
        petra.answer_sign_in(email, old)
        petra.sees(WRONG_PASSWORD)
        petra.sign_in(email, NEW_PASSWORD)
        petra.sees("Wat wacht er op jou?")


def test_invited_colleague_gets_in_though_a_scanner_opened_the_link(
    stack: Stack, browser: Browser, playwright: Playwright
) -> None:
    email = "collega@school.example"
    with signed_in(browser, stack, "karin") as (karin,):
        karin.go_to("Mijn organisatie")
        karin.follow("Collega uitnodigen")
        karin.fill({"Voornaam en naam": "Nele Collega", "E-mailadres": email})
        karin.press("Uitnodiging sturen")
        expect(karin.main).to_contain_text("Nele Collega")
    mail = mail_to(stack, email)
    assert "Karin Peeters" in mail.subject
    link = first_link(mail, stack)
    scanner = playwright.request.new_context()
    assert [scanner.get(link).status for _turn in range(2)] == [200, 200]
    scanner.dispose()
    with a_visitor(browser, stack) as nele:
        nele.page.goto(link)
        chooses_password(nele)
        nele.sees("Je wachtwoord is bewaard")
        nele.follow("Naar aanmelden")
        nele.answer_sign_in(email, NEW_PASSWORD)
        nele.sees("Wat wacht er op jou?")
        expect(nele.page.get_by_role("banner")).to_contain_text("Basisschool De Regenboog")
        nele.page.goto(link)
        nele.sees("Deze link werkt niet meer")
