"""Pages of the scheme, a module for each role."""

from django.urls import include, path

urlpatterns = [
    path("", include("vouchers.urls.coordinator")),
    path("ministerie/", include("vouchers.urls.ministry")),
    path("", include("vouchers.urls.provider")),
]
