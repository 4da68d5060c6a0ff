"""The page of the demo that says which of its figures are true."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.access import public
from local.sample.sizes import FULL


@public
@require_safe
def demo_figures(request: HttpRequest) -> HttpResponse:
    """Which figures come from the answer to the parliament and which are invented. Demo only."""
    if not settings.DEMO:
        raise Http404
    context = {"title": _("Welke cijfers zijn echt?"), "size": FULL}
    return render(request, "demo/figures.html", context)
