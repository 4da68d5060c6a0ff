"""The portal's pages and an empty one, for wsgi.py: what any page of the stack costs at least."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from common.access import signed_in

EMPTY = "leeg/"


@signed_in
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, for whoever signed in."""
    return HttpResponse()


urlpatterns = [path(EMPTY, empty), path("", include("voucherportal.urls"))]
