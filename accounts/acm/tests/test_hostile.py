"""What a provider of identity may not get away with, nor somebody between it and us."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from accounts.acm import id_token, issuer
from accounts.acm.tests.conftest import Traveller, school_person
from accounts.acm.tests.provider import CLIENT, Provider, Words, new_key, pem
from accounts.models import User
from conftest import Cast

NOT_PROVEN = "We konden niet nagaan wie je bent. Meld je opnieuw aan."
UNAVAILABLE = "De aanmelding bij de Vlaamse overheid antwoordt niet."


def unsigned(provider: Provider, token: Words) -> str:
    return jwt.encode(token, "", algorithm="none", headers={"kid": provider.kid})


def with_the_public_key(provider: Provider, token: Words) -> str:
    """HS256 with what everybody can read as its secret; by hand, since PyJWT refuses to make it."""
    head = {"alg": "HS256", "typ": "JWT", "kid": provider.kid}
    parts = [as_base64(json.dumps(part).encode()) for part in (head, token)]
    digest = hmac.digest(pem(provider.key), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, as_base64(digest)])


def as_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_another_key(provider: Provider, token: Words) -> str:
    return jwt.encode(token, new_key(), algorithm="RS256", headers={"kid": provider.kid})


def with_an_unknown_key(provider: Provider, token: Words) -> str:
    return jwt.encode(token, new_key(), algorithm="RS256", headers={"kid": "nergens"})


def without_a_key_id(provider: Provider, token: Words) -> str:
    return jwt.encode(token, provider.key, algorithm="RS256")


def altered(provider: Provider, token: Words) -> str:
    head, _body, signature = provider.signed(token).split(".")
    return ".".join([head, as_base64(json.dumps({**token, "sub": "olga-456"}).encode()), signature])


SIGNATURES = [
    unsigned, with_the_public_key, with_another_key, with_an_unknown_key, altered,
    lambda provider, token: "geen.token", lambda provider, token: "",
]  # fmt: skip


def test_a_token_need_not_name_the_only_key(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    provider.sign = without_a_key_id
    assert traveller.signs_on().status_code == 302
    provider.rotate()
    assert traveller.signs_on().status_code == 302


def test_a_token_names_one_of_several_keys(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    provider.sign = without_a_key_id
    provider.other_keys = [new_key()]
    refused(traveller)


def changed(**claims: Any) -> Callable[[Words], object]:
    return lambda token: token.update(claims)


def without(name: str) -> Callable[[Words], object]:
    return lambda token: token.pop(name)


def moved(name: str, seconds: int) -> Callable[[Words], object]:
    return lambda token: token.update({name: int(time.time()) + seconds})


LIES = {
    "another issuer": changed(iss="https://authenticatie.example/op"),
    "a longer issuer": lambda token: token.update(iss=token["iss"] + "/"),
    "another audience": changed(aud="iemand anders"),
    "several audiences": changed(aud=[CLIENT, "iemand anders"]),
    "given to another": changed(aud=[CLIENT, "iemand anders"], azp="iemand anders"),
    "for us by another": changed(azp="iemand anders"),
    "no nonce": without("nonce"),
    "an empty nonce": changed(nonce=""),
    "another nonce": changed(nonce="van een andere aanmelding"),
    "no longer valid": moved("exp", -120),
    "from the future": moved("iat", 300),
    "not valid yet": moved("nbf", 300),
    "made long ago": moved("iat", -3600),
    "no issuer": without("iss"),
    "no audience": without("aud"),
    "no end": without("exp"),
    "no beginning": without("iat"),
    "nobody": without("sub"),
    "an empty name": changed(sub=""),
    "a number for a name": changed(sub=12),
    "a name without end": changed(sub="x" * 192),
}


def refused(traveller: Traveller, sentence: str = NOT_PROVEN, code: str = "not-proven") -> None:
    """A page with a sentence and a way out, an event, and nothing else."""
    before = User.objects.count()
    page = traveller.signs_on()
    assert page.status_code == (503 if code == "unavailable" else 403)
    assert sentence in page.text
    assert "Opnieuw aanmelden" in page.text
    assert traveller.events == [f"sign-on-{code}"]
    assert not traveller.is_in
    assert "sign_on" not in traveller.client.session
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


@pytest.mark.parametrize("sign", SIGNATURES)
def test_a_wrong_signature(
    cast: Cast, provider: Provider, traveller: Traveller, sign: Callable[[Provider, Words], str]
) -> None:
    provider.sign = sign
    refused(traveller)


@pytest.mark.parametrize("name", LIES)
def test_a_wrong_claim(cast: Cast, provider: Provider, traveller: Traveller, name: str) -> None:
    provider.bend = LIES[name]
    refused(traveller)


@pytest.mark.parametrize("seconds", [30, -30])
def test_clocks_that_differ_a_little_are_no_lie(
    cast: Cast, provider: Provider, traveller: Traveller, seconds: int
) -> None:
    provider.bend = moved("iat", seconds)
    assert traveller.signs_on().status_code == 302
    assert "sign_on" in traveller.client.session


@pytest.mark.parametrize(
    "told", [school_person(sub="iemand-anders"), {}, [], "nele-123", {"sub": None}]
)
def test_userinfo_about_somebody_else(
    cast: Cast, provider: Provider, traveller: Traveller, told: object
) -> None:
    provider.told = told
    refused(traveller)


def test_userinfo_does_not_overrule_what_was_signed(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """The token names the own school; userinfo, not signed, another one."""
    provider.told = school_person(cast.other_school.number)
    traveller.signs_on()
    assert traveller.client.session["sign_on"]["sign_on"]["organisations"] == [cast.school.pk]


def test_a_new_key_is_fetched_when_it_is_used(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    assert traveller.signs_on().status_code == 302
    provider.rotate()
    issuer._keys(f"{provider.address}/jwks").cooldown_duration = 0
    assert traveller.signs_on().status_code == 302
    assert provider.asked.count("/jwks") == 2
    assert traveller.signs_on().status_code == 302
    assert (provider.asked.count("/jwks"), traveller.events) == (2, [])


def test_what_is_sent_along(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """State, nonce and PKCE are new each time; the scopes are those of the settings, whatever the
    address asks."""
    first = traveller.sets_out(scope="rrn", auth_params="nonce=x&prompt=none", process="connect")
    second = traveller.sets_out()
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert set(first["scope"].split()) == {"openid", "profile", "vo"}
    assert "prompt" not in first
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]


def test_a_code_is_exchanged_by_whoever_asked_for_it(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """The verifier of PKCE and the client's secret go along: this provider looks at both."""
    traveller.signs_on()
    assert (provider.refused, traveller.events) == ([], [])
    digest = hashlib.sha256(b"een andere").digest()
    traveller.sets_out()
    other = f"code_challenge={as_base64(digest)}&was="
    traveller.there = traveller.there.replace("code_challenge=", other)
    assert NOT_PROVEN in traveller.client.get(traveller.way_back()).text
    assert provider.refused == ["pkce"]


def test_a_replayed_answer(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """The same address twice: what it belongs to is used up, and the code is never sent again."""
    traveller.sets_out()
    back = traveller.way_back()
    assert traveller.client.get(back).status_code == 302
    page = traveller.client.get(back)
    assert page.status_code == 403
    assert "al gebruikt of duurde te lang" in page.text
    assert provider.asked.count("/token") == 1
    assert traveller.events == ["sign-on-too-late"]


def test_a_replayed_code(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """A code that was seen elsewhere, put into a sign-on of one's own."""
    traveller.sets_out()
    seen = traveller.way_back()
    traveller.client.get(seen)
    state = traveller.sets_out()["state"]
    page = traveller.client.get(seen[: seen.index("&state=")] + f"&state={state}")
    assert NOT_PROVEN in page.text
    assert provider.refused == ["code"]


def test_a_stolen_code_does_not_fit_another_sign_on(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """A code that was never used, of a victim, in the browser of a thief: PKCE and nonce are those
    of the thief."""
    traveller.sets_out()
    of_victim = traveller.way_back()
    state = traveller.sets_out()["state"]
    page = traveller.client.get(of_victim[: of_victim.index("&state=")] + f"&state={state}")
    assert NOT_PROVEN in page.text
    assert provider.refused == ["pkce"]


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"]
)
def test_a_provider_that_fails(
    cast: Cast, provider: Provider, traveller: Traveller, path: str
) -> None:
    provider.broken.add(path)
    page = traveller.client.get("/account/overheid/")
    if page.status_code == 302:
        traveller.there = page.headers["Location"]
        page = traveller.client.get(traveller.way_back())
    assert page.status_code in {403, 503}
    assert "Opnieuw aanmelden" in page.text
    assert len(traveller.events) == 1
    assert not traveller.is_in


def test_a_provider_that_is_down(
    cast: Cast, provider: Provider, traveller: Traveller, settings: Settings
) -> None:
    settings.ACM_ISSUER = "http://127.0.0.1:9"
    page = traveller.client.get("/account/overheid/")
    assert (page.status_code, traveller.events) == (503, ["sign-on-unavailable"])
    assert UNAVAILABLE in page.text


def test_a_provider_that_is_slow(
    cast: Cast, provider: Provider, traveller: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "PATIENCE", (0.2, 0.2))
    provider.slow = 1
    began = time.monotonic()
    page = traveller.client.get("/account/overheid/")
    assert time.monotonic() - began < 0.9
    assert (page.status_code, traveller.events) == (503, ["sign-on-unavailable"])


@pytest.mark.parametrize(
    "words",
    [
        {"issuer": "https://authenticatie.example/op"},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"jwks_uri": None},
    ],
)
def test_a_configuration_that_is_not_its_own(
    cast: Cast, provider: Provider, traveller: Traveller, words: Words
) -> None:
    provider.configured = words
    page = traveller.client.get("/account/overheid/")
    assert (page.status_code, traveller.events) == (503, ["sign-on-unavailable"])


def test_no_answer_leads_elsewhere(provider: Provider) -> None:
    """A redirect is an answer that is not understood, not an address to go to."""
    with issuer.Door() as door:
        answer = door.get(f"{provider.address}/auth?redirect_uri=http://127.0.0.1:9&state=x")
    assert answer.status_code == 302


def test_a_confirmation_that_was_not_asked(provider: Provider) -> None:
    """Where the provider says when it last asked who somebody is, that was just now."""
    id_token.check_asked_again({})
    id_token.check_asked_again({"auth_time": time.time() - 5})
    for moment in (time.time() - 3600, "gisteren", None):
        with pytest.raises(Exception, match="did not ask again"):
            id_token.check_asked_again({"auth_time": moment})
