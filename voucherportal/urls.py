"""Where everything is. Each app lists its own pages; every view declares whom it lets in."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.account.urls")),
    path("technisch-beheer/", admin.site.urls),
]
