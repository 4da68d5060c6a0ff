"""All addresses, with those of the sign-on: they are there only where it is switched on."""

from django.urls import include, path

from voucherportal.urls import urlpatterns as everything

urlpatterns = [*everything, path("account/overheid/", include("pages.people.acm_urls"))]
