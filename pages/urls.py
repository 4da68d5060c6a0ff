"""Addresses of all pages, a module for each audience."""

from django.urls import include, path

from pages.shared.home import home

urlpatterns = [
    path("", include("pages.public.urls")),
    path("", include("pages.people.urls")),
    path("start/", home, name="home"),
    path("", include("pages.coordinator.urls")),
    path("ministerie/", include("pages.ministry.urls")),
    path("ministerie/mensen/", include("pages.ministry.people_urls")),
    path("", include("pages.provider.urls")),
    path("", include("pages.ministry.report_urls")),
]
