"""Work that outlives a page view: a row exists before any message is sent (rule 8).

Tested in `vouchers.actions.upkeep.tests.test_jobs`,
`vouchers.actions.upkeep.tests.test_period_jobs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import moment, person
from vouchers.models.files import ProviderFile
from vouchers.models.hand_outs import HandOut
from vouchers.models.periods import Period
from vouchers.states import UNFINISHED_JOBS, FileKind, JobState

if TYPE_CHECKING:
    from accounts.models import User
    from vouchers.models.hand_outs import HandOutQuerySet


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        """The ministry sees all, a provider's person those on their provider's own activation
        files."""
        if user.is_ministry:
            return self.all()
        own = ProviderFile.objects.visible_to(user).filter(kind=FileKind.ACTIVATIONS)
        return self.filter(file__in=own)

    def unfinished_twins(self, job: Job) -> JobQuerySet:
        """The unfinished jobs for the same work."""
        return self.filter(
            kind=job.kind, file=job.file_id, period=job.period_id, state__in=UNFINISHED_JOBS
        )


class Job(models.Model):
    """A long piece of work. Its writer is `vouchers.actions.upkeep.jobs`; `result` is written by
    the work itself (`job_kinds`)."""

    class Kind(models.TextChoices):
        CHECK_FILE = "CHECK_FILE", _("bestand nakijken")
        APPLY_FILE = "APPLY_FILE", _("bestand toepassen")
        HAND_OUT = "HAND_OUT", _("codes uitreiken voor een hele golf")
        ERASE = "ERASE", _("golf wissen")

    kind = models.CharField(_("soort"), max_length=20, choices=Kind)
    file = models.ForeignKey(
        ProviderFile, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs"
    )
    period = models.ForeignKey(
        Period, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs"
    )
    state = models.CharField(_("staat"), max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(_("gedaan"), default=0)
    total = models.PositiveIntegerField(_("te doen"), default=0)
    attempt = models.PositiveSmallIntegerField(_("poging"), default=0)
    worker = models.CharField(_("uitgevoerd door"), max_length=100, blank=True)
    error = models.CharField(_("fout"), max_length=500, blank=True)
    # How a hand-out of a period divides when there are too few codes (`hand_out.plan.Plan`).
    plan = models.JSONField(default=dict, editable=False)
    # What a hand-out came to, written with it: `at` (the moment of its hand-outs), `codes`,
    # `requests`, `pools` (number of the pool → codes), and when there were too few `division` (its
    # number) and `waiting` (pupils left waiting). Of erasing: how many of each
    # part.
    result = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = person()
    started_at = moment()
    finished_at = moment()

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("taak")
        verbose_name_plural = _("taken")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "file"],
                condition=Q(state__in=sorted(UNFINISHED_JOBS)),
                name="job_once_a_file",
            ),
            models.UniqueConstraint(
                fields=["kind", "period"],
                condition=Q(state__in=sorted(UNFINISHED_JOBS)),
                name="job_once_a_period",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["HAND_OUT", "ERASE"], file__isnull=True, period__isnull=False)
                | Q(kind__in=["CHECK_FILE", "APPLY_FILE"], file__isnull=False, period__isnull=True),
                name="job_kind_has_its_field",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(UNFINISHED_JOBS), finished_at__isnull=True)
                | ~Q(state__in=sorted(UNFINISHED_JOBS)) & Q(finished_at__isnull=False),
                name="job_finished_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} {self.kind}"

    @property
    def percentage(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    def hand_outs(self) -> HandOutQuerySet:
        """The hand-outs that a finished job for a period made."""
        if self.kind != Job.Kind.HAND_OUT or not self.result:
            return HandOut.objects.none()
        return HandOut.objects.filter(line__period=self.period, handed_out_at=self.result["at"])
