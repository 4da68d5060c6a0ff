"""The phone of the demo: codes of the second step, for the accounts that the demo created.

People who try the portal need no phone of their own.

Tested in `accounts.tests.test_second_factor`.
"""

import base64
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from common.access import public
from history.portal_mark import is_demo

SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class ShownCode:
    person: User
    code: str


def demo_secret(email: str) -> str:
    """The secret of a demo account: the same for as long as this clone keeps its SECRET_KEY."""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"demo phone:{email}".encode(), "sha256")
    return base64.b32encode(key[:SECRET_BYTES]).decode()


def give_demo_phone(person: User) -> None:
    """Let this account of the demo sign in with the codes on the page."""
    TOTP.activate(person, demo_secret(person.email))


def codes_now(now: float) -> Iterator[ShownCode]:
    """Of accounts whose secret is the demo's own; never of an app that somebody set up."""
    rows = Authenticator.objects.filter(type=Authenticator.Type.TOTP).select_related("user")
    for each in rows.order_by("user__name"):
        secret = demo_secret(each.user.email)
        if decrypt(each.data["secret"]) == secret:
            counter = int(now) // mfa_settings.TOTP_PERIOD
            yield ShownCode(each.user, format_hotp_value(hotp_value(secret, counter)))


@public
@require_safe
@never_cache
def demo_phone(request: HttpRequest) -> HttpResponse:
    """The codes of this half minute, for everybody: those who need one are not signed in yet. Demo
    only, and none in a database that the demo did not create."""
    if not settings.DEMO:
        raise Http404
    now = time.time()
    left = mfa_settings.TOTP_PERIOD - int(now) % mfa_settings.TOTP_PERIOD
    context = {
        "title": _("Oefentelefoon"),
        "codes": list(codes_now(now)) if is_demo() else [],
        "left": left,
    }
    return render(request, "schools/demo_phone.html", context)
