"""What the provider of identity says about itself: its addresses and its keys.

Both are remembered in the memory of this process, never in the cache: whoever writes there would
choose which keys we trust.

Tested in `accounts.acm.tests.test_hostile`.
"""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.urls import reverse

# Seconds: to get a connection, and between two pieces of an answer.
PATIENCE = (3.05, 5)
REMEMBERED = 3600
NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")

Configuration = dict[str, Any]
_known: dict[str, tuple[float, Configuration]] = {}


class Door(requests.Session):
    """The one way out: it waits briefly, and goes nowhere but where it was sent."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        return super().request(*args, **{"timeout": PATIENCE, **options, "allow_redirects": False})


def configuration() -> Configuration:
    """The addresses of the provider of identity.

    Raises RequestException when it does not answer, OAuth2Error when the answer is not its own.
    """
    asked_at, found = _known.get(settings.ACM_ISSUER, (0.0, {}))
    if not found or time.monotonic() - asked_at > REMEMBERED:
        found = _ask()
        _known[settings.ACM_ISSUER] = (time.monotonic(), found)
    return found


def _ask() -> Configuration:
    with Door() as door:
        answer = door.get(f"{settings.ACM_ISSUER}/.well-known/openid-configuration")
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict) or found.get("issuer") != settings.ACM_ISSUER:
        raise OAuth2Error("the configuration is of another issuer")
    if not all(_is_safe(found.get(name)) for name in NEEDED):
        raise OAuth2Error("the configuration lacks an address, or has one that is not safe")
    return found


def _is_safe(address: object) -> bool:
    """Over https; over http only where the issuer itself is, which the settings allow at home."""
    allowed = {"https", urlsplit(settings.ACM_ISSUER).scheme}
    return isinstance(address, str) and urlsplit(address).scheme in allowed


def signing_key(kid: str | None) -> jwt.PyJWK:
    """The key with this id; an id that is not known yet makes us ask for the keys anew. A token may
    name none where the issuer has one key only.

    Raises PyJWKClientError when there is none, PyJWKClientConnectionError when nobody answers.
    """
    keys = _keys(configuration()["jwks_uri"])
    if kid is not None:
        return keys.get_signing_key(kid)
    found = keys.get_signing_keys(refresh=True)
    if len(found) > 1:
        raise jwt.PyJWKClientError("a token that does not say which of several keys signed it")
    return found[0]


@lru_cache(maxsize=4)
def _keys(address: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(address, lifespan=REMEMBERED, timeout=PATIENCE[1])


def forget() -> None:
    """Ask everything anew. For tests, which change what the provider says."""
    _known.clear()
    _keys.cache_clear()


def sign_out_address() -> str:
    """Where somebody signs out there too; "" when the provider does not offer it.

    Without `id_token_hint`, since nothing of a token is kept: the provider may ask whether to sign
    out. Raises like `configuration`.
    """
    end = configuration().get("end_session_endpoint", "")
    back = settings.PUBLIC_URL + reverse("public_home")
    words = urlencode({"client_id": settings.ACM_CLIENT_ID, "post_logout_redirect_uri": back})
    return f"{end}?{words}" if _is_safe(end) else ""
