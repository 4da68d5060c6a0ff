"""A form sent after the session ended: kept until its sender has signed in, sent by nobody else."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Session, User
from accounts.tests.factories import PASSWORD
from accounts.tests.sign_in import code_of
from common import kept_form
from conftest import Cast
from local.demo_phone import give_demo_phone

FORM = {"action": "more", "leerling-0-reference": "\n<LL-1>", "note": "Twee\nregels"}


@pytest.fixture
def address(db: None) -> str:
    return reverse("request_new")


@pytest.fixture
def client(cast: Cast) -> Client:
    """The browser of the coordinator, whose session ended a minute ago."""
    client = Client()
    client.force_login(cast.coordinator)
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    return client


def sign_in(client: Client, user: User, address: str) -> None:
    client.post(
        f"{reverse('account_login')}?next={address}",
        {"login": user.email, "password": PASSWORD},
    )
    if user.needs_second_factor:
        client.post(reverse("mfa_authenticate"), {"code": code_of(user)})


def test_a_form_sent_after_the_session_ended_comes_back_after_signing_in(
    cast: Cast, client: Client, address: str
) -> None:
    answer = client.post(address, FORM)
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={address}"
    sign_in(client, cast.coordinator, address)
    page = client.get(address)
    assert page.context["fields"] == [list(pair) for pair in FORM.items()]
    assert page.context["address"] == address
    assert "&lt;LL-1&gt;" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_it_is_shown_once_and_at_its_own_address_only(
    cast: Cast, client: Client, address: str
) -> None:
    client.post(address, FORM)
    sign_in(client, cast.coordinator, address)
    elsewhere = client.get(reverse("request_list"))
    assert "fields" not in elsewhere.context
    assert "fields" in client.get(address).context
    assert "fields" not in client.get(address).context


@pytest.mark.parametrize("form", [{}, {"note": "x" * (kept_form.MOST_KEPT + 1)}])
def test_nothing_or_too_much_is_not_kept(
    client: Client, address: str, form: dict[str, str]
) -> None:
    client.post(address, form)
    assert kept_form.KEY not in client.session


def test_whoever_signs_in_next_in_this_browser_does_not_see_it(
    cast: Cast, client: Client, address: str
) -> None:
    client.post(address, FORM)
    sign_in(client, cast.other_coordinator, address)
    assert "fields" not in client.get(address).context
    assert kept_form.KEY not in client.session


@pytest.mark.django_db
def test_of_a_stranger_nothing_is_kept(address: str) -> None:
    stranger = Client()
    stranger.post(address, FORM)
    assert kept_form.KEY not in stranger.session


def test_a_page_that_was_only_opened_keeps_nothing(client: Client, address: str) -> None:
    client.get(address)
    assert kept_form.KEY not in client.session


def test_beside_a_file_the_rest_comes_back_and_the_file_is_asked_again(cast: Cast) -> None:
    client, address = Client(), reverse("provider_file_new")
    client.force_login(cast.provider_user)
    give_demo_phone(cast.provider_user)
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    client.post(address, {"complete_until": "31/03/2020", "file": BytesIO(b"code;datum")})
    sign_in(client, cast.provider_user, address)
    page = client.get(address)
    assert "Je was afgemeld. Kies het bestand opnieuw." in page.text
    assert 'value="31/03/2020"' in page.text
    assert "Je was afgemeld" not in client.get(address).text


def test_a_form_of_a_file_alone_says_that_it_was_not_kept(cast: Cast) -> None:
    client, address = Client(), reverse("ministry_load_codes", args=[cast.pool.pk])
    client.force_login(cast.officer)
    give_demo_phone(cast.officer)
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    client.post(address, {"file": BytesIO(b"code;wachtwoord")})
    sign_in(client, cast.officer, address)
    assert "Je was afgemeld. Kies het bestand opnieuw." in client.get(address).text
