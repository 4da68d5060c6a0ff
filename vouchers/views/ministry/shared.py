"""What the ministry's pages have in common."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from schools.models import MINISTRY
from voucherportal.access import roles_required

ministry_only = roles_required(*MINISTRY)


def confirmation(request: HttpRequest, **context: Any) -> HttpResponse:
    """The page before an act; see components/confirmation.html for what it shows."""
    return render(request, "components/confirmation.html", context)
