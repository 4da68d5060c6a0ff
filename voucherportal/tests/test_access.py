"""Every page × every role × own and other (design rule 9, failure 22)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern

from conftest import Cast, SignIn
from voucherportal.access import ANYBODY, PUBLIC, declared_access, roles_required
from voucherportal.checks import all_patterns, every_view_declares_access, guards_itself
from voucherportal.tests.access_table import ALL_ROLES, OBJECTS, PAGES

PEOPLE = ("coordinator", "officer", "administrator", "provider_user")


def our_pages() -> dict[str, URLPattern]:
    """Every named page of ours."""
    return {
        str(pattern.name): pattern for _path, pattern in all_patterns() if not guards_itself(pattern)
    }
