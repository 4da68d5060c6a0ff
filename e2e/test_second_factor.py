"""The second step of signing in: a code, and a passkey in a real browser."""

from playwright.sync_api import Browser, Page, expect

from e2e.walker import SECOND_STEP, Visitor, a_visitor, accounts
from local.tests.stack import Stack

# How a laptop with a fingerprint reader appears to the browser.
LAPTOP = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def with_fingerprint(page: Page) -> None:
    """Give the browser a virtual fingerprint reader."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": LAPTOP})


def test_a_passkey_is_made_and_signs_in_without_a_password(stack: Stack, browser: Browser) -> None:
    """On localhost: a browser makes no passkeys for an IP address."""
    with a_visitor(browser, stack) as ada:
        ada.stack = at_localhost(stack)
        with_fingerprint(ada.page)
        gives_password_and_code(ada, *accounts(stack)["ada"])
        makes_passkey(ada)
        ada.page.get_by_role("banner").get_by_text("Ada Maes").click()
        ada.page.get_by_role("banner").get_by_role("button", name="Afmelden").click()
        ada.open("/account/login/")
        ada.press("Aanmelden met een passkey")
        ada.page.wait_for_url("**/start/")
        assert until_when(ada.page, "sessionid") == -1  # with the browser
        assert ada.said == []


def until_when(page: Page, cookie: str) -> float:
    """When this cookie ends; -1: with the browser."""
    return next(each["expires"] for each in page.context.cookies() if each["name"] == cookie)


def at_localhost(stack: Stack) -> Stack:
    """The same portal, addressed by name."""
    named = Stack(stack.folder)
    named.port, named.address = stack.port, f"http://localhost:{stack.port}"
    return named


def gives_password_and_code(visitor: Visitor, email: str, password: str) -> None:
    visitor.open("/account/login/")
    visitor.answer_sign_in(email, password)
    visitor.page.wait_for_url(f"**{SECOND_STEP}**")
    visitor.looks_right("tweede-stap")
    visitor.give_code(email)
    visitor.page.wait_for_url("**/start/")


def makes_passkey(ada: Visitor) -> None:
    ada.open(SECOND_STEP)
    ada.looks_right("twee-stappen")
    ada.follow("Passkey toevoegen")
    ada.fill({"Naam (optioneel)": "Laptop van Ada"})
    ada.field("Ook gebruiken in plaats van je wachtwoord").check()
    ada.looks_right("passkey")
    ada.press("Passkey maken")
    ada.sees("Je passkey is toegevoegd.", "Bewaar deze codes nu: we tonen ze maar één keer.")
    expect(ada.main.get_by_role("button", name="Afdrukken")).to_be_visible()
    ada.looks_right("reservecodes")
    ada.open("/account/tweede-stap/webauthn/")
    expect(ada.row("Laptop van Ada")).to_be_visible()
    ada.looks_right("passkeys")
    ada.open("/oefening/telefoon/")
    ada.looks_right("oefentelefoon")
