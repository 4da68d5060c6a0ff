"""Sign-on of the government, in a browser: a portal that has it switched on, and a provider of
identity that is not ours."""

from collections.abc import Iterator
from dataclasses import dataclass

import oidc_provider_mock
import pytest
import requests
from playwright.sync_api import Browser, expect

from e2e.mailbox import mail_to
from e2e.walker import Visitor, a_visitor, accounts
from local.tests.stack import Stack, a_stack

# It calls what its own library calls old; a warning is an error in our tests, in its threads too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ADDRESS = "nele.nieuw@school.example"
WAY_IN = "Aanmelden via de Vlaamse overheid"


@dataclass(frozen=True)
class Government:
    """Its provider of identity, where a test says who is there."""

    address: str

    def knows(self, sub: str, group: str, role: str, number: str) -> None:
        claims = {
            "given_name": "Nele",
            "family_name": "Nieuw",
            "vo_doelgroepcode": group,
            "vo_orgcode": number,
            "dv_vouchers_rol_3d": [f"{role}:{number}"],
        }
        requests.put(f"{self.address}/users/{sub}", json=claims, timeout=5).raise_for_status()


@pytest.fixture(scope="module")
def government() -> Iterator[Government]:
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield Government(f"http://localhost:{server.server_port}")


@pytest.fixture(scope="module")
def signing_on(government: Government) -> Iterator[Stack]:
    """A portal of its own: in this one the ministry has no passwords."""
    with a_stack() as running:
        running.start(
            SMALL="1",
            ACM_ISSUER=government.address,
            ACM_CLIENT_ID="internetvouchers",
            ACM_CLIENT_SECRET="geheim",
            ACM_SCOPES="openid profile",
            ACM_APPLICATION="dv_vouchers",
            ACM_ROLES="Medewerker=officer,Coordinator=coordinator",
            ACM_MINISTRY="OVO000123",
        )
        yield running


def goes_there(visitor: Visitor, sub: str) -> None:
    visitor.open("/account/login/")
    visitor.follow(WAY_IN)
    visitor.page.get_by_placeholder("sub").fill(sub)
    visitor.page.get_by_role("button", name="Authorize").click()


def test_a_coordinator_comes_for_the_first_time_and_goes(
    signing_on: Stack, government: Government, browser: Browser
) -> None:
    """The whole road: there, an address, a code, the start page, letters; signed out at both."""
    government.knows("nele", "OV", "Coordinator", "900001")
    with a_visitor(browser, signing_on) as nele:
        nele.name = "nele"
        nele.open("/account/login/")
        nele.looks_right("aanmelden-overheid")
        goes_there(nele, "nele")
        nele.sees("Dag Nele Nieuw.")
        nele.looks_right("werkadres")
        nele.fill({"Je e-mailadres op het werk": ADDRESS})
        nele.press("Code sturen")
        nele.sees(f"We stuurden een code naar {ADDRESS}.")
        nele.looks_right("code")
        text = mail_to(signing_on, ADDRESS).text
        (code,) = [line for line in text.splitlines() if len(line) == 9 and line[4] == "-"]
        nele.fill({"Code uit de mail": code})
        nele.press("Verder")
        nele.page.wait_for_url("**/start/")
        expect(nele.page.get_by_role("banner")).to_contain_text("Basisschool De Regenboog")
        assert nele.open("/brieven/") == 200
        signs_out_at_both(nele)
        goes_there(nele, "nele")
        nele.page.wait_for_url("**/start/")
        # Their page asks styles of the internet.
        assert [said for said in nele.said if not said.startswith(government.address)] == []


def signs_out_at_both(visitor: Visitor) -> None:
    banner = visitor.page.get_by_role("banner")
    banner.get_by_text("Nele Nieuw").click()
    banner.get_by_role("button", name="Afmelden").click()
    visitor.page.get_by_role("button", name="End session").click()
    expect(visitor.page.get_by_role("banner").get_by_role("link", name="Aanmelden")).to_be_visible()
    assert visitor.page.url == visitor.stack.address + "/"


def test_refusals_have_a_way_out(
    signing_on: Stack, government: Government, browser: Browser
) -> None:
    government.knows("vreemd", "OV", "Coordinator", "999999")
    with a_visitor(browser, signing_on) as somebody:
        goes_there(somebody, "vreemd")
        somebody.sees("We kennen de organisatie niet waarvoor je je aanmeldde (999999).")
        somebody.looks_right("geweigerd")
        somebody.follow("Naar de aanmeldpagina")
        somebody.answer_sign_in(*accounts(signing_on)["olga"])
        somebody.sees("Mensen van het ministerie melden zich aan via de Vlaamse overheid.")
