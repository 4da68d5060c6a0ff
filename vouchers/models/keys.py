"""Rotations of keys: codes, files and second factors that moved from one key to another.

Tested in `vouchers.actions.upkeep.tests.test_key_rotation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from vouchers.models.common import person

if TYPE_CHECKING:
    from accounts.models import User


class KeyRotationQuerySet(models.QuerySet["KeyRotation"]):
    def visible_to(self, user: User) -> KeyRotationQuerySet:
        """The ministry sees all, others none."""
        return self.all() if user.is_ministry else self.none()


class KeyRotation(models.Model):
    """How many of these one transaction moved from one key to another, written in that same
    transaction: whatever stops a rotation, what it did is recorded here. The rows' own history
    shows nothing, since it leaves out what a rotation changes.

    Append-only. Its writer is `vouchers.actions.upkeep.key_rotation`.
    """

    class What(models.TextChoices):
        CODES = "CODES"
        FILES = "FILES"
        FACTORS = "FACTORS"  # second factors: their two keys are both SECRET_KEY, by its id

    what = models.CharField(max_length=7, choices=What, editable=False)
    number = models.PositiveIntegerField(editable=False)
    seal_from = models.CharField(max_length=20, editable=False)
    seal_to = models.CharField(max_length=20, editable=False)
    fingerprint_from = models.CharField(max_length=20, editable=False)
    fingerprint_to = models.CharField(max_length=20, editable=False)
    rotated_at = models.DateTimeField(editable=False)
    rotated_by = person()

    objects = KeyRotationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.number} {self.what}: {self.seal_from} → {self.seal_to}"
