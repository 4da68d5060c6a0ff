"""What the ministry should look into, and the trace of watching: holds, look-ups, rounds.

Tested in `vouchers.actions.watch.tests.test_alerts`, `vouchers.actions.stock.tests.test_holding`,
`vouchers.actions.stock.tests.test_lookups`, `vouchers.actions.watch.tests.test_unusual_reveals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from schools.models import Organisation
from vouchers.models.common import moment, pair, person
from vouchers.models.files import ProviderFile
from vouchers.models.pools import Provider, Voucher
from vouchers.models.requests import VoucherRequest
from vouchers.states import AlertKind

if TYPE_CHECKING:
    from accounts.models import User

OPEN = Q(handled_at=None, withdrawn_at=None)
# Whom and what an alert is about; two alerts that agree in these are about the same thing.
SUBJECT = ("kind", "about", "organisation", "request", "file", "provider")


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> AlertQuerySet:
        """The ministry sees all, others none."""
        return self.all() if user.is_ministry else self.none()

    def open(self) -> AlertQuerySet:
        """Those that nobody has handled and that still apply."""
        return self.filter(OPEN)

    def latest_first(self) -> AlertQuerySet:
        """Newest first."""
        return self.order_by("-raised_at", "-id")


class Alert(models.Model):
    """Something about codes that is wrong, or that somebody should ask about.

    `data` holds numbers, no code, no reference; its text is made in the reader's language
    (`pages.ministry.alert_texts`). About a person without an organisation: over all organisations
    together. Handled by a person, who may reopen it; withdrawn when it no longer applies; `note` is
    erased with a period. Its writer is `vouchers.actions.watch.alerts`.
    """

    kind = models.CharField(_("soort"), max_length=20, choices=AlertKind)
    about = person(null=True, verbose_name=_("persoon"))
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    request = models.ForeignKey(
        VoucherRequest, null=True, on_delete=models.PROTECT, related_name="alerts"
    )
    file = models.ForeignKey(
        ProviderFile, null=True, on_delete=models.PROTECT, related_name="alerts"
    )
    provider = models.ForeignKey(Provider, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict, editable=False)
    raised_at = models.DateTimeField(editable=False)
    handled_at = moment()
    handled_by = person(null=True)
    note = models.CharField(_("wat je deed of vond"), max_length=500, blank=True)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("melding")
        verbose_name_plural = _("meldingen")
        constraints = [
            models.UniqueConstraint(
                fields=SUBJECT, condition=OPEN, nulls_distinct=False, name="alert_open_once"
            ),
            pair("alert", "handled_at", "handled_by"),
            pair("alert", "withdrawn_at", "withdrawn_by"),
            models.CheckConstraint(
                condition=Q(handled_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="alert_handled_or_withdrawn",
            ),
        ]
        indexes = [models.Index(fields=["-raised_at", "-id"], name="alert_latest")]

    def __str__(self) -> str:
        return f"alert {self.pk} {self.kind}"

    @property
    def is_open(self) -> bool:
        return self.handled_at is None and self.withdrawn_at is None

    @cached_property
    def let_in_by(self) -> set[int]:
        """Who invited the person it is about, or let them act for an organisation (ids)."""
        if self.about is None:
            return set()
        by = {self.about.invited_by_id, *self.data.get("by", [])}
        by |= {each.added_by_id for each in self.about.memberships.all()}
        return {each for each in by if each}


class Holding(models.Model):
    """Why a code was held (`held`) or released back into stock, by whom, after which file.

    Nothing of it changes, but for the reason that a person typed, which is erased with a period;
    `Voucher.state` says where the code is now. Its writer is `vouchers.actions.stock.holding`.
    """

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="holdings")
    held = models.BooleanField(editable=False)
    file = models.ForeignKey(ProviderFile, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reden"), max_length=300, blank=True)
    done_at = models.DateTimeField(editable=False)
    done_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False) | ~Q(reason=""), name="holding_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"holding of voucher {self.voucher_id}"


class CodeLookup(models.Model):
    """Somebody at the ministry typed a code to see where it is; what they typed is not stored.

    `voucher` is what was found, empty when there is no such code. Append-only. Its writer is
    `vouchers.actions.stock.lookups`.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(
        Voucher, null=True, on_delete=models.PROTECT, related_name="lookups"
    )
    looked_up_at = models.DateTimeField(editable=False)
    looked_up_by = person()

    class Meta:
        indexes = [models.Index(fields=["looked_up_by", "-looked_up_at"], name="lookup_of_person")]

    def __str__(self) -> str:
        return f"look-up {self.pk}"


class ListRead(models.Model):
    """Somebody at the ministry read a list of codes, to make them void; nothing of it is stored but
    how many rows it had, and how many codes were found and were not.

    `refused`: too many were unknown, so nothing was told. Append-only. Its writer is
    `vouchers.actions.stock.lookups`.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField(editable=False)
    found = models.PositiveIntegerField(editable=False)
    unknown = models.PositiveIntegerField(editable=False)
    refused = models.BooleanField(editable=False)
    read_at = models.DateTimeField(editable=False)
    read_by = person()

    class Meta:
        indexes = [models.Index(fields=["read_by", "-read_at"], name="list_read_of_person")]

    def __str__(self) -> str:
        return f"list {self.pk} of {self.rows} rows"


class Watch(models.Model):
    """One round of watching: reveals up to this moment were examined. Append-only.

    Its writer is `vouchers.actions.watch.unusual_reveals`.
    """

    looked_until = models.DateTimeField(editable=False)
    raised = models.PositiveIntegerField(editable=False)

    class Meta:
        indexes = [models.Index(fields=["-looked_until"], name="watch_latest")]

    def __str__(self) -> str:
        return f"watch until {self.looked_until}"
