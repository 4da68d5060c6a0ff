"""What a browser may keep: nothing of a page that is not the same for everybody."""

import pytest
from django.test import Client
from django.urls import reverse

from conftest import Cast, SignIn
from voucherportal.checks import all_patterns


@pytest.mark.parametrize("who", ["coordinator", "officer", "administrator", "provider_user"])
def test_no_answer_to_somebody_signed_in_is_kept(cast: Cast, as_user: SignIn, who: str) -> None:
    """Every page without a number in its address, whatever it answers; allauth's and the admin."""
    client = as_user(getattr(cast, who))
    plain = [str(each.name) for path, each in all_patterns() if "<" not in path]
    others = ["account_change_password", "mfa_index", "admin:index"]
    for name in [*plain, *others]:
        answer = client.get(reverse(name))
        assert "no-store" in answer.headers["Cache-Control"], name
    assert len(plain) > 50


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "request_list"])
@pytest.mark.django_db
def test_nor_on_the_way_to_signing_in(client: Client, name: str) -> None:
    assert "no-store" in client.get(reverse(name)).headers["Cache-Control"]


@pytest.mark.parametrize("name", ["public_home", "privacy", "health"])
@pytest.mark.django_db
def test_pages_for_everybody_are_left_alone(client: Client, name: str) -> None:
    assert "Cache-Control" not in client.get(reverse(name)).headers


def test_signing_out_clears_what_the_browser_kept(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    assert "Clear-Site-Data" not in client.get(reverse("account_logout"), secure=True).headers
    answer = client.post(reverse("account_logout"), secure=True)
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_pages_ask_no_device_for_anything(client: Client) -> None:
    policy = client.get(reverse("public_home")).headers["Permissions-Policy"]
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(policy.split(", "))
    assert "publickey" not in policy
