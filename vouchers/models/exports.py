"""Files of figures that left the portal (failure 21). Tested in `reports.tests.test_exports`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import person

if TYPE_CHECKING:
    from accounts.models import User


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: User) -> ExportQuerySet:
        """Who works at the ministry sees all, others none."""
        return self.all() if user.works_at_ministry else self.none()


class Export(models.Model):
    """Who took which figures, when, and the file's hash, by which it can be recognised.

    Append-only. Its writer is `vouchers.actions.upkeep.exports`.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    name = models.CharField(_("bestand"), max_length=300)
    format = models.CharField(_("soort"), max_length=4, choices=Format)
    # The question in words, filters included, and the page that asks it again as of the same day.
    asked = models.TextField(_("gevraagd"))
    address = models.TextField(_("adres"))
    rows = models.PositiveIntegerField(_("rijen"))
    sha256 = models.CharField(_("controlegetal"), max_length=64)
    made_at = models.DateTimeField(_("gemaakt op"), editable=False)
    made_by = person(verbose_name=_("gemaakt door"))

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="export_hash_form"
            )
        ]

    def __str__(self) -> str:
        return self.name
