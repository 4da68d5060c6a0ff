"""What a browser may keep and use: no page of somebody signed in, and no device.

`no-store` on every answer that is not the same for everybody: on a shared computer, Back after
signing out asks us again. Nothing needs other caching: static files are served before this, and
pages for everybody say nothing about it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import Error
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from common.access import PUBLIC, declared_access

SIGNED_OUT = "voucherportal.signed_out"  # in request.META
# Passkeys are what a page may ask of a device; the rest is refused to us and to what slips in.
REFUSED_DEVICES = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(f"{each}=()" for each in REFUSED_DEVICES)


class KeptNowhereMiddleware:
    """Goes below the one of sessions, above whatever answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not same_for_everybody(request):
            forbid_keeping(response)
        if request.META.get(SIGNED_OUT) and request.is_secure():
            # What is there still; browsers listen to it over https only.
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


def forbid_keeping(response: HttpResponseBase) -> None:
    if "no-store" not in response.headers.get("Cache-Control", ""):
        response.headers["Cache-Control"] = "no-store"


def same_for_everybody(request: HttpRequest) -> bool:
    """Whether this is a page for everybody, asked by somebody who is not signed in."""
    page = request.resolver_match
    if page is None or declared_access(page.func) != PUBLIC:
        return False
    try:
        return not request.user.is_authenticated
    except Error:  # without a database the page itself says what is wrong
        return False


@receiver(user_logged_out, dispatch_uid="clear what the browser keeps")
def signed_out(request: HttpRequest | None, **signal: Any) -> None:
    if request is not None:
        request.META[SIGNED_OUT] = True
