"""The road with a provider of identity that others wrote (oidc-provider-mock)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from django.urls import reverse
from pytest_django import Settings

from accounts.acm.tests.conftest import Traveller, school_person, switch_on
from conftest import Cast

# It calls what its own library calls old; a warning is an error in our tests, in its threads too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Where it is; it insists on a nonce."""
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        found = f"http://localhost:{server.server_port}"
        switch_on(settings, found)
        settings.ACM_SCOPES = ["openid", "profile"]
        claims = {name: value for name, value in school_person().items() if name != "sub"}
        requests.put(f"{found}/users/nele", json=claims, timeout=5).raise_for_status()
        yield found


def consents(traveller: Traveller) -> str:
    """The way back, after somebody there said who they are."""
    answer = requests.post(traveller.there, {"sub": "nele"}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_the_first_time(cast: Cast, address: str, traveller: Traveller) -> None:
    traveller.sets_out()
    answer = traveller.client.get(consents(traveller))
    assert traveller.events == []
    assert answer.headers["Location"] == reverse("acm_address")
    assert traveller.client.session["sign_on"]["sign_on"]["organisations"] == [cast.school.pk]
