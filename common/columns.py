"""Columns shared by models of several apps: who did it, when, and that both come together.

Tested in `vouchers.database.tests.test_guards`, `accounts.second_person.tests.test_acts`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


def person(**options: Any) -> models.ForeignKey[Any, Any]:
    """Who did it. Users are never deleted, and nothing is looked up by this column, so no index."""
    usual: dict[str, Any] = {
        "on_delete": models.PROTECT,
        "related_name": "+",
        "editable": False,
        "db_index": False,
    }
    return models.ForeignKey(settings.AUTH_USER_MODEL, **(usual | options))


def moment(**options: Any) -> models.DateTimeField[Any, Any]:
    """When it happened; empty until then."""
    return models.DateTimeField(**({"null": True, "blank": True, "editable": False} | options))


def pair(model: str, *names: str) -> models.CheckConstraint:
    """A constraint: these columns are all filled or all empty, so no moment without a person."""
    empty = Q(**{f"{name}__isnull": True for name in names})
    filled = Q(**{f"{name}__isnull": False for name in names})
    return models.CheckConstraint(condition=empty | filled, name=f"{model}_{names[0]}_pair")
