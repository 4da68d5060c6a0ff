"""What the ministry's pages have in common."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from schools.models import MINISTRY
from voucherportal.access import roles_required

ministry_only = roles_required(*MINISTRY)


def confirmation(request: HttpRequest, **context: Any) -> HttpResponse:
    """The page before an act; see components/confirmation.html for what it shows."""
    return render(request, "components/confirmation.html", context)


def numbers(texts: Iterable[str]) -> list[int]:
    """The ids among these texts; what is no id is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
