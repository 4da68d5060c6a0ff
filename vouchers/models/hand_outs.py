"""The bond between a code and a pupil, what happened to it, and what the provider reports about it.

Tested in `vouchers.actions.life.tests.test_lifecycle`, `vouchers.actions.life.tests.test_reveals`,
`vouchers.actions.life.tests.test_renewals`, `vouchers.actions.life.tests.test_life_of_a_code`,
`vouchers.actions.files.tests.test_activation_files`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from common.days import at, months_after
from schools.models import Organisation
from vouchers.models.common import BULK, moment, pair, person
from vouchers.models.pools import Pool, Provider, Voucher, last_day
from vouchers.models.requests import PupilLine, own_or_ministry
from vouchers.states import (
    OPEN_RENEWALS,
    Channel,
    EndReason,
    HandOutStage,
    RenewalState,
    VoidReason,
    VoucherState,
)

if TYPE_CHECKING:
    from accounts.models import User
    from vouchers.models.periods import Period


ONE_DAY = timedelta(days=1)


class HandOutQuerySet(models.QuerySet["HandOut"]):
    def visible_to(self, user: User) -> HandOutQuerySet:
        """Those of one's own organisations; the ministry sees all (never the code)."""
        return self.filter(own_or_ministry(user, "line__organisation"))

    def live(self) -> HandOutQuerySet:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def reclaimable(self) -> HandOutQuerySet:
        """Live ones whose code nobody has seen and no provider has reported in use."""
        return self.live().unused().exclude(voucher__in=HandOut.objects.seen().values("voucher"))

    def unseen_since(self, moment: datetime | models.OuterRef) -> HandOutQuerySet:
        """Reclaimable ones handed out before a moment, except codes under inquiry."""
        return self.reclaimable().filter(handed_out_at__lt=moment, voucher__state=VoucherState.OUT)

    def seen(self) -> HandOutQuerySet:
        """Those whose code somebody has seen, ended or not."""
        return self.filter(revealed_at__isnull=False)

    def unused(self) -> HandOutQuerySet:
        """Those that no provider has reported in use."""
        used = Activation.objects.standing().filter(hand_out=models.OuterRef("pk"))
        return self.filter(~models.Exists(used))

    def activated(self) -> HandOutQuerySet:
        """Those with an activation that was not withdrawn."""
        return self.filter(activations__withdrawn_at=None, activations__isnull=False)

    def with_activation(self) -> HandOutQuerySet:
        """Adds `active_since` (the day, or None) and `renewal_open` (asked for and not ended)."""
        own = {"hand_out": models.OuterRef("pk")}
        standing = Activation.objects.standing().filter(**own).values("on")[:1]
        open_ones = Renewal.objects.filter(**own, state__in=OPEN_RENEWALS)
        return self.annotate(
            active_since=models.Subquery(standing), renewal_open=models.Exists(open_ones)
        )

    def with_ask(self) -> HandOutQuerySet:
        """Adds `ask_open` (a replacement was asked for and not refused) and `ask_refusal`."""
        own = ReplacementAsk.objects.filter(hand_out=models.OuterRef("pk"))
        refused = own.exclude(refused_at=None).order_by("-refused_at").values("refusal")[:1]
        return self.annotate(
            ask_open=models.Exists(own.filter(refused_at=None)),
            ask_refusal=models.Subquery(refused),
        )

    def latest_of_each_line(self) -> HandOutQuerySet:
        """The latest hand-out of each pupil: the live one, else the last that ended."""
        return self.order_by("line_id", "-handed_out_at", "-id").distinct("line_id")

    def with_last_day(self) -> HandOutQuerySet:
        """Adds `last_day`: the last valid day of the code, extensions and renewals counted."""
        renewed = (
            Renewal.objects.filter(
                hand_out=models.OuterRef("pk"),
                state=RenewalState.CONFIRMED,
                withdrawn_at=None,
            )
            .order_by("-valid_until")
            .values("valid_until")[:1]
        )
        return self.annotate(last_day=last_day("voucher__pool", models.Subquery(renewed)))

    def working_on(self, day: date) -> HandOutQuerySet:
        """Live ones whose code is valid on this day."""
        return self.live().filter(works_on(day))


def erasable_from(period: Period) -> date:
    """The first day on which a period's contents may be erased: ERASE_AFTER_MONTHS after the last
    valid day of any of its codes, extensions and renewals counted (without codes: after the last
    day for requests)."""
    of_period = HandOut.objects.filter(line__period=period).with_last_day()
    last = of_period.aggregate(last=models.Max("last_day"))["last"] or period.asks_until
    return months_after(last, settings.ERASE_AFTER_MONTHS)


def works_on(day: date) -> Q:
    """Hand-outs whose code is valid on this day: `last_day` is that day or later.

    Asked this way instead of through `last_day`, the few pools are examined once and not for every
    code.
    """
    renewed = Renewal.objects.filter(
        state=RenewalState.CONFIRMED, withdrawn_at=None, valid_until__gte=day
    )
    valid = Pool.objects.valid_on(day)
    return Q(voucher__pool__in=valid) | Q(
        models.Exists(renewed.filter(hand_out=models.OuterRef("pk")))
    )


def in_use() -> Q:
    """Hand-outs with an activation that was not withdrawn."""
    standing = Activation.objects.standing().filter(hand_out=models.OuterRef("pk"))
    return Q(models.Exists(standing))


class HandOut(models.Model):
    """One voucher for one line; columns are written once, and the database derives `stage` from
    them.

    Its writers are `vouchers.actions.hand_out` and `vouchers.actions.life`.
    """

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="hand_outs")
    line = models.ForeignKey(PupilLine, on_delete=models.PROTECT, related_name="hand_outs")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    handed_out_at = models.DateTimeField(editable=False)
    handed_out_by = person()
    revealed_at = moment()
    revealed_by = person(null=True)
    given_at = moment()
    given_by = person(null=True)
    ended_at = moment()
    ended_by = person(null=True)
    end_reason = models.CharField(max_length=10, choices=EndReason, null=True, blank=True)
    stage = models.GeneratedField(
        expression=Case(
            When(ended_at__isnull=False, then=F("end_reason")),
            When(given_at__isnull=False, then=Value(HandOutStage.GIVEN.value)),
            When(revealed_at__isnull=False, then=Value(HandOutStage.REVEALED.value)),
            default=Value(HandOutStage.HANDED_OUT.value),
        ),
        output_field=models.CharField(max_length=10, choices=HandOutStage),
        db_persist=True,
    )

    # Filled by with_last_day, with_activation and with_ask.
    last_day: date
    active_since: date | None
    renewal_open: bool
    ask_open: bool
    ask_refusal: str | None

    objects = HandOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("uitreiking")
        verbose_name_plural = _("uitreikingen")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"], condition=Q(ended_at__isnull=True), name="handout_live_voucher"
            ),
            models.UniqueConstraint(
                fields=["line"], condition=Q(ended_at__isnull=True), name="handout_live_line"
            ),
            pair("handout", "revealed_at", "revealed_by"),
            pair("handout", "given_at", "given_by"),
            pair("handout", "ended_at", "ended_by", "end_reason"),
            models.CheckConstraint(
                condition=Q(given_at__isnull=True) | Q(revealed_at__isnull=False),
                name="handout_given_was_revealed",
            ),
            models.CheckConstraint(
                condition=~Q(end_reason=EndReason.RECLAIMED) | Q(revealed_at__isnull=True),
                name="handout_reclaimed_unseen",
            ),
        ]

        indexes = [
            # A seen code stays in its organisation: few are handed out again.
            models.Index(
                fields=["voucher"],
                condition=Q(revealed_at__isnull=False, ended_at__isnull=False),
                name="handout_seen_and_ended",
            )
        ]

    def __str__(self) -> str:
        return f"hand-out {self.pk}"


class GivenWithdrawal(models.Model):
    """A letter was not given after all: between these two moments the hand-out said it was (ADR
    22).

    Append-only; its writer is `vouchers.actions.life.lifecycle`.
    """

    hand_out = models.ForeignKey(HandOut, on_delete=models.PROTECT, related_name="not_given")
    given_at = models.DateTimeField(editable=False)
    given_by = person()
    withdrawn_at = models.DateTimeField(editable=False)
    withdrawn_by = person()

    def __str__(self) -> str:
        return f"hand-out {self.hand_out_id} not given after all"


class ReplacementAskQuerySet(models.QuerySet["ReplacementAsk"]):
    def visible_to(self, user: User) -> ReplacementAskQuerySet:
        """Those of one's own organisations; the ministry sees all."""
        return self.filter(own_or_ministry(user, "hand_out__line__organisation"))

    def open(self) -> ReplacementAskQuerySet:
        """Those waiting for the ministry; once its code is gone, replaced or not, none does."""
        return self.filter(refused_at=None, hand_out__ended_at=None)


class ReplacementAsk(models.Model):
    """An asker says that a code does not work or was lost; `refusal` is why the ministry does not
    replace it. Its writer is `vouchers.actions.life.replacements`."""

    hand_out = models.ForeignKey(HandOut, on_delete=models.PROTECT, related_name="asks")
    reason = models.CharField(_("wat is er mis"), max_length=10, choices=VoidReason)
    asked_at = models.DateTimeField(editable=False)
    asked_by = person()
    refused_at = moment()
    refused_by = person(null=True)
    refusal = models.CharField(_("waarom niet"), max_length=500, blank=True)

    objects = ReplacementAskQuerySet.as_manager()

    class Meta:
        verbose_name = _("gevraagde vervanging")
        verbose_name_plural = _("gevraagde vervangingen")
        constraints = [
            pair("replacement_ask", "refused_at", "refused_by"),
            models.UniqueConstraint(
                fields=["hand_out"], condition=Q(refused_at__isnull=True), name="ask_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"replacement of hand-out {self.hand_out_id}"


class RevealQuerySet(models.QuerySet["Reveal"]):
    def visible_to(self, user: User) -> RevealQuerySet:
        """Those to one's own organisation or provider; the ministry sees that they happened."""
        if user.role == Role.PROVIDER:
            return self.filter(provider__in=Provider.objects.visible_to(user))
        return self.filter(own_or_ministry(user, "organisation"))

    def on_day(self, day: date) -> RevealQuerySet:
        """Those of one day in Brussels."""
        return self.filter(revealed_at__gte=at(day, 0), revealed_at__lt=at(day + ONE_DAY, 0))

    def by_turn(self) -> models.QuerySet[Reveal, dict[str, Any]]:
        """One row for each time somebody saw codes of one request, newest first: who, when, how,
        for whom, and how many `codes`."""
        of_request = "hand_out__line__request"
        return (
            self.order_by("-revealed_at", "revealed_to", f"-{of_request}", "channel")
            .values(
                "revealed_at", "revealed_to", "channel", "organisation", "provider", of_request,
            )
            .annotate(codes=models.Count("pk"))
        )  # fmt: skip


class Reveal(models.Model):
    """A code left the portal: which, how, when, to whom (rule 4). Append-only."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="reveals")
    hand_out = models.ForeignKey(
        HandOut, null=True, on_delete=models.PROTECT, related_name="reveals"
    )
    channel = models.CharField(max_length=12, choices=Channel)
    revealed_at = models.DateTimeField(db_default=Now(), editable=False)
    revealed_to = person()
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = models.ForeignKey(Provider, null=True, on_delete=models.PROTECT, related_name="+")

    objects = RevealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, provider__isnull=False)
                | Q(organisation__isnull=False, provider__isnull=True),
                name="reveal_to_one_party",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "revealed_at"], name="reveal_of_organisation"),
            models.Index(fields=["revealed_to", "revealed_at"], name="reveal_of_person"),
            # Rows come in time order: a few pages tell where the last hour begins.
            BrinIndex(fields=["revealed_at"], name="reveal_moment", pages_per_range=16),
        ]

    def __str__(self) -> str:
        return f"reveal {self.pk}"


class ActivationQuerySet(models.QuerySet["Activation"]):
    def visible_to(self, user: User) -> ActivationQuerySet:
        """Those of hand-outs one may see."""
        return self.filter(hand_out__in=HandOut.objects.visible_to(user))

    def standing(self) -> ActivationQuerySet:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Activation(models.Model):
    """A provider reports that a code came into use on a day.

    Its writer is `vouchers.actions.files.activation_files`.
    """

    hand_out = models.ForeignKey(HandOut, related_name="activations", **BULK)
    on = models.DateField(_("geactiveerd op"))
    recorded_at = models.DateTimeField(editable=False)
    file = models.ForeignKey("vouchers.ProviderFile", related_name="activations", **BULK)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    objects = ActivationQuerySet.as_manager()

    class Meta:
        verbose_name = _("activatie")
        verbose_name_plural = _("activaties")
        constraints = [
            models.UniqueConstraint(
                fields=["hand_out"],
                condition=Q(withdrawn_at__isnull=True),
                name="activation_one_standing",
            ),
            pair("activation", "withdrawn_at", "withdrawn_by"),
        ]
        indexes = [models.Index(fields=["on"], name="activation_day")]

    def __str__(self) -> str:
        return f"activation of hand-out {self.hand_out_id}"


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def visible_to(self, user: User) -> RenewalQuerySet:
        """Those of one's own organisations or provider; the ministry sees all."""
        if user.role == Role.PROVIDER:
            own = Provider.objects.visible_to(user)
            return self.filter(hand_out__voucher__provider__in=own)
        return self.filter(own_or_ministry(user, "hand_out__line__organisation"))

    def open(self) -> RenewalQuerySet:
        """Asked for and not ended."""
        return self.filter(state__in=OPEN_RENEWALS)


class Renewal(models.Model):
    """An activated code is to be valid for longer; the provider renews it and reports when.

    `on` is the day on which the provider did it, `confirmed_at` the moment we learned it. Its
    writer is `vouchers.actions.life.renewals`.
    """

    hand_out = models.ForeignKey(HandOut, on_delete=models.PROTECT, related_name="renewals")
    state = models.CharField(
        _("staat"), max_length=10, choices=RenewalState, default=RenewalState.ASKED
    )
    asked_at = models.DateTimeField(editable=False)
    asked_by = person()
    passed_at = moment()
    passed_by = person(null=True)
    sent_at = moment()
    sent_by = person(null=True)
    confirmed_at = moment()
    confirmed_by = person(null=True)
    on = models.DateField(_("verlengd op"), null=True, blank=True)
    valid_until = models.DateField(_("geldig tot en met"), null=True, blank=True)
    refused_at = moment()
    refused_by = person(null=True)
    reason = models.CharField(_("reden"), max_length=500, blank=True)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("verlenging")
        verbose_name_plural = _("verlengingen")
        constraints = [
            models.UniqueConstraint(
                fields=["hand_out"],
                condition=Q(state__in=sorted(OPEN_RENEWALS)),
                name="renewal_one_open",
            ),
            pair("renewal", "passed_at", "passed_by"),
            pair("renewal", "sent_at", "sent_by"),
            pair("renewal", "confirmed_at", "confirmed_by", "on", "valid_until"),
            pair("renewal", "refused_at", "refused_by"),
            pair("renewal", "withdrawn_at", "withdrawn_by"),
            models.CheckConstraint(
                condition=Q(state=RenewalState.CONFIRMED, confirmed_at__isnull=False)
                | ~Q(state=RenewalState.CONFIRMED) & Q(confirmed_at__isnull=True),
                name="renewal_confirmed_has_day",
            ),
            models.CheckConstraint(
                condition=Q(state=RenewalState.REFUSED, refused_at__isnull=False) & ~Q(reason="")
                | ~Q(state=RenewalState.REFUSED) & Q(refused_at__isnull=True),
                name="renewal_refused_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["on"], name="renewal_day"),
            models.Index(
                fields=["state", "asked_at", "id"],
                condition=Q(state__in=sorted(OPEN_RENEWALS)),
                name="renewal_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"renewal of hand-out {self.hand_out_id}"
