"""How a period's codes were divided when there were too few, and who has waited since.

Tested in `vouchers.actions.hand_out.tests.test_plan`,
`vouchers.actions.hand_out.tests.test_waiting_list`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import person
from vouchers.models.periods import Period
from vouchers.models.requests import VoucherRequest
from vouchers.states import DivisionRule, RequestState

if TYPE_CHECKING:
    from accounts.models import User


class DivisionQuerySet(models.QuerySet["Division"]):
    def visible_to(self, user: User) -> DivisionQuerySet:
        """The ministry sees all, others none: it shows what every organisation got."""
        return self.all() if user.is_ministry else self.none()


class Division(models.Model):
    """One division of a shortage: by which rule, when, by whom, and with what result.

    Append-only. Its writer is `vouchers.actions.hand_out.plan`.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="divisions")
    rule = models.CharField(_("verdeelregel"), max_length=20, choices=DivisionRule)
    # How many codes each unit of the rule gets first.
    minimum = models.PositiveIntegerField(_("minstens"), default=0)
    # Only those who waited from an earlier division took part.
    only_queue = models.BooleanField(default=False)
    asked = models.PositiveIntegerField(_("wachtten"))
    given = models.PositiveIntegerField(_("kregen een code"))
    # For each pool that could be drawn from: `pool` (number), `free` (codes, counted up to `asked`
    # and those waiting besides), `given`.
    stock = models.JSONField()
    # Of the allocation as the officer saw it (`hand_out.plan.Allocation.checksum`).
    checksum = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("gemaakt op"), editable=False)
    made_by = person(verbose_name=_("gemaakt door"))

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdeling")
        verbose_name_plural = _("verdelingen")
        constraints = [
            models.CheckConstraint(
                condition=Q(given__gt=0, given__lt=F("asked")), name="division_gives_some"
            ),
        ]

    def __str__(self) -> str:
        return f"division {self.pk} of period {self.period_id}"

    @property
    def waits(self) -> int:
        """How many pupils were left waiting."""
        return self.asked - self.given


class DivisionShareQuerySet(models.QuerySet["DivisionShare"]):
    def visible_to(self, user: User) -> DivisionShareQuerySet:
        """Those of requests one may see."""
        return self.filter(request__in=VoucherRequest.objects.visible_to(user))

    def waiting_list(self) -> DivisionShareQuerySet:
        """The requests left waiting by a division, in order: the oldest division first, its
        requests in their own order. Only the newest division of a period counts.

        A request decided again after its decision was undone counts as new, and goes behind.
        """
        newest = Division.objects.filter(period=models.OuterRef("division__period"))
        return self.filter(
            division=models.Subquery(newest.order_by("-pk").values("pk")[:1]),
            division__period__closed_at=None,
            request__state=RequestState.DECIDED,
            request__decided_at__lte=F("division__made_at"),
            request__counts__waiting__gt=0,
        ).order_by("division", "position")

    def of_request(self, request: VoucherRequest) -> DivisionShare | None:
        """What this request got in the newest division it took part in."""
        rows = self.filter(request=request).select_related("division__period")
        return rows.order_by("-division").first()


class DivisionShare(models.Model):
    """What one request got in a division, out of how many that waited, and its place in the order.

    Append-only. Its writer is `vouchers.actions.hand_out.plan`.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="shares")
    request = models.ForeignKey(VoucherRequest, on_delete=models.PROTECT, related_name="shares")
    position = models.PositiveIntegerField()
    asked = models.PositiveIntegerField(_("wachtten"))
    given = models.PositiveIntegerField(_("kregen een code"))

    objects = DivisionShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["division", "position"], name="division_position"),
            models.UniqueConstraint(fields=["division", "request"], name="division_request_once"),
            models.CheckConstraint(
                condition=Q(asked__gt=0, given__lte=F("asked")), name="division_share_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.request_id} in division {self.division_id}"

    @property
    def waits(self) -> int:
        """How many of its pupils were left waiting."""
        return self.asked - self.given
