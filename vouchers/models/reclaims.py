"""Unseen codes go back: the announcement, and the holidays during which it waits.

Tested in `vouchers.actions.life.tests.test_reclaims`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import moment, pair, person
from vouchers.models.hand_outs import HandOut
from vouchers.models.mails import Mail
from vouchers.models.periods import Period
from vouchers.models.requests import VoucherRequest, own_or_ministry
from vouchers.states import HolidayKind, MailKind, MailState

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User
    from vouchers.models.hand_outs import HandOutQuerySet

NOTICE_DAYS = 7
OPEN = Q(kept_at=None, ended_at=None, withdrawn_at=None)


class ReclaimNoticeQuerySet(models.QuerySet["ReclaimNotice"]):
    def visible_to(self, user: User) -> ReclaimNoticeQuerySet:
        """Those of one's own organisations; the ministry sees all."""
        return self.filter(own_or_ministry(user, "request__organisation"))

    def open(self) -> ReclaimNoticeQuerySet:
        """Those whose codes will still go back, in periods where that still happens."""
        return self.filter(OPEN, request__period__closed_at=None)

    def keeping(self, day: date) -> ReclaimNoticeQuerySet:
        """Those whose codes are kept on this day, at their organisation's request."""
        return self.filter(kept_until__gte=day)

    def notified_before(self, moment: datetime) -> ReclaimNoticeQuerySet:
        """Those about which a mail had left by then."""
        left = Mail.objects.filter(
            kind=MailKind.RECLAIM_NOTICE, request=models.OuterRef("request"),
            created_at=models.OuterRef("announced_at"), state=MailState.SENT, sent_at__lte=moment,
        )  # fmt: skip
        return self.filter(models.Exists(left))

    def due(self, day: date, now: datetime) -> ReclaimNoticeQuerySet:
        """Open ones whose day has come, a full week after somebody was told; none where it was
        stopped.

        day: the day in Brussels of `now`.
        """
        goes_on = self.open().filter(request__period__in=Period.objects.reclaiming())
        return goes_on.filter(due_on__lte=day).notified_before(now - timedelta(days=NOTICE_DAYS))

    def with_codes(self) -> ReclaimNoticeQuerySet:
        """Adds `codes`: how many codes of an open one nobody has seen."""
        return self.annotate(codes=_codes_left())

    def with_codes_left(self) -> ReclaimNoticeQuerySet:
        """Those that still have such codes, and how many (`codes`)."""
        return self.annotate(codes=_codes_left()).filter(codes__gt=0)


def _codes_left() -> Coalesce:
    """How many codes of an announcement (the outer row) nobody has seen."""
    unseen = HandOut.objects.unseen_since(models.OuterRef("handed_out_before"))
    waiting = unseen.filter(line__request=models.OuterRef("request"))
    counted = waiting.order_by().values("line__request").annotate(n=models.Count("pk"))
    return Coalesce(models.Subquery(counted.values("n")[:1]), 0)


class ReclaimNotice(models.Model):
    """One announcement to the organisation of a request: unseen codes go back on a day.

    It is about the codes of the request that were handed out before a moment and that nobody has
    seen. It ends once: kept by the organisation, carried out, or withdrawn when the rule was
    switched off. Its writer is `vouchers.actions.life.reclaims`.
    """

    request = models.ForeignKey(
        VoucherRequest, on_delete=models.PROTECT, related_name="reclaim_notices"
    )
    handed_out_before = models.DateTimeField(editable=False)
    announced_at = models.DateTimeField(editable=False)
    announced_by = person()
    due_on = models.DateField(_("terug op"), editable=False)
    keep_days = models.PositiveSmallIntegerField(editable=False)
    kept_at = moment()
    kept_by = person(null=True)
    kept_until = models.DateField(null=True, editable=False)
    ended_at = moment()
    ended_by = person(null=True)
    taken = models.PositiveIntegerField(null=True, editable=False)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    # Filled by with_codes and with_codes_left.
    codes: int

    objects = ReclaimNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("aankondiging van terugnemen")
        verbose_name_plural = _("aankondigingen van terugnemen")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=OPEN, name="reclaimnotice_one_open"
            ),
            pair("reclaimnotice", "kept_at", "kept_by", "kept_until"),
            pair("reclaimnotice", "ended_at", "ended_by", "taken"),
            pair("reclaimnotice", "withdrawn_at", "withdrawn_by"),
            models.CheckConstraint(
                condition=Q(kept_at=None, ended_at=None)
                | Q(kept_at=None, withdrawn_at=None)
                | Q(ended_at=None, withdrawn_at=None),
                name="reclaimnotice_ends_once",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "id"], condition=OPEN, name="reclaimnotice_due")]

    def __str__(self) -> str:
        return f"reclaim notice {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether its codes will still go back."""
        ended = self.kept_at or self.ended_at or self.withdrawn_at
        return ended is None and self.request.period.closed_at is None

    def hand_outs(self) -> HandOutQuerySet:
        """The codes it is about that nobody has seen, except those under inquiry."""
        unseen = HandOut.objects.unseen_since(self.handed_out_before)
        return unseen.filter(line__request=self.request_id)


class SchoolHolidayQuerySet(models.QuerySet["SchoolHoliday"]):
    def standing(self) -> SchoolHolidayQuerySet:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class SchoolHoliday(models.Model):
    """A school holiday besides those of `school_holidays.csv`: of a later year, or decided once.

    Its writer is `vouchers.actions.life.holidays`.
    """

    kind = models.CharField(_("vakantie"), max_length=10, choices=HolidayKind)
    starts_on = models.DateField(_("eerste dag"))
    ends_on = models.DateField(_("laatste dag"))
    added_at = models.DateTimeField(editable=False)
    added_by = person()
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    objects = SchoolHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("schoolvakantie")
        verbose_name_plural = _("schoolvakanties")
        constraints = [
            pair("schoolholiday", "withdrawn_at", "withdrawn_by"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="schoolholiday_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_on:%d/%m/%Y}"
