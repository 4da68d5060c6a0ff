"""Mijn account: what stands there, and changing one's own address and password."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import own_account
from accounts.models import SignInEvent, SignInKind, User
from accounts.tests.deliver import deliver
from accounts.tests.factories import PASSWORD
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from local.demo_phone import give_demo_phone

NEW, OTHER = "new@example.org", "een-andere-lange-zin"


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(client: Client, address: str = NEW, password: str = PASSWORD) -> str:
    """Ask for another address; the page that follows."""
    answers = {"email": address, "password": password}
    return client.post(reverse("change_address"), answers, follow=True).text


def link(mailbox: Mailbox, person: User) -> str:
    """The path of the link in the mail to the new address."""
    deliver()
    page = reverse("confirm_address", args=[person.pk, "TOKEN"]).split("TOKEN")[0]
    text = next(mail.text for mail in mailbox.mails if mail.to == NEW)
    return page + text.split(page)[1].split()[0]


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("my_account")).status_code == 200


# The page


@pytest.mark.parametrize("who", ["coordinator", "officer", "administrator", "provider_user"])
def test_everybody_has_one(cast: Cast, as_user: SignIn, who: str) -> None:
    person = getattr(cast, who)
    page = as_user(person).get(reverse("my_account"))
    assert person.email in page.text
    assert "Er is nog niets gebeurd." in page.text
    assert reverse("mfa_index") in page.text


def test_it_shows_ones_own_facts_and_nobody_elses(cast: Cast, as_user: SignIn) -> None:
    give_demo_phone(cast.coordinator)
    for address, person in (("192.0.2.1", cast.coordinator), ("192.0.2.2", cast.officer)):
        SignInEvent.objects.create(kind=SignInKind.FAILED, person=person, address=address)
    page = as_user(cast.coordinator).get(reverse("my_account")).text
    assert "Aanmelden mislukt" in page
    assert "192.0.2.1" in page
    assert "192.0.2.2" not in page
    assert "Herken je iets niet?" in page
    assert "app met codes" in page


def test_the_menu_leads_there(cast: Cast, as_user: SignIn) -> None:
    assert reverse("my_account") in as_user(cast.coordinator).get(reverse("home")).text


# Another address


def test_another_address_through_the_pages(cast: Cast, as_user: SignIn, mailbox: Mailbox) -> None:
    """Finding 2: password, a link to the new address, other sessions end, this one stays."""
    here, elsewhere = as_user(cast.coordinator), as_user(cast.coordinator)
    assert f"We mailden {NEW}" in ask(here)
    assert f"Je vroeg {NEW}" in here.get(reverse("my_account")).text
    path = link(mailbox, cast.coordinator)
    assert f"aanmelden met {NEW}?" in here.get(path).text
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.email == "own@example.org"
    assert f"Vanaf nu meld je aan met {NEW}." in here.post(path, follow=True).text
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.email == NEW
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    answers = {"login": NEW, "password": PASSWORD}
    elsewhere.post(reverse("account_login"), answers)
    assert is_signed_in(elsewhere)


def test_the_link_is_followed_elsewhere_and_by_a_scanner(
    cast: Cast, as_user: SignIn, mailbox: Mailbox
) -> None:
    ask(as_user(cast.coordinator))
    path = link(mailbox, cast.coordinator)
    for _visit in range(2):
        assert Client().get(path).status_code == Client().head(path).status_code == 200
    answer = Client().post(path)
    assert answer.headers["Location"] == reverse("account_login")
    assert "Deze link werkt niet meer" in Client().post(path).text


def test_an_open_session_is_not_enough(cast: Cast, as_user: SignIn, mailbox: Mailbox) -> None:
    client = as_user(cast.coordinator)
    assert "Dit wachtwoord klopt niet." in ask(client, password="fout-fout-fout")
    assert "Dit moet je nog invullen." in ask(client, password="")
    assert deliver() == 0
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.new_email == ""


def test_the_password_is_not_guessed_here(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    for _attempt in range(5):
        ask(client, password="fout-fout-fout")
    page = ask(client)
    assert "Te vaak een verkeerd wachtwoord" in page
    assert not User.objects.exclude(new_email="").exists()


def test_what_is_no_address_or_ones_own(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    assert "Dit is geen e-mailadres." in ask(client, "nergens")
    assert "Dit is je adres al." in ask(client, "OWN@example.org")


def test_the_address_of_somebody_else_gets_the_same_answer(
    cast: Cast, as_user: SignIn, mailbox: Mailbox
) -> None:
    assert "We mailden officer@example.org" in ask(as_user(cast.coordinator), cast.officer.email)
    assert deliver() == 0


def test_nonsense_is_no_link(client: Client, cast: Cast) -> None:
    for pk in (cast.coordinator.pk, 0):
        path = reverse("confirm_address", args=[pk, "x-y"])
        for answer in (client.get(path), client.post(path)):
            assert "Deze link werkt niet meer" in answer.text


@pytest.mark.parametrize("page", ["change_address", "account_change_password"])
def test_without_a_password_here_there_is_nothing_to_change(
    cast: Cast, as_user: SignIn, page: str
) -> None:
    cast.coordinator.set_unusable_password()
    cast.coordinator.save()
    client = as_user(cast.coordinator)
    assert reverse(page) not in client.get(reverse("my_account")).text
    answer = client.get(reverse(page), follow=True)
    assert "Je meldt je hier niet met een wachtwoord aan." in answer.text


# Another password


def test_another_password_ends_other_sessions_and_is_told(
    cast: Cast, as_user: SignIn, mailbox: Mailbox
) -> None:
    """Finding 5."""
    here, elsewhere = as_user(cast.coordinator), as_user(cast.coordinator)
    answers = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    page = here.post(reverse("account_change_password"), answers, follow=True)
    assert "Je nieuwe wachtwoord is bewaard." in page.text
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    assert deliver() == 1
    assert mailbox.mails[0].subject == "Je wachtwoord is veranderd"
    kinds = SignInEvent.objects.filter(person=cast.coordinator).values_list("kind", flat=True)
    assert list(kinds) == [SignInKind.PASSWORD_CHANGED]


def test_a_wrong_old_password_is_a_fact(cast: Cast, as_user: SignIn) -> None:
    answers = {"oldpassword": "fout-fout-fout", "password1": OTHER, "password2": OTHER}
    as_user(cast.coordinator).post(reverse("account_change_password"), answers)
    assert SignInEvent.objects.get(person=cast.coordinator).kind == SignInKind.FAILED


def test_three_mails_an_hour_to_one_address(cast: Cast, client: Client) -> None:
    """Finding 15.18; the same for an address that nobody has."""
    for address in (cast.coordinator.email, "nobody@example.org"):
        answers = [
            client.post(reverse("account_reset_password"), {"email": address}).status_code
            for _time in range(4)
        ]
        assert answers == [302, 302, 302, 429]


def test_a_question_that_waited_its_hour_is_not_shown_any_more(cast: Cast, as_user: SignIn) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    own_account.ask_address(person=cast.coordinator, address=NEW, now=long_ago)
    assert NEW not in as_user(cast.coordinator).get(reverse("my_account")).text
