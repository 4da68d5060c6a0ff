"""What organisations ask for, one line per pupil, and what the ministry decides.

Tested in `vouchers.actions.requests.tests.test_requests`,
`vouchers.actions.requests.tests.test_request_moves`.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from schools.models import EducationType, Organisation, Province
from vouchers.models.common import moment, pair, person
from vouchers.models.periods import Period
from vouchers.models.pools import Pool, Provider
from vouchers.states import STANDING_LINES, LineState, RequestState, Wish

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User
    from vouchers.models.hand_outs import HandOutQuerySet


def own_or_ministry(user: User, field: str) -> Q:
    """Rows of one's own organisations; the ministry gets all, others none.

    The ministry's condition is empty, not "of any of all organisations": that would be a join.
    """
    return Q() if user.is_ministry else Q(**{f"{field}__in": Organisation.objects.visible_to(user)})


# Requests with pupils waiting for a code, by the stored count: in closed periods too, for anyone
# who has lost a code since (ADR 8).
WAITS_FOR_CODES = Q(state=RequestState.DECIDED, counts__waiting__gt=0)


class VoucherRequestQuerySet(models.QuerySet["VoucherRequest"]):
    def visible_to(self, user: User) -> VoucherRequestQuerySet:
        """Those of one's own organisations; the ministry sees what was sent, never a draft."""
        found = self.filter(own_or_ministry(user, "organisation"))
        return found.exclude(state=RequestState.DRAFT) if user.is_ministry else found

    def awaiting_decision(self) -> VoucherRequestQuerySet:
        """Sent and not yet decided, the longest waiting first."""
        return self.filter(state=RequestState.SUBMITTED).order_by("submitted_at", "id")

    def pupils_waiting(self) -> int:
        """How many pupils of these requests wait for a code."""
        waiting = self.filter(WAITS_FOR_CODES).aggregate(n=Sum("counts__waiting"))
        return waiting["n"] or 0

    def with_line_counts(self) -> VoucherRequestQuerySet:
        """Adds counts of lines: `asked`, `granted`, `refused`, `handed_out`, `waiting`."""
        live = Q(lines__hand_outs__isnull=False, lines__hand_outs__ended_at=None)
        granted = Q(lines__state=LineState.GRANTED)

        def count(condition: Q) -> models.Count:
            return models.Count("lines", filter=condition, distinct=True)

        return self.annotate(
            asked=count(~Q(lines__state=LineState.WITHDRAWN)),
            granted=count(granted),
            refused=count(Q(lines__state=LineState.REFUSED)),
            handed_out=count(live),
            waiting=Coalesce("counts__waiting", 0),
        )

    def with_refusal(self) -> VoucherRequestQuerySet:
        """Adds `refusal`: the reason of one refused line, empty when none was refused."""
        standing = Decision.objects.standing().filter(
            line__request=models.OuterRef("pk"), granted=False
        )
        return self.annotate(refusal=models.Subquery(standing.order_by("id").values("reason")[:1]))

    def with_letters(self, day: date) -> VoucherRequestQuerySet:
        """Adds whether any of its codes is valid on this day (`works`), and whether nobody has
        printed the letter of one of these (`to_print`)."""
        from vouchers.models.hand_outs import HandOut

        working = HandOut.objects.working_on(day).filter(line__request=models.OuterRef("pk"))
        unprinted = working.filter(revealed_at=None)
        return self.annotate(works=_any(working), to_print=_any(unprinted))


def _any(rows: HandOutQuerySet) -> Coalesce:
    """Whether there is one. Not EXISTS: with that, PostgreSQL may read all hand-outs for a few
    rows."""
    first = models.Subquery(rows.order_by().values(there=models.Value(True))[:1])
    return Coalesce(first, False, output_field=models.BooleanField())


class VoucherRequest(models.Model):
    """What an organisation asks for in a period. Its writer is `vouchers.actions.requests`."""

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="requests",
        verbose_name=_("organisatie"),
    )
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, related_name="requests", verbose_name=_("golf")
    )
    number = models.PositiveIntegerField(editable=False)
    form_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(
        _("staat"), max_length=10, choices=RequestState, default=RequestState.DRAFT
    )
    # What holds for all lines unless a line says otherwise.
    education_type = models.CharField(
        _("type onderwijs"), max_length=20, choices=EducationType, blank=True
    )
    wish = models.CharField(_("wens"), max_length=10, choices=Wish, default=Wish.NONE)
    wish_provider = models.ForeignKey(
        Provider,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("provider"),
    )
    note = models.TextField(_("toelichting"), blank=True, max_length=1000)
    created_at = models.DateTimeField(editable=False)
    created_by = person()
    submitted_at = moment()
    submitted_by = person(null=True)
    returned_at = moment()
    returned_by = person(null=True)
    question = models.TextField(_("vraag aan de aanvrager"), blank=True, max_length=1000)
    decided_at = moment()
    decided_by = person(null=True)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    # Filled by with_line_counts, with_refusal and with_letters.
    asked: int
    granted: int
    refused: int
    handed_out: int
    waiting: int
    refusal: str | None
    works: bool
    to_print: bool

    objects = VoucherRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("aanvraag")
        verbose_name_plural = _("aanvragen")
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="request_number"),
            *(
                pair("request", f"{act}_at", f"{act}_by")
                for act in ("submitted", "returned", "decided", "withdrawn")
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.DRAFT)
                | Q(submitted_at__isnull=False)
                | Q(state=RequestState.WITHDRAWN),
                name="request_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.DECIDED, decided_at__isnull=False)
                | ~Q(state=RequestState.DECIDED) & Q(decided_at__isnull=True),
                name="request_decided_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(wish=Wish.NONE, wish_provider__isnull=True)
                | ~Q(wish=Wish.NONE) & Q(wish_provider__isnull=False),
                name="request_wish_has_provider",
            ),
        ]
        indexes = [
            models.Index(
                fields=["submitted_at", "id"],
                condition=Q(state=RequestState.SUBMITTED),
                name="request_queue",
            ),
            models.Index(fields=["period", "state"], name="request_period_state"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The short number to quote on the telephone; needs `period`."""
        return f"{self.period.prefix}-{self.number:05d}"


class RequestCount(models.Model):
    """How many pupils of a request are granted, and how many of these wait for a code: lists of
    tens of thousands of requests filter by it. No row means none.

    Its writer is a trigger on lines and hand-outs (`vouchers.database.guards`); `balance` proves
    it.
    """

    request = models.OneToOneField(
        VoucherRequest, primary_key=True, on_delete=models.PROTECT, related_name="counts"
    )
    granted = models.PositiveIntegerField(editable=False)
    waiting = models.PositiveIntegerField(editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["waiting"], condition=Q(waiting__gt=0), name="request_waits")
        ]

    def __str__(self) -> str:
        return f"request {self.request_id}: {self.granted} granted, {self.waiting} waiting"


class PupilLineQuerySet(models.QuerySet["PupilLine"]):
    def visible_to(self, user: User) -> PupilLineQuerySet:
        """Lines of requests one may see."""
        return self.filter(request__in=VoucherRequest.objects.visible_to(user))

    def standing_or_draft(self) -> PupilLineQuerySet:
        """All except those withdrawn: the pupils a request is about."""
        return self.exclude(state=LineState.WITHDRAWN)

    def waiting(self) -> PupilLineQuerySet:
        """Granted without a code."""
        from vouchers.models.hand_outs import HandOut

        live = HandOut.objects.live().filter(line=models.OuterRef("pk"))
        return self.filter(~models.Exists(live), state=LineState.GRANTED)

    def could_take(self, pool: Pool) -> PupilLineQuerySet:
        """Those who may have a code from this pool: its agreement covers their period, and they do
        not insist on another provider."""
        agreement = pool.agreement
        return self.filter(
            period__asks_from__gte=agreement.starts_on, period__asks_until__lte=agreement.ends_on
        ).exclude(~Q(wish_provider=agreement.provider_id), wish=Wish.ONLY)

    def waiting_in(self, period: Period) -> PupilLineQuerySet:
        """Those that a hand-out of the whole period would serve."""
        return self.waiting().filter(period=period, request__state=RequestState.DECIDED)


class PupilLine(models.Model):
    """One pupil in a request, under the asker's own opaque reference.

    School, type, municipality and province are frozen at the first submission: every figure reads
    them here (docs/rules.md#words). `organisation` (the asker) and `period` repeat the request's.
    Its writer is `vouchers.actions.requests`.
    """

    request = models.ForeignKey(VoucherRequest, on_delete=models.PROTECT, related_name="lines")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    reference = models.CharField(_("referentie"), max_length=40)
    reference_key = models.CharField(max_length=40, editable=False)
    school = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pupil_lines",
        verbose_name=_("school"),
    )
    education_type = models.CharField(
        _("type onderwijs"), max_length=20, choices=EducationType, blank=True
    )
    wish = models.CharField(_("wens"), max_length=10, choices=Wish, default=Wish.NONE)
    wish_provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("staat"), max_length=10, choices=LineState, default=LineState.DRAFT)
    # Frozen from the school at the first submission.
    municipality = models.CharField(max_length=100, blank=True, editable=False)
    nis_code = models.CharField(max_length=5, blank=True, editable=False)
    province = models.CharField(max_length=8, choices=Province, blank=True, editable=False)
    submitted_at = moment()
    withdrawn_at = moment()
    withdrawn_by = person(null=True)
    closed_at = moment()
    closed_by = person(null=True)

    objects = PupilLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("leerling")
        verbose_name_plural = _("leerlingen")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "period", "reference_key"],
                condition=Q(state__in=sorted(STANDING_LINES))
                & ~Q(reference_key=""),  # not once erased
                name="line_reference_once",
            ),
            pair("line", "withdrawn_at", "withdrawn_by"),
            pair("line", "closed_at", "closed_by"),
            models.CheckConstraint(
                condition=Q(state=LineState.DRAFT, submitted_at__isnull=True)
                | ~Q(state=LineState.DRAFT)
                & Q(submitted_at__isnull=False, school__isnull=False)
                & ~Q(education_type="")
                & ~Q(province=""),
                name="line_sent_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(state=LineState.WITHDRAWN, withdrawn_at__isnull=False)
                | ~Q(state=LineState.WITHDRAWN) & Q(withdrawn_at__isnull=True),
                name="line_withdrawn_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=LineState.CLOSED, closed_at__isnull=False)
                | ~Q(state=LineState.CLOSED) & Q(closed_at__isnull=True),
                name="line_closed_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(wish=Wish.NONE, wish_provider__isnull=True)
                | ~Q(wish=Wish.NONE) & Q(wish_provider__isnull=False),
                name="line_wish_has_provider",
            ),
        ]
        indexes = [
            models.Index(fields=["period", "state"], name="line_period_state"),
            # Lists filter requests by these columns of their pupils.
            models.Index(fields=["province", "request"], name="line_province"),
            models.Index(fields=["education_type", "request"], name="line_education_type"),
        ]

    def __str__(self) -> str:
        """Never the reference: this text may reach a log."""
        return f"line {self.pk}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User) -> DecisionQuerySet:
        """Those on lines one may see."""
        return self.filter(line__in=PupilLine.objects.visible_to(user))

    def standing(self) -> DecisionQuerySet:
        """Those that were not undone."""
        return self.filter(withdrawn_at=None)


class Decision(models.Model):
    """An officer grants or refuses one line; when undone it is withdrawn, never erased. Only what
    was typed as the reason is erased, with its period."""

    line = models.ForeignKey(PupilLine, on_delete=models.PROTECT, related_name="decisions")
    granted = models.BooleanField(_("goedgekeurd"))
    reason = models.CharField(_("reden"), max_length=500, blank=True)
    decided_at = models.DateTimeField(editable=False)
    decided_by = person()
    withdrawn_at = moment()
    withdrawn_by = person(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("beslissing")
        verbose_name_plural = _("beslissingen")
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(withdrawn_at__isnull=True),
                name="decision_one_standing",
            ),
            pair("decision", "withdrawn_at", "withdrawn_by"),
            models.CheckConstraint(
                condition=Q(granted=True) | ~Q(reason=""), name="decision_refusal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"decision on line {self.line_id}"
