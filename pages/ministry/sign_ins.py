"""What happened at everybody's door, for administrators alone; each look leaves a fact itself."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import sign_ins
from accounts.models import Role, SignInEvent, SignInKind
from common.access import roles_required
from common.lists import page_of
from pages.ministry.sign_in_forms import SignInFilter
from pages.shared.person_request import PersonRequest


@roles_required(Role.ADMINISTRATOR)
@require_safe
def sign_in_list(request: PersonRequest) -> HttpResponse:
    """Every fact, newest first, filtered by the address."""
    sign_ins.record(SignInKind.LIST_READ, person=request.user)
    everything = SignInEvent.objects.visible_to(request.user)
    filters = SignInFilter(request.GET, path=request.path)
    found = filters.found(everything).select_related("person", "by").latest_first()
    context = {
        "title": _("Aanmeldingen"),
        "filters": filters,
        "page": page_of(request, found),
        "total": everything.count(),
    }
    return render(request, "ministry/sign_ins.html", context)
