"""All addresses. Each audience lists its own pages; every view declares whom it lets in."""

from django.conf import settings
from django.urls import include, path

from voucherportal import admin
from voucherportal.health import health

urlpatterns = [
    path("", include("pages.urls")),
    path("health/", health, name="health"),
    path("account/", include("voucherportal.sign_in_urls")),
    path("technisch-beheer/", admin.site.urls),
]
if settings.ACM_ON:
    urlpatterns.append(path("account/overheid/", include("pages.people.acm_urls")))
if "local" in settings.INSTALLED_APPS:
    urlpatterns.append(path("oefening/", include("local.urls")))
