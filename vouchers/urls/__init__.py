"""Pages of the scheme, a module for each role."""

from django.urls import include, path

from vouchers.views.demo import demo_figures
from vouchers.views.home import home

urlpatterns = [
    path("start/", home, name="home"),
    path("oefening/cijfers/", demo_figures, name="demo_figures"),
    path("", include("vouchers.urls.coordinator")),
    path("ministerie/", include("vouchers.urls.ministry")),
    path("ministerie/mensen/", include("vouchers.urls.people")),
    path("", include("vouchers.urls.provider")),
]
