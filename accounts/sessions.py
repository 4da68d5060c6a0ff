"""What somebody proved in this session: when they last signed in, and whether with a second factor.

allauth records both in the session, with the person they are about: a password, a code or a
passkey, when signing in or when asked again.

Tested in `accounts.tests.test_second_factor` and `accounts.tests.test_session_store`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.kept_form import keep_form

# How allauth records in a session that somebody came from another provider; ours is the
# government, which asks two factors itself (ADR 34).
SIGNED_ON = "socialaccount"

View = Callable[..., HttpResponseBase]
Records = list[Mapping[str, Any]]


def signed_in_at(request: HttpRequest) -> datetime | None:
    """When this person last signed in or confirmed who they are, in this session."""
    moments = [record["at"] for record in _records(request)]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def signed_in_within(request: HttpRequest, seconds: int) -> bool:
    """Whether that was at most so many seconds ago."""
    last = signed_in_at(request)
    return last is not None and timezone.now() - last <= timedelta(seconds=seconds)


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether this person gave a code, used a passkey or signed on through the government in this
    session."""
    return any(record["method"] in ("mfa", SIGNED_ON) for record in _records(request))


def _records(request: HttpRequest) -> Records:
    return get_authentication_records(request, request.user)


def fresh_sign_in(view: View) -> View:
    """Before codes become visible: anyone who signed in more than an hour ago confirms who they
    are.

    Goes below `roles_required`, which gives back what was posted here once that is done.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if signed_in_within(request, settings.FRESH_SIGN_IN):
            return view(request, *args, **kwargs)
        keep_form(request, confirming=True)
        messages.info(
            request,
            _(
                "Je meldde je meer dan een uur geleden aan. Voor je codes ziet, vragen we "
                "daarom nog eens wie je bent."
            ),
        )
        back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        return redirect(f"{reverse('account_reauthenticate')}?{back}")

    return asked


class EndedSessionMiddleware:
    """Whoever is led to the sign-in page because their session ended by itself is told so there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        ended = SESSION_KEY in getattr(request.session, "ended", {})
        if ended and isinstance(response, HttpResponseRedirect) and _to_sign_in(response.url):
            messages.info(
                request,
                _(
                    "Je bent afgemeld. Dat gebeurt als je een uur niets doet, na twaalf uur, en "
                    "als er iets aan je toegang verandert. Meld je opnieuw aan om verder te gaan."
                ),
            )
        return response


def _to_sign_in(address: str) -> bool:
    return address.partition("?")[0] == reverse(settings.LOGIN_URL)
