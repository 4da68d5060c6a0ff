"""Where somebody is signed in, and signing out there: one's own only."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.session_ends import end_one, end_others, open_sessions
from common.access import signed_in
from pages.shared.person_request import PersonRequest


@signed_in
@require_safe
def own_sessions(request: PersonRequest) -> HttpResponse:
    """Every browser in which the reader is signed in now."""
    context = {
        "title": _("Waar je aangemeld bent"),
        "sessions": open_sessions(request, request.user, timezone.now()),
    }
    return render(request, "account/own_sessions.html", context)


@signed_in
@require_POST
def own_session_end(request: PersonRequest) -> HttpResponse:
    """Sign out in one of them. The key of its row is sent along, which opens nothing."""
    if end_one(person=request.user, key=request.POST.get("session", "")[:64]):
        messages.success(request, _("Je bent daar afgemeld."))
    else:
        messages.info(request, _("Daar was je al afgemeld."))
    return redirect("own_sessions")


@signed_in
@require_POST
def own_sessions_end_others(request: PersonRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    end_others(person=request.user, request=request)
    messages.success(request, _("Je bent nu alleen nog hier aangemeld."))
    return redirect("own_sessions")
