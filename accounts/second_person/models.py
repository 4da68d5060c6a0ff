"""Acts that wait for a second person, and who let whom in.

Tested in `accounts.second_person.tests.test_acts`, `accounts.tests.test_admissions`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.columns import moment, pair, person
from schools.models import Organisation

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

OPEN = Q(let_go_at=None, refused_at=None, withdrawn_at=None)
# The kinds whose `subject` is a person (`accounts.admissions`, `accounts.roles`).
ABOUT_PEOPLE = (MEMBERSHIP, ROLE) = ("membership", "role")
ANSWERS = ("let_go", "refused", "withdrawn")


class WaitingActQuerySet(models.QuerySet["WaitingAct"]):
    def visible_to(self, user: User) -> WaitingActQuerySet:
        """The ministry sees all, coordinators those about their own organisations."""
        if user.is_ministry:
            return self.all()
        return self.filter(organisation__in=Organisation.objects.visible_to(user))

    def open(self) -> WaitingActQuerySet:
        """Those that nobody has answered."""
        return self.filter(OPEN)

    def about(self, person: User) -> WaitingActQuerySet:
        """Those that let somebody in or give them a role."""
        return self.filter(kind__in=ABOUT_PEOPLE, subject=person.pk)


class WaitingAct(models.Model):
    """Something that one person asked and that is done when another lets it go.

    `payload` says what is to be done, with numbers of rows and no names; `checksum` covers it and
    all that the person who asked read about it, so that a second person lets go exactly that. Its
    writer is `accounts.second_person.acts`.
    """

    kind = models.CharField(_("soort"), max_length=40)
    subject = models.PositiveBigIntegerField(editable=False)
    organisation = models.ForeignKey(
        Organisation, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    payload = models.JSONField(default=dict, editable=False)
    checksum = models.CharField(max_length=64, editable=False)
    why = models.CharField(_("waarom"), max_length=300, blank=True)
    asked_at = models.DateTimeField(editable=False)
    asked_by = person()
    let_go_at = moment()
    let_go_by = person(null=True)
    refused_at = moment()
    refused_by = person(null=True)
    withdrawn_at = moment()
    withdrawn_by = person(null=True)
    undone_at = moment()
    undone_by = person(null=True)
    answer = models.CharField(_("waarom niet"), max_length=300, blank=True)

    objects = WaitingActQuerySet.as_manager()

    class Meta:
        verbose_name = _("wacht op een tweede")
        verbose_name_plural = _("wachten op een tweede")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "organisation"],
                condition=OPEN,
                nulls_distinct=False,
                name="waiting_act_open_once",
            ),
            *(pair("waiting_act", f"{act}_at", f"{act}_by") for act in (*ANSWERS, "undone")),
            models.CheckConstraint(
                condition=(Q(let_go_by=None) | ~Q(let_go_by=F("asked_by")))
                & (Q(refused_by=None) | ~Q(refused_by=F("asked_by"))),
                name="waiting_act_second_person",
            ),
            models.CheckConstraint(
                condition=Q(let_go_at=None, refused_at=None)
                | Q(let_go_at=None, withdrawn_at=None)
                | Q(refused_at=None, withdrawn_at=None),
                name="waiting_act_one_answer",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(let_go_at__isnull=False),
                name="waiting_act_undone_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.let_go_at is None and self.refused_at is None and self.withdrawn_at is None


class AdmissionQuerySet(models.QuerySet["Admission"]):
    def lately_by(self, user: User, now: datetime) -> AdmissionQuerySet:
        """Those in which this person had a hand, so recently that they still keep off."""
        since = now - timedelta(days=settings.ADMISSION_LIMITS["days_off"])
        return self.filter(Q(admitted_by=user) | Q(let_go_by=user), admitted_at__gt=since)


class Admission(models.Model):
    """The ministry let somebody act for an organisation: who did, and who let it go.

    Append-only: it stays when the membership ends. Its writer is `accounts.admissions`.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    who = person()
    admitted_at = models.DateTimeField(editable=False)
    admitted_by = person()
    let_go_by = person(null=True)

    objects = AdmissionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.who_id} @ {self.organisation_id}"


class Invitation(models.Model):
    """Somebody invited somebody: counted, so that nobody sends many. Append-only.

    Its writer is `accounts.actions`.
    """

    who = person(db_index=True)
    invited_at = models.DateTimeField(editable=False)
    invited_by = person()

    class Meta:
        indexes = [models.Index(fields=["invited_by", "-invited_at"], name="invitation_of_person")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
