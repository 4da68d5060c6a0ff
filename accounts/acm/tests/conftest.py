"""The sign-on switched on, beside a provider of identity that a test may tell to lie."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.acm import issuer
from accounts.acm.refusing import sign_on_refused
from accounts.acm.tests.provider import CLIENT, SECRET, Provider, Words, a_provider
from common.tests.mailbox import Mailbox

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

APPLICATION = "dv_vouchers"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """No attempts counted, no keys of an earlier provider."""
    cache.clear()
    issuer.forget()
    yield
    cache.clear()


def switch_on(settings: Settings, address: str) -> None:
    """What an operator sets, and what follows from it."""
    import_module("voucherportal.urls")  # as it is when this is off
    settings.ACM_ON = True
    settings.ACM_ISSUER = address
    settings.ACM_CLIENT_ID, settings.ACM_CLIENT_SECRET = CLIENT, SECRET
    settings.ACM_SCOPES = ["openid", "profile", "vo"]
    settings.ACM_APPLICATION = APPLICATION
    settings.ACM_ROLES = {
        "Beheerder": "administrator",
        "Medewerker": "officer",
        "Coordinator": "coordinator",
    }
    settings.ACM_MINISTRY = ["OVO000123"]
    settings.ROOT_URLCONF = "accounts.acm.tests.urls"


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with a_provider() as opened:
        switch_on(settings, opened.address)
        opened.person = school_person()
        yield opened


def person_of(group: str, number: str, *roles: str, sub: str = "nele-123") -> Words:
    return {
        "sub": sub,
        "given_name": "Nele",
        "family_name": "Nieuw",
        "vo_id": "11111111-2222",
        "vo_doelgroepcode": group,
        "vo_orgcode": number,
        "vo_orgnaam": "Zoals het daar heet",
        f"{APPLICATION}_rol_3d": list(roles),
    }


def school_person(number: str = "000018", *, sub: str = "nele-123") -> Words:
    return person_of("OV", number, f"Coordinator:{number}", sub=sub)


def ministry_person(role: str = "Medewerker", *, sub: str = "olga-456") -> Words:
    return person_of("GID", "OVO000123", f"{role}:OVO000123", sub=sub)


@dataclass
class Traveller:
    """Somebody with a browser; `events` are the codes of refusals that were told."""

    client: Client
    mailbox: Mailbox
    events: list[str]

    def sets_out(self, name: str = "acm_sign_on", **words: str) -> dict[str, str]:
        """What the portal sends to the provider, and where."""
        answer = self.client.get(reverse(name), words)
        assert answer.status_code == 302, answer
        self.there = answer.headers["Location"]
        return dict(parse_qsl(urlsplit(self.there).query))

    def way_back(self) -> str:
        """The address, of the portal, to which the provider sends the browser."""
        answer = requests.get(self.there, allow_redirects=False, timeout=5)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def signs_on(self, name: str = "acm_sign_on", **words: str) -> "Response":
        """There and back; the page, or the redirect, that follows."""
        self.sets_out(name, **words)
        return self.client.get(self.way_back())

    def gives_address(self, address: str) -> "Response":
        return self.client.post(reverse("acm_address"), {"address": address})

    def mailed_code(self) -> str:
        found = re.findall(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", self.mailbox.mails[0].text, re.MULTILINE)
        assert len(found) == 1, self.mailbox.mails[0].text
        return str(found[0])

    def gives_code(self, code: str | None = None, **answers: str) -> "Response":
        typed = {"code": self.mailed_code() if code is None else code, **answers}
        return self.client.post(reverse("acm_code"), typed)

    def begins(self, address: str) -> "Response":
        """The whole of a first sign-on."""
        self.signs_on()
        self.gives_address(address)
        return self.gives_code()

    @property
    def is_in(self) -> bool:
        return "_auth_user_id" in self.client.session


@pytest.fixture
def traveller(db: None, mailbox: Mailbox) -> Iterator[Traveller]:
    events: list[str] = []

    def hear(code: str, **words: object) -> None:
        events.append(code)

    sign_on_refused.connect(hear, weak=False)
    yield Traveller(Client(), mailbox, events)
    sign_on_refused.disconnect(hear)
