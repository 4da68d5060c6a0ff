"""From where somebody comes: what our proxies say, and nothing that a visitor invents."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from accounts.addresses import UNKNOWN, address_of, coarse
from accounts.tests.factories import PASSWORD
from conftest import Cast


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.9", "192.0.2.1"),  # nobody of ours said this
        (1, "127.0.0.1", "192.0.2.1", "192.0.2.1"),
        (1, "127.0.0.1", "198.51.100.9, 192.0.2.1", "192.0.2.1"),  # invented, and added to
        (2, "127.0.0.1", "198.51.100.9, 192.0.2.1, 10.0.0.3", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),  # by a unix socket
        (1, "", "[2001:db8::7]:443", "2001:db8::7"),
        (2, "10.0.0.3", "192.0.2.1", "10.0.0.3"),  # it came past a proxy
        (1, "", None, UNKNOWN),
        (1, "", "no address", UNKNOWN),
        (0, "", None, UNKNOWN),
    ],
)
def test_the_address_of_a_visitor(
    proxies: int, peer: str, forwarded: str | None, address: str
) -> None:
    request = RequestFactory(REMOTE_ADDR=peer).get("/")
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    with override_settings(TRUSTED_PROXIES=proxies):
        assert address_of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.x"), ("2001:db8:1:2::7", "2001:db8:1::"), (UNKNOWN, "")],
)
def test_coarsely(address: str, network: str) -> None:
    assert coarse(address) == network


def tries(forwarded: str, password: str, *, email: str = "own@example.org", peer: str = "") -> bool:
    """Whether this lets somebody in who comes through a proxy."""
    client = Client(REMOTE_ADDR=peer or "127.0.0.1", headers={"x-forwarded-for": forwarded})
    answer = client.post(reverse("account_login"), {"login": email, "password": password})
    assert answer.status_code in (200, 302)
    return "_auth_user_id" in client.session


@override_settings(TRUSTED_PROXIES=1)
def test_strangers_behind_the_same_proxy_stop_nobody(cast: Cast) -> None:
    """Eleven wrong passwords from eleven addresses, and the twelfth is let in."""
    for number in range(11):
        assert not tries(f"198.51.100.{number}", "fout-fout-fout")
    assert tries("192.0.2.1", PASSWORD)


@override_settings(TRUSTED_PROXIES=1)
def test_an_invented_address_escapes_nothing(cast: Cast) -> None:
    for number in range(5):
        assert not tries(f"198.51.100.{number}, 192.0.2.1", "fout-fout-fout")
    assert not tries("198.51.100.99, 192.0.2.1", PASSWORD)
    assert tries("192.0.2.2", PASSWORD)


@override_settings(TRUSTED_PROXIES=1)
def test_behind_a_unix_socket_people_sign_in(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="", headers={"x-forwarded-for": "192.0.2.1"})
    answer = client.post(
        reverse("account_login"), {"login": "own@example.org", "password": PASSWORD}
    )
    assert answer.status_code == 302
    nobody = Client(REMOTE_ADDR="")
    answer = nobody.post(
        reverse("account_login"), {"login": "own@example.org", "password": PASSWORD}
    )
    assert answer.status_code == 302
