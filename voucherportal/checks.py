"""What stops a project from starting: a view that does not declare whom it lets in (rule 9), a page
of django-allauth that we do not use, or English texts that are not compiled.

Tested in `voucherportal.tests.test_access` and `common.texts.tests.test_catalogue`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from common.access import declared_access
from common.texts import catalogue

# Pages of others that guard themselves: the admin asks for staff, allauth declares it per view.
GUARD_THEMSELVES = {"admin"}
# The pages of allauth that may exist; each other one could be a writer of people besides ours.
OF_ALLAUTH = frozenset({
    "account_login", "account_logout", "account_inactive", "account_reauthenticate",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_index", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
})  # fmt: skip


def all_patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every (path as written, pattern) of our own that the project serves, in order."""
    return (each for each in _served() if not _is_of_allauth(each[1]))


def _served(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        elif pattern.app_name not in GUARD_THEMSELVES:
            yield from _served(pattern, path)


def _is_of_allauth(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.startswith("allauth.")


@register
def every_view_declares_access(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """An error for each URL whose view declares neither roles nor `public` nor `signed_in`."""
    return [
        Error(
            f"/{path} ({pattern.lookup_str}) does not say whom it lets in.",
            hint="Decorate the view with roles_required(...), signed_in or public.",
            id="voucherportal.E001",
        )
        for path, pattern in all_patterns()
        if declared_access(pattern.callback) is None
    ]


@register
def only_used_pages_of_allauth_exist(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """An error for each page of django-allauth that is not in `OF_ALLAUTH`."""
    return [
        Error(
            f"/{path} ({pattern.name}) is a page of django-allauth that we do not use.",
            hint="List what is used in voucherportal/sign_in_urls.py; include no list of allauth.",
            id="voucherportal.E003",
        )
        for path, pattern in _served()
        if _is_of_allauth(pattern) and pattern.name not in OF_ALLAUTH
    ]


@register
def english_is_compiled(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """An error when the English texts would be missing from the pages, or out of date."""
    if not catalogue.is_stale():
        return []
    return [
        Error(
            "The English texts are not compiled since they changed.",
            hint="make env, or python -m common.texts.catalogue",
            id="voucherportal.E002",
        )
    ]
