"""Addresses of the pages for everybody."""

from django.urls import path

from voucherportal import public

urlpatterns = [
    path("", public.public_home, name="public_home"),
    path("wie-kan-aanvragen/", public.who_can_ask, name="who_can_ask"),
    path("voor-ouders/", public.for_parents, name="for_parents"),
    path("privacy/", public.privacy, name="privacy"),
    path("toegankelijkheid/", public.accessibility, name="accessibility"),
    path("contact/", public.contact, name="contact"),
]
