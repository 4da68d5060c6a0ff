"""Where everything is. Each app lists its own pages; every view declares whom it lets in."""

from django.urls import include, path

from voucherportal import admin
from voucherportal.health import health

urlpatterns = [
    path("", include("pages.public.urls")),
    path("", include("pages.people.urls")),
    path("", include("pages.urls")),
    path("", include("pages.ministry.report_urls")),
    path("health/", health, name="health"),
    path("account/", include("allauth.account.urls")),
    path("account/tweede-stap/", include("allauth.mfa.urls")),
    path("technisch-beheer/", admin.site.urls),
]
