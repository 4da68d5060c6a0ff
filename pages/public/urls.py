"""Addresses of the public pages."""

from django.urls import path

from pages.public import views

urlpatterns = [
    path("", views.public_home, name="public_home"),
    path("wie-kan-aanvragen/", views.who_can_ask, name="who_can_ask"),
    path("voor-ouders/", views.for_parents, name="for_parents"),
    path("privacy/", views.privacy, name="privacy"),
    path("toegankelijkheid/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
]
