"""Signing in, out and choosing a password, through the real pages and over real SMTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions
from accounts.models import Role, Session, User
from accounts.tests.deliver import deliver
from accounts.tests.factories import PASSWORD
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn

NEW = "drie-woorden-zonder-verband"


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    """Rate limits are counted in the cache; each test starts at none."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[], AbstractContextManager[object]]:
    """`with committed():` what happens on commit happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def sign_in(client: Client, *, email: str, password: str) -> str:
    answers = {"login": email, "password": password}
    response = client.post(reverse("account_login"), answers, follow=True)
    return response.content.decode()


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signing_in_and_out_through_the_forms(cast: Cast) -> None:
    client = Client()
    sign_in(client, email="Own@Example.org", password=PASSWORD)
    assert is_signed_in(client)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_signed_in(client)
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_read_the_same(cast: Cast) -> None:
    pages = [
        sign_in(Client(), email=email, password="fout-fout-fout")
        for email in ("own@example.org", "nobody@example.org")
    ]
    for page in pages:
        assert "Dit e-mailadres en dit wachtwoord horen niet bij elkaar." in page


def test_somebody_blocked_cannot_sign_in(cast: Cast) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    client = Client()
    page = sign_in(client, email="own@example.org", password=PASSWORD)
    assert not is_signed_in(client)
    assert "Met dit account kan je niet aanmelden" in page


def test_after_five_wrong_passwords_the_right_one_has_to_wait(cast: Cast) -> None:
    client = Client()
    for _attempt in range(5):
        sign_in(client, email="own@example.org", password="fout-fout-fout")
    page = sign_in(client, email="own@example.org", password=PASSWORD)
    assert "Te vaak een verkeerd wachtwoord. Wacht vijf minuten" in page
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "path", ["signup", "email", "confirm-email", "confirm-email/x:1", "password/set",
             "login/code/confirm", "login/code"],
)  # fmt: skip
def test_pages_that_we_do_not_use_do_not_exist(cast: Cast, as_user: SignIn, path: str) -> None:
    """Finding 2: nobody signs up, adds an address, or chooses a password without a link."""
    answers = {"email": "x@example.org", "password1": NEW, "password2": NEW, "action_add": ""}
    for client in (Client(), as_user(cast.coordinator)):
        assert client.get(f"/account/{path}/").status_code == 404
        assert client.post(f"/account/{path}/", answers).status_code == 404
    assert not User.objects.filter(email="x@example.org").exists()
    assert not EmailAddress.objects.exists()


def ask_reset(email: str) -> str:
    """Ask for a new password; the page that follows, without what differs for each browser."""
    response = Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
    deliver()
    return re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", response.content.decode())


def test_a_known_and_an_unknown_address_get_the_same_answer_and_one_mail(
    cast: Cast, mailbox: Mailbox
) -> None:
    """Failure 28: the answer never tells which addresses exist."""
    assert ask_reset("own@example.org") == ask_reset("nobody@example.org")
    assert [mail.to for mail in mailbox.mails] == ["own@example.org"]
    assert mailbox.mails[0].subject == "Kies een nieuw wachtwoord"


def test_somebody_blocked_gets_the_same_answer_and_no_mail(cast: Cast, mailbox: Mailbox) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    assert ask_reset("own@example.org") == ask_reset("nobody@example.org")
    assert mailbox.mails == []


def test_a_new_password_by_the_link_in_the_mail(cast: Cast, mailbox: Mailbox) -> None:
    ask_reset("own@example.org")
    client = Client()
    choose(client, mailbox.link())
    sign_in(client, email="own@example.org", password=NEW)
    assert is_signed_in(client)


def test_the_link_has_our_address_whatever_the_request_said(cast: Cast, mailbox: Mailbox) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        Client().post(
            reverse("account_reset_password"),
            {"email": "own@example.org"},
            headers={"host": "evil.example"},
        )
    deliver()
    assert "evil.example" not in mailbox.mails[0].text
    assert settings.PUBLIC_URL in mailbox.mails[0].text


def choose(client: Client, link: str, password: str = NEW) -> str:
    """Follow a link and choose a password; the page that follows."""
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    answers = {"password1": password, "password2": password}
    return client.post(address, answers, follow=True).content.decode()


@pytest.fixture
def invitation(
    cast: Cast, mailbox: Mailbox, committed: Callable[[], AbstractContextManager[object]]
) -> str:
    """The link sent to an invited colleague."""
    with committed():
        actions.invite(
            email="nele@example.org",
            name="Nele Nieuw",
            role=Role.COORDINATOR,
            organisations=[cast.school],
            by=cast.coordinator,
            now=timezone.now(),
        )
    return mailbox.link()


def test_the_invited_person_chooses_a_password_and_signs_in(cast: Cast, invitation: str) -> None:
    client = Client()
    assert "Kies een wachtwoord" in client.get(invitation, follow=True).content.decode()
    assert "Je wachtwoord is bewaard" in choose(client, invitation)
    assert not EmailAddress.objects.exists()
    sign_in(client, email="nele@example.org", password=NEW)
    assert is_signed_in(client)
    assert client.get(reverse("my_organisation")).status_code == 200


def test_a_mail_scanner_that_follows_the_link_changes_nothing(cast: Cast, invitation: str) -> None:
    """Failure 28: GET is inert."""
    before = User.objects.get(email="nele@example.org")
    for _visit in range(3):
        assert Client().get(invitation, follow=True).status_code == 200
        assert Client().head(invitation, follow=True).status_code == 200
    after = User.objects.get(email="nele@example.org")
    assert (after.password, after.last_login) == (before.password, None)
    assert not EmailAddress.objects.exists()
    assert "Je wachtwoord is bewaard" in choose(Client(), invitation)


def test_the_link_works_once(cast: Cast, invitation: str) -> None:
    choose(Client(), invitation)
    page = choose(Client(), invitation, password="een-ander-lang-wachtwoord")
    assert "Deze link werkt niet meer" in page
    assert User.objects.get(email="nele@example.org").check_password(NEW)


def test_the_link_stops_when_the_person_is_blocked(cast: Cast, invitation: str) -> None:
    person = User.objects.get(email="nele@example.org")
    actions.block(person=person, by=cast.officer)
    assert "Deze link werkt niet meer" in choose(Client(), invitation)
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_the_link_stops_after_seven_days(cast: Cast, invitation: str) -> None:
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert "Deze link werkt niet meer" in choose(Client(), invitation)
    assert settings.PASSWORD_RESET_TIMEOUT == 7 * 24 * 3600


def test_somebody_elses_link_does_not_work_for_me(cast: Cast, invitation: str) -> None:
    key = invitation.split("-", 1)[1]
    mine = invitation.split("key/")[0] + f"key/{cast.officer.pk}-{key}"
    assert "Deze link werkt niet meer" in choose(Client(), mine)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("kort", "Dit wachtwoord is te kort. Neem minstens 12 tekens."),
        ("nele@example.org", "lijkt te veel op je naam of je e-mailadres"),
        ("nele-nieuw-1", "lijkt te veel op je naam of je e-mailadres"),
        ("password1234", "Dit wachtwoord is te algemeen."),
        ("lang-" * 26, "Dit wachtwoord is te lang. Neem hoogstens 128 tekens."),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays(
    cast: Cast, invitation: str, password: str, sentence: str
) -> None:
    assert sentence in choose(Client(), invitation, password=password)
    assert "Je wachtwoord is bewaard" in choose(Client(), invitation)


def test_an_invited_person_may_ask_the_link_again_themselves(
    cast: Cast, invitation: str, mailbox: Mailbox
) -> None:
    ask_reset("nele@example.org")
    assert len(mailbox.mails) == 2
    assert "Je wachtwoord is bewaard" in choose(Client(), mailbox.link())


def test_blocking_ends_open_sessions(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    assert Session.objects.exists()
    actions.block(person=cast.coordinator, by=cast.officer)
    assert client.get(reverse("my_organisation")).status_code == 302
