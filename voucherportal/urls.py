"""Where everything is. Each app lists its own pages; every view declares whom it lets in."""

from django.urls import include, path

from schools import admin
from voucherportal.health import health

urlpatterns = [
    path("", include("voucherportal.public_urls")),
    path("", include("schools.urls")),
    path("", include("vouchers.urls")),
    path("", include("reports.urls")),
    path("health/", health, name="health"),
    path("account/", include("allauth.account.urls")),
    path("account/tweede-stap/", include("allauth.mfa.urls")),
    path("technisch-beheer/", admin.site.urls),
]
