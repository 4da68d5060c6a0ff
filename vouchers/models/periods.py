"""Periods (golven): a window for requests and a window for reports.

Tested in `vouchers.actions.stock.tests.test_pools`, `vouchers.actions.life.tests.test_reclaims`.
"""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import MINISTRY
from vouchers.models.common import moment, pair, person
from vouchers.states import Basis

# After how many days unseen codes may go back.
FEWEST_DAYS, MOST_DAYS = 7, 365


class PeriodQuerySet(models.QuerySet["Period"]):
    def open_for_requests(self, day: date) -> "PeriodQuerySet":
        """Those in which an organisation may ask on this day."""
        return self.filter(closed_at=None, asks_from__lte=day, asks_until__gte=day)

    def reclaiming(self) -> "PeriodQuerySet":
        """Open ones whose unseen codes go back automatically, by somebody who still
        acts for the ministry."""
        return self.filter(
            closed_at=None,
            reclaim_after_days__isnull=False,
            reclaim_set_by__is_active=True,
            reclaim_set_by__role__in=MINISTRY,
        )

    def reclaiming_stopped(self) -> "PeriodQuerySet":
        """Open ones in which it was switched on by somebody who no longer may."""
        on = self.filter(closed_at=None, reclaim_after_days__isnull=False)
        return on.exclude(reclaim_set_by__is_active=True, reclaim_set_by__role__in=MINISTRY)

    def latest_first(self) -> "PeriodQuerySet":
        """Newest first."""
        return self.order_by("-asks_from", "-id")


class Period(models.Model):
    """A wave. Its writer is `vouchers.actions.stock.pools`; all dates are inclusive."""

    slug = models.SlugField(_("korte naam in adressen"), unique=True)
    name = models.CharField(_("naam"), max_length=100)
    prefix = models.CharField(
        _("letters voor het aanvraagnummer"),
        max_length=6,
        unique=True,
        help_text=_("Bijvoorbeeld G3: aanvragen heten dan G3-00421."),
    )
    asks_from = models.DateField(_("aanvragen vanaf"))
    asks_until = models.DateField(_("aanvragen tot en met"))
    reports_from = models.DateField(_("rapport vanaf"))
    reports_until = models.DateField(_("rapport tot en met"))
    basis = models.CharField(_("voor wie"), max_length=10, choices=Basis, default=Basis.NEED)
    decision_days = models.PositiveSmallIntegerField(_("werkdagen om te beslissen"), default=5)
    # Codes that nobody has seen for this many days go back; empty means off.
    reclaim_after_days = models.PositiveSmallIntegerField(null=True, editable=False)
    reclaim_set_at = moment()
    reclaim_set_by = person(null=True)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    closed_at = moment()
    closed_by = person(null=True)
    # Its codes, references, texts and files are gone (`vouchers.actions.upkeep.erasing`).
    erased_at = moment()
    erased_by = person(null=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("golf")
        verbose_name_plural = _("golven")
        constraints = [
            pair("period", "closed_at", "closed_by"),
            pair("period", "erased_at", "erased_by"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(closed_at__isnull=False),
                name="period_erased_was_closed",
            ),
            pair("period", "reclaim_set_at", "reclaim_set_by", "reclaim_after_days"),
            models.CheckConstraint(
                condition=Q(reclaim_after_days=None)
                | Q(reclaim_after_days__range=(FEWEST_DAYS, MOST_DAYS)),
                name="period_reclaim_after_days",
            ),
            models.CheckConstraint(
                condition=Q(asks_until__gte=F("asks_from")), name="period_asks_in_order"
            ),
            models.CheckConstraint(
                condition=Q(reports_until__gte=F("reports_from")), name="period_reports_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def takes_requests_on(self, day: date) -> bool:
        """Whether an organisation may ask in this period on this day."""
        return self.closed_at is None and self.asks_from <= day <= self.asks_until
