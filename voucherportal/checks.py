"""The check that stops a project in which a view does not say whom it lets in (design rule 9)."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from voucherportal.access import declared_access

# Views of others that guard themselves: allauth declares login per view, the admin asks for staff,
# i18n only stores a language. Anything else has to say it.
GUARD_THEMSELVES = ("allauth.", "django.contrib.admin.", "django.views.i18n")


def all_patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every (path as written, pattern) that the project answers, in order."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from all_patterns(pattern, path)
        else:
            yield path, pattern


def guards_itself(pattern: URLPattern) -> bool:
    """Is this a view of a library that is listed as guarding itself?"""
    return pattern.lookup_str.startswith(GUARD_THEMSELVES)


@register
def every_view_declares_access(
    app_configs: list[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """An error for each URL whose view declares neither roles nor `public` nor `signed_in`."""
    return [
        Error(
            f"/{path} ({pattern.lookup_str}) does not say whom it lets in.",
            hint="Decorate the view with roles_required(...), signed_in or public.",
            id="voucherportal.E001",
        )
        for path, pattern in all_patterns()
        if not guards_itself(pattern) and declared_access(pattern.callback) is None
    ]
