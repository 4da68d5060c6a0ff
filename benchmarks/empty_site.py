"""The portal's pages plus an empty one, for wsgi.py: the least that any page of the stack costs."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from common.access import signed_in

EMPTY = "leeg/"


@signed_in
def empty(request: HttpRequest) -> HttpResponse:
    """An empty page, for anyone who is signed in."""
    return HttpResponse()


urlpatterns = [path(EMPTY, empty), path("", include("voucherportal.urls"))]
