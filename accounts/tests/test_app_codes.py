"""Codes of an app: a step of tolerance, each once, and nothing of them in the cache."""

import time
from collections.abc import Iterator

import pytest
import redis
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.app_codes import LAST_USED, authenticator_of, use
from accounts.tests.factories import PASSWORD
from accounts.tests.sign_in import give_code
from conftest import Cast
from local.demo_phone import demo_secret, give_demo_phone


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def app(cast: Cast) -> Authenticator:
    give_demo_phone(cast.officer)
    wait_for_room()
    return Authenticator.objects.get(user=cast.officer)


def wait_for_room() -> None:
    """Half minutes are counted from here on: not from the last second of one."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)


def code(cast: Cast, steps: int = 0) -> str:
    """The code of so many half minutes from now."""
    counter = int(time.time()) // 30 + steps
    return format_hotp_value(hotp_value(demo_secret(cast.officer.email), counter))


@pytest.mark.parametrize(
    ("steps", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_the_half_minutes_beside_this_one_count(
    cast: Cast, app: Authenticator, steps: int, works: bool
) -> None:
    """Read at second 27, typed at second 33: in."""
    assert use(app, code(cast, steps)) == works


@pytest.mark.parametrize("used", [-1, 0, 1])
def test_one_that_was_used_is_refused_and_so_are_all_before_it(
    cast: Cast, app: Authenticator, used: int
) -> None:
    assert use(app, code(cast, used))
    for steps in range(-1, used + 1):
        assert not use(app, code(cast, steps))
    for steps in range(used + 1, 2):
        assert use(app, code(cast, steps))


def test_a_cache_that_forgets_makes_no_code_work_twice(cast: Cast, app: Authenticator) -> None:
    assert use(app, code(cast))
    cache.clear()
    assert not use(app, code(cast))


def test_through_the_pages_and_without_a_trace_in_the_cache(cast: Cast, app: Authenticator) -> None:
    spoken = code(cast, -1)
    assert "Wat wacht er op jou?" in signs_in(cast, spoken)
    assert "of is al gebruikt" in signs_in(cast, spoken)
    with redis.from_url(str(settings.CACHES["default"]["LOCATION"])) as server:
        held = [key + (server.get(key) or b"") for key in server.scan_iter()]
    assert held  # attempts are counted there
    assert not any(spoken.encode() in each for each in held)
    app.refresh_from_db()
    assert app.data[LAST_USED] < int(time.time()) // 30 + 1


def signs_in(cast: Cast, spoken: str) -> str:
    client = Client()
    client.post(reverse("account_login"), {"login": cast.officer.email, "password": PASSWORD})
    return give_code(client, spoken)


def test_a_code_of_another_person_is_none(cast: Cast, app: Authenticator) -> None:
    give_demo_phone(cast.administrator)
    assert authenticator_of(cast.administrator, code(cast)) is None
    assert authenticator_of(cast.officer, code(cast)) == app
    assert authenticator_of(cast.coordinator, code(cast)) is None
