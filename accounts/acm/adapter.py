"""How django-allauth handles a sign-on: whom it finds, whom it lets in, what it shows otherwise.

Tested in `accounts.acm.tests.test_road`.
"""

import logging
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from requests import RequestException

from accounts.acm import actions, pending, refusing
from accounts.acm.claims import SignOn, read
from accounts.acm.issuer import Door
from accounts.acm.provider import SignOnProvider, application
from accounts.acm.session import record_sign_on
from accounts.models import User
from accounts.session_ends import stay_signed_in
from common.refused import Refused

logger = logging.getLogger(__name__)


class SignOnAdapter(DefaultSocialAccountAdapter):
    """One provider, from the settings; people are found by `sub` and by nothing else."""

    def list_apps(self, *args: Any, **options: Any) -> list[SocialApp]:
        return []

    def get_provider(self, request: HttpRequest, *args: Any, **options: Any) -> SignOnProvider:
        return SignOnProvider(request, app=application())

    def get_requests_session(self) -> Door:
        return Door()

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Never: whoever makes up an address at a provider would get that account."""
        return

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Proven is who signs on. Somebody known becomes what the government says and goes on;
        somebody new is asked for an address."""
        person = sociallogin.user if sociallogin.is_existing else None
        sub = str(sociallogin.account.uid)
        try:
            sign_on = read(sociallogin.claims, today=timezone.localdate())
            if person:  # as it is now: what a session is tied to may have changed
                person = actions.come_back(person=person, sign_on=sign_on, now=timezone.now())
                sociallogin.user = person
        except Refused as refusal:
            page = refusing.refused_page(request, refusal, sub=sub, person=person)
            raise ImmediateHttpResponse(page) from refusal
        next_url = sociallogin.get_redirect_url(request) or ""
        if person is None:
            raise ImmediateHttpResponse(_ask_address(request, sign_on, next_url))
        if request.user == person:
            raise ImmediateHttpResponse(_confirmed(request, person, next_url))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: SignOnProvider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Any other end of a sign-on, each with its sentence."""
        came_late = exception is None and "state_id" in (extra_context or {})
        if came_late and request.user.is_authenticated:  # twice, or Back after signing on
            raise ImmediateHttpResponse(redirect("home"))
        if exception is not None:  # without the answer that some of them quote
            words = str(exception).partition(" b'")[0]
            logger.warning("sign-on: %s: %s", type(exception).__name__, words[:200])
        page = refusing.refused_page(request, _why(request, error, exception, came_late))
        raise ImmediateHttpResponse(page)


def _why(
    request: HttpRequest, error: str | None, exception: Exception | None, came_late: bool
) -> Refused:
    if error == AuthError.CANCELLED:
        return refusing.cancelled()
    if came_late:
        return refusing.too_late()
    if exception is None:  # the provider sent an error instead of a code
        logger.warning("sign-on: the provider answered %r", request.GET.get("error", "")[:50])
    if exception is None or isinstance(exception, RequestException):
        return refusing.unavailable()
    return refusing.not_proven()


def _ask_address(request: HttpRequest, sign_on: SignOn, next_url: str) -> HttpResponse:
    """Whoever is signed in here meanwhile is somebody else, or has not said who they are there."""
    if request.user.is_authenticated:
        logout(request)
    pending.hold(request, sign_on, next_url)
    return redirect("acm_address")


def _confirmed(request: HttpRequest, person: User, next_url: str) -> HttpResponse:
    """Somebody who is signed in confirmed who they are: their session, and the form that is kept
    in it, go on."""
    stay_signed_in(request, person)
    record_sign_on(request, person, again=True)
    return redirect(next_url or get_next_redirect_url(request) or "home")
