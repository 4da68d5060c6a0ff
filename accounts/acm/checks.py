"""What stops a project from starting: a role of the government that is none of ours, or one that
nobody may get that way.

Tested in `accounts.acm.tests.test_checks`.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.models import MINISTRY_PEOPLE, Role


@register
def roles_are_ours(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Providers sign in with a password and a second factor, so theirs is not among them."""
    ours = {str(role) for role in (Role.COORDINATOR, *MINISTRY_PEOPLE)}
    return [
        Error(
            f"ACM_ROLES leads to {role!r}, which is no role that somebody signs on with.",
            hint=f"Use one of {', '.join(sorted(ours))}.",
            id="accounts.E001",
        )
        for role in sorted(set(settings.ACM_ROLES.values()) - ours)
    ]
