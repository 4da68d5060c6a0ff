"""Who supplies codes, under which agreement, and the codes themselves.

Tested in `vouchers.actions.stock.tests.test_pools`, `vouchers.actions.hand_out.tests.test_stock`,
`vouchers.tests.test_books`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import BULK, COVERED, moment, pair, person
from vouchers.models.periods import Period
from vouchers.states import RenewalRule, VoidReason, VoucherState

if TYPE_CHECKING:
    from accounts.models import User


class ProviderQuerySet(models.QuerySet["Provider"]):
    def visible_to(self, user: User) -> ProviderQuerySet:
        """The ministry sees all, a provider's person their own, others none."""
        if user.is_ministry:
            return self.all()
        return self.filter(members__user=user)

    def offering_in(self, period: Period) -> ProviderQuerySet:
        """Those with an agreement that covers the period: the ones an asker may wish for."""
        return self.filter(
            agreements__starts_on__lte=period.asks_from, agreements__ends_on__gte=period.asks_until
        ).distinct()


class Provider(models.Model):
    """Telenet, Proximus: who delivers codes. How they compare is fixed once some are loaded."""

    slug = models.SlugField(_("korte naam in adressen"), unique=True)
    name = models.CharField(_("naam"), max_length=100, unique=True)
    start_url = models.URLField(
        _("startpagina"), help_text=_("Waar een gezin begint; staat als QR-code op de brief.")
    )
    instructions = models.TextField(
        _("uitleg voor gezinnen"), help_text=_("Komt op de brief. Eén stap per regel.")
    )
    code_column = models.CharField(
        _("kolom met de code"), max_length=50, default="code",
        help_text=_("Zoals ze in het bestand van de provider heet."),
    )  # fmt: skip
    secret_columns = ArrayField(
        models.CharField(max_length=50),
        verbose_name=_("andere geheime kolommen"),
        help_text=_("Bijvoorbeeld wachtwoord of pin; staan samen met de code op de brief."),
        default=list,
        blank=True,
    )
    case_matters = models.BooleanField(_("hoofdletters maken verschil in de code"), default=False)
    ignored_characters = models.CharField(
        _("tekens die niet tellen in de code"), max_length=20, blank=True, default=" -"
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name


class ProviderMember(models.Model):
    """This person works for this provider (a person works for one). Its writer is
    `vouchers.actions.stock.provider_people`."""

    user = models.OneToOneField(
        "accounts.User", on_delete=models.PROTECT, related_name="provider_member"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="members")

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.provider_id}"


class Agreement(models.Model):
    """What a provider promised, and for which days."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="agreements")
    name = models.CharField(_("naam"), max_length=100)
    starts_on = models.DateField(_("geldt vanaf"))
    ends_on = models.DateField(_("geldt tot en met"))
    promised = models.PositiveIntegerField(_("beloofde codes"), default=0)
    # Typed by the ministry; no figure reads it yet.
    credited = models.PositiveIntegerField(_("terugbetaalde codes"), default=0)

    class Meta:
        verbose_name = _("afspraak")
        verbose_name_plural = _("afspraken")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="agreement_in_order"
            ),
            models.UniqueConstraint(fields=["provider", "name"], name="agreement_name"),
        ]

    def __str__(self) -> str:
        return self.name


# A code is handed out only when a family has this long to use it.
DAYS_LEFT_AT_LEAST = 30


class PoolQuerySet(models.QuerySet["Pool"]):
    def visible_to(self, user: User) -> PoolQuerySet:
        """The ministry sees all, a provider's person those of their own agreements."""
        return self.filter(agreement__provider__in=Provider.objects.visible_to(user))

    def with_last_day(self) -> PoolQuerySet:
        """Adds `last_day`: the last valid day of its codes, extensions counted, renewals not."""
        return self.annotate(last_day=last_day())

    def valid_on(self, day: date) -> PoolQuerySet:
        """Those whose codes are valid on this day, renewals not counted."""
        longer = PoolExtension.objects.filter(withdrawn_at=None, valid_until__gte=day)
        return self.filter(Q(valid_until__gte=day) | Q(pk__in=longer.values("pool")))

    def with_enough_days(self, day: date) -> PoolQuerySet:
        """Open ones whose codes are valid long enough to be handed out on this day, with
        `last_day`; the longest-lived first."""
        return (
            self.annotate(last_day=last_day())
            .filter(closed_at=None, last_day__gte=day + timedelta(days=DAYS_LEFT_AT_LEAST))
            .order_by("-last_day", "pk")
        )

    def usable_for(self, period: Period, day: date) -> PoolQuerySet:
        """Those that a hand-out may draw from on this day, the longest-lived first: with enough
        days left, under an agreement that covers the period."""
        return self.with_enough_days(day).filter(
            agreement__starts_on__lte=period.asks_from, agreement__ends_on__gte=period.asks_until
        )

    def with_counts(self) -> PoolQuerySet:
        """Adds `loaded` and, per state, `available`, `held`, `out`, `void`: numbers of codes."""
        return self.annotate(
            loaded=Coalesce(models.Sum("tallies__number"), 0),
            **{
                state.lower(): Coalesce(
                    models.Sum("tallies__number", filter=Q(tallies__state=state)), 0
                )
                for state in VoucherState.values
            },
        )


def last_day(pool: str = "", *later: models.Subquery) -> models.functions.Greatest:
    """The last valid day of a pool's codes, counting its extensions and anything in `later`.

    pool: the path from the row to its pool, "" when the row is the pool.
    """
    extended = (
        PoolExtension.objects.filter(pool=models.OuterRef(pool or "pk"), withdrawn_at=None)
        .order_by("-valid_until")
        .values("valid_until")[:1]
    )
    # PostgreSQL's GREATEST ignores NULLs.
    return models.functions.Greatest(
        F(f"{pool}__valid_until" if pool else "valid_until"),
        models.Subquery(extended),
        *later,
        output_field=models.DateField(),
    )


class Pool(models.Model):
    """A delivered stock of codes with its own validity. Writer: `vouchers.actions.stock.pools`."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="pools")
    name = models.CharField(_("naam"), max_length=100)
    valid_until = models.DateField(_("codes geldig tot en met"))
    renewal_rule = models.CharField(
        _("verlengen"), max_length=10, choices=RenewalRule, default=RenewalRule.BY_OFFICER
    )
    closed_at = moment()
    closed_by = person(null=True)

    # Filled by with_last_day and with_counts.
    last_day: date
    loaded: int
    available: int
    held: int
    out: int
    void: int

    objects = PoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("voorraad")
        verbose_name_plural = _("voorraden")
        constraints = [
            pair("pool", "closed_at", "closed_by"),
            models.UniqueConstraint(fields=["agreement", "name"], name="pool_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PoolExtension(models.Model):
    """The provider extends the validity of a whole pool; recorded and perhaps withdrawn later."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="extensions")
    valid_until = models.DateField(_("geldig tot en met"))
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = person()
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    class Meta:
        constraints = [pair("pool_extension", "withdrawn_at", "withdrawn_by")]

    def __str__(self) -> str:
        return f"{self.pool_id} → {self.valid_until}"


class PoolTally(models.Model):
    """How many codes one statement brought into a state (or, below zero, took out of it), so that
    no page has to count a million of them: the sum is the count, and `balance` proves it.

    Its writer is a trigger on the codes (`vouchers.database.guards`). Append-only, so that nobody
    waits.
    """

    pool = models.ForeignKey(
        Pool, on_delete=models.PROTECT, related_name="tallies", db_index=False, editable=False
    )
    state = models.CharField(max_length=10, choices=VoucherState, editable=False)
    number = models.IntegerField(editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["pool", "state"], include=["number"], name="pool_tally_of_state")
        ]

    def __str__(self) -> str:
        return f"pool {self.pool_id}: {self.number:+} {self.state}"


class VoucherQuerySet(models.QuerySet["Voucher"]):
    """No question here opens a code."""

    def visible_to(self, user: User) -> VoucherQuerySet:
        """The ministry and the provider see that codes exist (never what they are)."""
        return self.filter(pool__in=Pool.objects.visible_to(user))

    def loaded(self) -> VoucherQuerySet:
        """Those that count: not from a file that was undone."""
        return self.exclude(void_reason=VoidReason.UNDONE)

    def touched(self) -> VoucherQuerySet:
        """Those that a pupil has now, or that anybody ever saw or used."""
        from vouchers.models.hand_outs import HandOut

        used = Q(activations__withdrawn_at=None, activations__isnull=False)
        ever = Q(ended_at=None) | Q(revealed_at__isnull=False) | used
        return self.filter(
            models.Exists(HandOut.objects.filter(ever, voucher=models.OuterRef("pk")))
        )

    def free(self) -> VoucherQuerySet:
        """Codes that can be handed out, in hand-out order (the partial index)."""
        return self.filter(state=VoucherState.AVAILABLE).order_by("pool_id", "slot")

    def held(self) -> VoucherQuerySet:
        """Codes kept out of the stock by the ministry or after a file."""
        return self.filter(state=VoucherState.HELD)


class Voucher(models.Model):
    """One code of one pool, encrypted. Its state is written by the actions on files, stock,
    hand-outs and their life.

    An erased one has neither secret nor key any more; its fingerprint stays, so that the same code
    is never loaded again.
    """

    pool = models.ForeignKey(Pool, related_name="vouchers", **BULK, **COVERED)
    provider = models.ForeignKey(Provider, related_name="+", **BULK, **COVERED)
    fingerprint = models.BinaryField(max_length=32, editable=False)
    fingerprint_key_id = models.CharField(max_length=20, editable=False)
    key_id = models.CharField(max_length=20, editable=False)
    secret = models.BinaryField(editable=False)
    slot = models.BigIntegerField(editable=False)
    file = models.ForeignKey(
        "vouchers.ProviderFile", related_name="vouchers", editable=False, **BULK, **COVERED
    )
    line = models.PositiveIntegerField(editable=False)
    loaded_at = models.DateTimeField(editable=False)
    state = models.CharField(
        _("staat"), max_length=10, choices=VoucherState, default=VoucherState.AVAILABLE
    )
    void_reason = models.CharField(max_length=10, choices=VoidReason, blank=True)
    voided_at = moment()
    voided_by = person(null=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            # A code from an undone file may be loaded again, into the right pool.
            models.UniqueConstraint(
                fields=["provider", "fingerprint"],
                condition=~Q(void_reason=VoidReason.UNDONE),
                name="voucher_code_once",
            ),
            models.UniqueConstraint(fields=["file", "line"], name="voucher_of_one_line"),
            pair("voucher", "voided_at", "voided_by"),
            models.CheckConstraint(
                condition=Q(state=VoucherState.VOID, voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(state=VoucherState.VOID) & Q(voided_at__isnull=True, void_reason=""),
                name="voucher_void_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pool", "slot"],
                condition=Q(state=VoucherState.AVAILABLE),
                name="voucher_free",
            ),
            models.Index(fields=["pool", "state"], name="voucher_pool_state"),
        ]

    def __str__(self) -> str:
        """Never the code."""
        return f"voucher {self.pk}"

    @property
    def shown_name(self) -> str:
        """How the ministry tells codes apart, since it never sees them."""
        return gettext("Code op regel {line} van {file}").format(line=self.line, file=self.file)

    @property
    def is_erased(self) -> bool:
        return not self.secret
