"""The public pages, the account pages and the error pages: one frame, one heading."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.tests.deliver import deliver
from conftest import Cast, SignIn

PAGES = ("public_home", "who_can_ask", "for_parents", "privacy", "accessibility", "contact")
ENTRANCE = ("account_login", "account_reset_password", "account_reset_password_done")


def heading(page: bytes) -> str:
    """The only h1 of a page."""
    (only,) = re.findall(r"<h1>(.*?)</h1>", page.decode(), re.DOTALL)
    return only.strip()


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_reads_it_without_a_question_to_the_database(
    client: Client, name: str, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = client.get(reverse(name))
    assert response.status_code == 200
    assert heading(response.content)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_can_be_sent_to_it(client: Client, name: str, db: None) -> None:
    assert client.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", PAGES[1:])
def test_who_is_signed_in_reads_it_too(cast: Cast, as_user: SignIn, name: str) -> None:
    assert as_user(cast.coordinator).get(reverse(name)).status_code == 200


def test_who_is_signed_in_goes_on_to_their_own_start(cast: Cast, as_user: SignIn) -> None:
    response = as_user(cast.coordinator).get("/")
    assert (response.status_code, response["Location"]) == (302, reverse("home"))


@pytest.mark.parametrize("name", ENTRANCE)
def test_account_pages_have_our_frame_and_one_heading(client: Client, name: str, db: None) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert heading(response.content)
    assert 'class="site-header"' in response.content.decode()


def test_there_is_no_signing_up_and_the_sign_in_page_says_how_to_get_an_account(
    client: Client, db: None
) -> None:
    assert client.get("/account/signup/").status_code == 404
    assert "op uitnodiging" in client.get(reverse("account_login")).text


def test_a_wrong_password_is_told_in_the_summary_and_keeps_the_address(cast: Cast) -> None:
    response = Client().post(
        reverse("account_login"), {"login": cast.coordinator.email, "password": "fout"}
    )
    html = response.content.decode()
    assert "Er klopt nog iets niet" in html
    assert f'value="{cast.coordinator.email}"' in html
    assert "<title>Fout: " in html


def test_a_forgotten_password_is_chosen_anew_by_the_link_in_the_mail(cast: Cast) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": cast.coordinator.email})
    deliver()
    (message,) = mail.outbox
    assert message.subject == "Kies een nieuw wachtwoord"
    (address,) = re.findall(r"https?://\S+", str(message.body))
    form = client.get(address, follow=True)
    assert heading(form.content) == "Kies een wachtwoord"
    chosen = {"password1": "kraan-tafel-zeehond", "password2": "kraan-tafel-zeehond"}
    done = client.post(form.request["PATH_INFO"], chosen, follow=True)
    assert heading(done.content) == "Je wachtwoord is bewaard"
    person = get_user_model().objects.get(pk=cast.coordinator.pk)
    assert person.check_password("kraan-tafel-zeehond")


def test_the_link_works_once(cast: Cast) -> None:
    address = reverse("account_reset_password_from_key", args=["1", "oud-of-gebruikt"])
    assert heading(Client().get(address).content) == "Deze link werkt niet meer"


def test_signing_out_takes_a_form(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    assert heading(client.get(reverse("account_logout")).content) == "Wil je afmelden?"
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_a_page_that_is_not_there_says_so_in_our_frame(client: Client, db: None) -> None:
    response = client.get("/bestaat-niet/")
    assert (response.status_code, heading(response.content)) == (404, "Deze pagina is er niet")


def test_a_form_without_its_token_is_refused_with_the_way_out(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a"})
    assert (response.status_code, heading(response.content)) == (
        403,
        "Je formulier is niet verstuurd",
    )


def test_the_page_for_a_broken_portal_needs_nothing_else() -> None:
    html = render_to_string("500.html")
    assert re.findall(r"<h1>(.*?)</h1>", html) == ["Er ging iets mis bij ons"]


def test_the_browser_may_run_nothing_written_in_a_page(client: Client, db: None) -> None:
    policy = client.get(reverse("contact"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
