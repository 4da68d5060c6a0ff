"""The technical admin: a look at people, organisations and history, for staff. It writes nothing.

A site of its own, so that what libraries register with Django's (groups, e-mail addresses) is not
there: those would be writers besides `accounts.actions`.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from accounts.models import User
from common import search
from history.models import HistoryEvent
from schools.models import Organisation


class TechnicalAdmin(admin.AdminSite):
    """Django's admin behind the portal's own sign-in, with its limits on wrong passwords."""

    site_title = site_header = _("Technisch beheer")
    index_title = _("Bekijken")
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Anyone not signed in goes to the portal's sign-in page; a signed-in person who is not
        staff gets 403."""
        return secure_admin_login(super().login)(request, extra_context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Passwords are changed on the portal's page only: that one leaves a trace."""
        portal = RedirectView.as_view(pattern_name="account_change_password")
        return [path("password_change/", portal), *super().get_urls()]


site = TechnicalAdmin(name="admin")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Staff may look; nobody adds, changes or deletes."""

    show_full_result_count = False
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """The first words only: each is a condition on every row."""
        return super().get_search_results(request, queryset, search.cut(search_term))


@admin.register(User, site=site)
class UserAdmin(ReadOnlyAdmin):
    """People, without anything about their password."""

    fields = [
        "email",
        "name",
        "role",
        "is_active",
        "is_staff",
        "invited_at",
        "invited_by",
        "last_login",
    ]
    list_display = ["email", "name", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]


@admin.register(Organisation, site=site)
class OrganisationAdmin(ReadOnlyAdmin):
    """Organisations as the register gave them."""

    list_display = ["number", "name", "municipality", "kind", "closed_on"]
    list_filter = ["kind", "province"]
    search_fields = ["number", "name", "municipality"]
    ordering = ["kind", "number"]


@admin.register(HistoryEvent, site=site)
class HistoryEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "table", "row", "operation", "actor", "origin", "reason"]
    list_filter = ["operation", "table"]
    search_fields = ["=row", "origin", "reason"]
    ordering = ["-id"]
