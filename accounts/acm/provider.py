"""allauth's OpenID Connect provider, made strict: what leaves for the government, and what of its
answer is believed.

Tested in `accounts.acm.tests.test_road` and `accounts.acm.tests.test_hostile`.
"""

from secrets import token_urlsafe
from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from accounts.acm import issuer
from accounts.acm.id_token import check_asked_again, verified

# What an answer that is no JSON, no object, or lacks what it must have makes of reading it.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


def application() -> SocialApp:
    """What we are there, from the settings alone: never from the database."""
    return SocialApp(
        provider=SignOnProvider.id,
        provider_id=settings.ACM_ISSUER,  # a `sub` is unique within its issuer only
        name="ACM/IDM",
        client_id=settings.ACM_CLIENT_ID,
        secret=settings.ACM_CLIENT_SECRET,
        settings={
            "server_url": settings.ACM_ISSUER,
            "oauth_pkce_enabled": True,
            "scope": settings.ACM_SCOPES,
        },
    )


class SignOnOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    """One exchange with the provider of identity; `expected` is what this sign-on set out with."""

    expected: dict[str, Any]

    @property
    def openid_config(self) -> issuer.Configuration:
        return issuer.configuration()

    @property
    def basic_auth(self) -> bool:
        """OpenID Connect Discovery: by basic authentication unless it says otherwise."""
        ways = self.openid_config.get("token_endpoint_auth_methods_supported")
        return not ways or "client_secret_basic" in ways

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Its host is ours, never the one in the request."""
        return settings.PUBLIC_URL + reverse("acm_callback")

    def get_access_token_data(self, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            return dict(super().get_access_token_data(*args, **options))
        except UNREADABLE as error:
            raise OAuth2Error("an unreadable answer for the code") from error

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """The access token, for one question; nothing that lives longer."""
        return SocialToken(token=str(data["access_token"]))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **options: Any
    ) -> SocialLogin:
        """Who signed on, with `claims` of both the ID token and userinfo. Raises OAuth2Error."""
        claims = verified(options["response"].get("id_token"), nonce=self.expected.get("nonce", ""))
        if self.expected.get("confirming"):
            check_asked_again(claims)
        try:
            told = dict(self._fetch_user_info(token.token))
        except UNREADABLE as error:
            raise OAuth2Error("an unreadable answer about the person") from error
        if told.get("sub") != claims["sub"]:
            raise OAuth2Error("userinfo is about somebody else")
        login = self.get_provider().sociallogin_from_response(request, claims)
        login.claims = {**told, **claims}
        return login


class SignOnProvider(OpenIDConnectProvider):
    """Takes `sub` of an answer and nothing else: nothing else is stored, and nobody is found by
    anything else."""

    id = "acm"
    oauth2_adapter_class = SignOnOAuth2Adapter

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, **options: Any
    ) -> HttpResponseBase:
        """To the provider of identity. confirming: it asks again, whoever it knows already."""
        nonce = token_urlsafe(32)
        confirming = bool(options.get("confirming"))
        asked_again = {"prompt": "login"} if confirming else {}
        return super().redirect(
            request,
            AuthProcess.LOGIN,
            next_url,
            auth_params={"nonce": nonce, **asked_again},
            nonce=nonce,
            confirming=confirming,
        )

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []


class CallbackView(OAuth2CallbackView):
    """Back from the provider of identity; what this sign-on set out with is used up by it."""

    adapter: SignOnOAuth2Adapter

    def _get_state(self, request: HttpRequest, provider: SignOnProvider) -> Any:
        state, answer = super()._get_state(request, provider)
        self.adapter.expected = state or {}
        return state, answer
