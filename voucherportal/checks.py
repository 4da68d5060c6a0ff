"""What stops a project from starting: a view that does not declare whom it lets in (rule 9), or
English texts that are not compiled.

Tested in `voucherportal.tests.test_access` and `common.texts.tests.test_catalogue`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from common.access import declared_access
from common.texts import catalogue

# Pages of others that guard themselves: allauth declares it per view, the admin asks for staff.
GUARD_THEMSELVES = {"admin", "allauth.account.urls", "allauth.mfa.urls"}


def all_patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every (path as written, pattern) of our own that the project serves, in order."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        elif not guards_itself(pattern):
            yield from all_patterns(pattern, path)


def guards_itself(resolver: URLResolver) -> bool:
    """Whether these are the pages of a library listed as guarding itself."""
    module = getattr(resolver.urlconf_name, "__name__", "")
    return bool({resolver.app_name, module} & GUARD_THEMSELVES)


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
