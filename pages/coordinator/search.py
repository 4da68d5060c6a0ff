"""Where the filters of the coordinators' lists are posted: what is searched for may be a reference,
and goes on to the list as a mark (`common.searches`).

Tested in `pages.coordinator.tests.test_search`.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from common import searches
from pages.coordinator.list_forms import OwnFilter
from pages.coordinator.shared import coordinator_only
from pages.shared.person_request import PersonRequest

LISTS = ("request_list", "letters", "families", "renewals")


@coordinator_only
@require_POST
def own_search(request: PersonRequest) -> HttpResponse:
    """On to the list that the filter belongs to."""
    path = request.POST.get("list", "")
    if path not in map(reverse, LISTS):
        raise Http404
    return redirect(searches.address(request, path, OwnFilter.private))
