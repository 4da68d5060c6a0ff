"""Whether an ID token is what it seems: ours, fresh, of this sign-on, and signed by the issuer.

django-allauth trusts the connection instead, and would believe the header of the token about the
algorithm.

Tested in `accounts.acm.tests.test_hostile`.
"""

import time
from typing import Any

import jwt
import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.utils.crypto import constant_time_compare

from accounts.acm import issuer

ALGORITHM = "RS256"
CLOCKS_DIFFER = 60  # seconds
# A token is made when it is fetched; one that is older was kept by somebody.
OLD_AFTER = 600
LONGEST_SUB = 191  # of the column
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]

Claims = dict[str, Any]


def verified(token: object, *, nonce: str) -> Claims:
    """The claims of an ID token that proves who signed on here and now.

    nonce: what this sign-on sent along. Raises OAuth2Error, RequestException when the keys cannot
    be asked for.
    """
    if not isinstance(token, str) or not nonce:
        raise OAuth2Error("no ID token, or no nonce to compare with")
    try:
        key = issuer.signing_key(jwt.get_unverified_header(token).get("kid"))
        claims: Claims = jwt.decode(
            token,
            key=key,
            algorithms=[ALGORITHM],
            issuer=settings.ACM_ISSUER,
            audience=settings.ACM_CLIENT_ID,
            leeway=CLOCKS_DIFFER,
            options={"require": NEEDED},
        )
    except jwt.PyJWKClientConnectionError as error:
        raise requests.ConnectionError(str(error)) from error
    except (jwt.PyJWTError, ValueError) as error:
        raise OAuth2Error(f"ID token: {type(error).__name__}") from error
    _check_for_us(claims)
    if not constant_time_compare(str(claims["nonce"]), nonce):
        raise OAuth2Error("ID token: made for another sign-on")
    return claims


def _check_for_us(claims: Claims) -> None:
    """OpenID Connect Core 3.1.3.7: `azp` when there are several audiences; made just now; and
    about somebody."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    authorised = claims.get("azp", None if several else settings.ACM_CLIENT_ID)
    if authorised != settings.ACM_CLIENT_ID:
        raise OAuth2Error("ID token: given to another application")
    if time.time() - int(claims["iat"]) > OLD_AFTER + CLOCKS_DIFFER:
        raise OAuth2Error("ID token: made long ago")
    if not (claims["sub"].isprintable() and 0 < len(claims["sub"]) <= LONGEST_SUB):
        raise OAuth2Error("ID token: no name for the person that can be kept")


def check_asked_again(claims: Claims) -> None:
    """Somebody had to confirm who they are: did the provider ask them, or answer from its own
    session? Where it says when it last asked, that was just now. Raises OAuth2Error."""
    asked_at = claims.get("auth_time", time.time())
    is_moment = isinstance(asked_at, int | float)
    if not is_moment or time.time() - asked_at > OLD_AFTER + CLOCKS_DIFFER:
        raise OAuth2Error("the provider of identity did not ask again")
