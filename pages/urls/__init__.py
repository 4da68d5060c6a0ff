"""Pages of the scheme, a module for each role."""

from django.urls import include, path

from local.demo_figures import demo_figures
from pages.shared.home import home

urlpatterns = [
    path("start/", home, name="home"),
    path("oefening/cijfers/", demo_figures, name="demo_figures"),
    path("", include("pages.coordinator.urls")),
    path("ministerie/", include("pages.ministry.urls")),
    path("ministerie/mensen/", include("pages.ministry.people_urls")),
    path("", include("pages.provider.urls")),
]
