"""Whatever stands in an address or a form: an answer, never a 500 (finding 15.15)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django import forms
from django.conf import settings as portal
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.filters import Filter
from conftest import Cast, SignIn
from pages.ministry.division_forms import PlanForm
from voucherportal.tests.access_table import PAGES, Things, make_things
from voucherportal.tests.test_access import PEOPLE, address
from voucherportal.tests.test_filters import below

REFUSED = "Je browser stuurde iets dat we niet kunnen lezen. Er is niets veranderd."
SIGN_IN = ["account_login", "account_reset_password", "mfa_login_webauthn", "admin:login"]


@pytest.fixture
def things(cast: Cast) -> Things:
    return make_things(cast)


@pytest.fixture
def sites(cast: Cast, things: Things, as_user: SignIn) -> dict[str, tuple[Client, str]]:
    """Page → a client who may open it, and its address."""
    clients = {role: as_user(getattr(cast, who)) for role, who in PEOPLE.items()}
    anybody = Client()
    found = {}
    for name, access in PAGES.items():
        client = anybody if isinstance(access, str) else clients[min(access)]
        found[name] = (client, address(name, things))
    return found | {name: (anybody, reverse(name)) for name in SIGN_IN}


# A NUL


def test_a_nul_is_refused_on_every_page_wherever_it_stands(
    sites: dict[str, tuple[Client, str]],
) -> None:
    answers = {}
    for name, (client, path) in sites.items():
        asked = [
            client.get(path, {"zoek": "a\0"}),
            client.get(path, {"\0": ""}),
            client.post(path, {"zoek": "a", "reference": ["b", "\0"]}),
            client.post(f"{path}?organisatie=%00", {"zoek": "a"}),
        ]
        answers[name] = {(each.status_code, REFUSED in each.text) for each in asked}
    assert {name: seen for name, seen in answers.items() if seen != {(400, True)}} == {}


@pytest.mark.parametrize(
    "path",
    ["/%00", "/aanvragen/%00/", "/static/%00", "/technisch-beheer/accounts/user/%00/change/"],
)
def test_a_nul_in_the_path_leads_nowhere(cast: Cast, as_user: SignIn, path: str) -> None:
    for client in (Client(), as_user(cast.coordinator), as_user(cast.officer)):
        assert client.get(path).status_code in {400, 404}


def test_a_cookie_with_a_nul_is_no_session(cast: Cast) -> None:
    cookie = rf'{portal.SESSION_COOKIE_NAME}="abcdefgh\000"; {portal.LANGUAGE_COOKIE_NAME}="\000"'
    page = Client().get(reverse("home"), headers={"cookie": cookie})
    assert page["Location"].startswith(reverse("account_login"))


def test_the_refusal_is_in_the_language_of_its_reader(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    cast.coordinator.language = "en"
    cast.coordinator.save()
    page = client.get(reverse("request_list"), {"zoek": "\0"})
    assert page.status_code == 400
    assert "Your browser sent something we cannot read. Nothing has changed." in page.text


# Any other text

WORDS = r"""
    0 -1 1 1e9 ٣ ² % _ \ ' " ${7*7} {n} %(n)s <b> á on alle -organisatie ../.. http://[ G1-1
    31/12/9999 01/01/0001 29/2/2021 2020-02-30
"""
LONG = ["9" * 5_000, "x" * 3_000, "e " * 1_500, "G1-" + "9" * 30]
ODD = [*WORDS.split(), *LONG, "", " ", "\r\n", "\u202e", "\ufeff"]
RAW = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20).map(
        str.encode
    ),
    st.sampled_from([each.encode() for each in ODD]),
    st.binary(max_size=8).map(lambda content: content.replace(b"\0", b"")),  # no UTF-8 either
)


def names() -> Iterator[str]:
    """Every parameter that a page reads of an address."""
    kinds: list[type[forms.BaseForm]] = [*below(Filter), PlanForm]
    for kind in kinds:
        yield from getattr(kind, "base_fields", {})
    yield from ("organisatie", "next")  # a field that some people have; the page after signing in
    for path in portal.BASE_DIR.glob("*/**/*.py"):
        if "tests" not in path.parts and not any(part.startswith(".") for part in path.parts):
            yield from re.findall(r'request\.GET\.get\(\s*"(\w+)"', path.read_text("utf-8"))


NAMES = sorted(set(names()))
MODESTLY = settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def test_the_parameters_are_found() -> None:
    assert {"zoek", "staat", "page", "sort", "uitkomst", "afspraak", "regel", "dag"} <= set(NAMES)


@MODESTLY
@given(
    page=st.sampled_from([*sorted(PAGES), *SIGN_IN]),
    asked=st.dictionaries(st.sampled_from(NAMES), RAW, max_size=4),
)
def test_any_text_in_an_address_gets_an_answer(
    sites: dict[str, tuple[Client, str]], page: str, asked: dict[str, bytes]
) -> None:
    client, path = sites[page]
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    with transaction.atomic():
        assert client.get(f"{path}?{query}").status_code < 500
        transaction.set_rollback(True)


@MODESTLY
@given(name=st.sampled_from([*sorted(PAGES), *SIGN_IN]), data=st.data())
def test_any_text_in_any_field_of_a_form_gets_an_answer(
    sites: dict[str, tuple[Client, str]], name: str, data: Any
) -> None:
    """Some fields as the page has them, so that what comes after the first refusal is met too."""
    client, path = sites[name]
    with transaction.atomic():
        shown = client.get(path)
        page = shown.text if shown["Content-Type"].startswith("text/html") else ""
        found = re.findall(r'<(?:input|textarea|select|button)[^>]*? name="([^"]+)"', page)
        kept = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', page))
        fields = sorted({*found, "selected", "ids", "confirmed", "action", "everything", "next"})
        typed = data.draw(st.dictionaries(st.sampled_from(fields), RAW, max_size=6))
        sent = kept | {each: value.decode("utf-8", "replace") for each, value in typed.items()}
        assert client.post(path, sent).status_code < 500
        transaction.set_rollback(True)
