"""How often a wrong password may be tried: by whom it is counted, and whom it stops."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.links import reset_link
from accounts.models import User
from accounts.tests.factories import PASSWORD, make_coordinator
from conftest import Cast

HOME, STRANGER = "192.0.2.1", "198.51.100.7"
WRONG = "fout-fout-fout"


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def attempt(password: str, *, of: str = "own@example.org", address: str = HOME) -> tuple[bool, str]:
    """Whether it let them in, and the page."""
    client = Client(REMOTE_ADDR=address)
    answer = client.post(reverse("account_login"), {"login": of, "password": password}, follow=True)
    return "_auth_user_id" in client.session, answer.text


def lets_in(password: str, *, of: str = "own@example.org", address: str = HOME) -> bool:
    return attempt(password, of=of, address=address)[0]


def test_a_stranger_locks_nobody_out_elsewhere(cast: Cast) -> None:
    """The owner of an account could be kept out for ever by six wrong passwords a time."""
    for _attempt in range(30):
        assert not lets_in(WRONG, address=STRANGER)
    assert not lets_in(PASSWORD, address=STRANGER)
    assert lets_in(PASSWORD)


def test_waiting_attempts_are_not_counted(cast: Cast) -> None:
    """Who is told to wait and tries again does not use up the day of the account."""
    for number in range(4):
        for _attempt in range(40):
            lets_in(WRONG, address=f"198.51.100.{number}")
    assert lets_in(PASSWORD)


def test_from_everywhere_an_account_has_a_day_of_its_own(cast: Cast) -> None:
    for number in range(25):
        for _attempt in range(4):
            assert not lets_in(WRONG, address=f"198.51.100.{number}")
    let_in, page = attempt(PASSWORD)
    assert not let_in
    assert "daarna kan je meteen aanmelden" in page
    assert lets_in(PASSWORD, of="other@example.org")
    new = "drie-woorden-zonder-verband"
    choose_by_mail(new, cast.coordinator)
    assert lets_in(new)


def choose_by_mail(password: str, person: User) -> None:
    """The way out: a link in a mail."""
    client = Client(REMOTE_ADDR=HOME)
    address = client.get(reset_link(person), follow=True).redirect_chain[-1][0]
    client.post(address, {"password1": password, "password2": password})


def test_one_address_that_tries_all_accounts_is_slowed(cast: Cast) -> None:
    for number in range(30):
        assert not lets_in(WRONG, of=f"person{number}@example.org", address=STRANGER)
    let_in, page = attempt(PASSWORD, of="other@example.org", address=STRANGER)
    assert not let_in
    assert "Op jullie netwerk" in page
    assert lets_in(PASSWORD, of="other@example.org")


def test_a_school_behind_one_address_signs_in_at_once(cast: Cast) -> None:
    """Sixty people within the minute, a third of whom mistype once."""
    people = [make_coordinator(cast.school, email=f"p{n}@example.org") for n in range(60)]
    for number, person in enumerate(people):
        if number % 3 == 0:
            assert not lets_in(WRONG, of=person.email)
        assert lets_in(PASSWORD, of=person.email), number


def test_known_and_unknown_names_are_counted_alike(cast: Cast) -> None:
    pages = []
    for name in ("own@example.org", "nobody@example.org"):
        for _attempt in range(5):
            attempt(WRONG, of=name)
        pages.append(attempt(WRONG, of=name)[1])
    assert all("Te vaak een verkeerd wachtwoord. Wacht vijf minuten" in page for page in pages)


def test_what_is_too_long_to_be_a_password_is_not_hashed(cast: Cast) -> None:
    """Not even when it is one: the answer is the same as for an unknown address."""
    long = "x" * 129
    User.objects.filter(pk=cast.coordinator.pk).update(password=_hashed(long))
    assert not lets_in(long)
    assert "horen niet bij elkaar" in attempt(long)[1]
    assert "horen niet bij elkaar" in attempt(long, of="nobody@example.org")[1]
    cast.coordinator.refresh_from_db()
    assert not cast.coordinator.check_password(long)


def _hashed(password: str) -> str:
    person = User()
    person.set_password(password)
    return person.password
