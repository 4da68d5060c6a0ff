"""Addresses of the sign-on of the government; there only where it is switched on.

Tested in `accounts.acm.tests.test_road`.
"""

from django.urls import path

from pages.people import acm

urlpatterns = [
    path("", acm.sign_on, name="acm_sign_on"),
    path("bevestigen/", acm.confirm, name="acm_confirm"),
    path("terug/", acm.callback, name="acm_callback"),
    path("adres/", acm.address, name="acm_address"),
    path("code/", acm.code, name="acm_code"),
    path("afgemeld/", acm.signed_out, name="acm_signed_out"),
]
