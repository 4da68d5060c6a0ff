"""Pages of the scheme, a module for each role."""

from django.urls import include, path

from vouchers.views.home import home

urlpatterns = [
    path("start/", home, name="home"),
    path("", include("vouchers.urls.coordinator")),
    path("ministerie/", include("vouchers.urls.ministry")),
    path("ministerie/mensen/", include("vouchers.urls.people")),
    path("", include("vouchers.urls.provider")),
]
