"""Files that providers deliver, stored encrypted, and what became of each row.

Tested in `vouchers.actions.files.tests.test_code_files`,
`vouchers.actions.files.tests.test_activation_files`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.common import BULK, COVERED, moment, pair, person
from vouchers.models.hand_outs import HandOut
from vouchers.models.pools import Pool, Provider, Voucher
from vouchers.states import (
    STANDING_FILES,
    UNFINISHED_JOBS,
    FileKind,
    FileState,
    JobState,
    RowOutcome,
)

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User


class ProviderFileQuerySet(models.QuerySet["ProviderFile"]):
    def visible_to(self, user: User) -> ProviderFileQuerySet:
        """The ministry sees all, a provider's person their own provider's."""
        return self.filter(provider__in=Provider.objects.visible_to(user))

    def applied(self) -> ProviderFileQuerySet:
        """Those whose rows count."""
        return self.filter(state=FileState.APPLIED)

    def with_stuck(self) -> ProviderFileQuerySet:
        """Adds `stuck`: whether the check failed and nobody has tried again."""
        same = ProviderFile.objects.filter(pk=models.OuterRef("pk"), state=FileState.RECEIVED)
        failed = models.Exists(same.filter(jobs__state=JobState.FAILED))
        going_on = models.Exists(same.filter(jobs__state__in=UNFINISHED_JOBS))
        return self.annotate(stuck=failed & ~going_on)

    def latest_first(self) -> ProviderFileQuerySet:
        """Newest upload first."""
        return self.order_by("-uploaded_at", "-id")


class ProviderFile(models.Model):
    """A stored upload. Its writer is `vouchers.actions.files.provider_files`.

    `digest` is a keyed digest of the content: it recognises the same file and reveals nothing.
    """

    kind = models.CharField(_("soort"), max_length=12, choices=FileKind)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="files")
    pool = models.ForeignKey(
        Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    complete_until = models.DateField(
        _("volledig tot en met"), null=True, blank=True,
        help_text=_("Peildatum: tot en met welke dag staan alle activaties in dit bestand?"),
    )  # fmt: skip
    name = models.CharField(_("bestandsnaam"), max_length=255)
    size = models.PositiveIntegerField(_("grootte in bytes"))
    digest = models.BinaryField(max_length=32, editable=False)
    digest_key_id = models.CharField(max_length=20, editable=False)
    key_id = models.CharField(max_length=20, editable=False)
    content = models.BinaryField(editable=False)
    state = models.CharField(
        _("staat"), max_length=10, choices=FileState, default=FileState.RECEIVED
    )
    uploaded_at = models.DateTimeField(editable=False)
    uploaded_by = person()
    checked_at = moment()
    refusal = models.CharField(_("waarom geweigerd"), max_length=1000, blank=True)
    # Number of rows per outcome, stored so that no page has to count them: after the check, after
    # applying.
    counts = models.JSONField(default=dict, editable=False)
    applied_at = moment()
    applied_by = person(null=True)
    undone_at = moment()
    undone_by = person(null=True)

    objects = ProviderFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("bestand")
        verbose_name_plural = _("bestanden")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "digest"],
                condition=Q(state__in=sorted(STANDING_FILES)),
                name="file_content_once",
            ),
            pair("file", "applied_at", "applied_by"),
            pair("file", "undone_at", "undone_by"),
            models.CheckConstraint(
                condition=Q(kind=FileKind.CODES, pool__isnull=False, complete_until__isnull=True)
                | Q(kind=FileKind.ACTIVATIONS, pool__isnull=True, complete_until__isnull=False),
                name="file_kind_has_its_fields",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[FileState.APPLIED, FileState.UNDONE], applied_at__isnull=False
                )
                | ~Q(state__in=[FileState.APPLIED, FileState.UNDONE]) & Q(applied_at__isnull=True),
                name="file_applied_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=FileState.UNDONE, undone_at__isnull=False)
                | ~Q(state=FileState.UNDONE) & Q(undone_at__isnull=True),
                name="file_undone_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=FileState.REFUSED) & ~Q(refusal="")
                | ~Q(state=FileState.REFUSED) & Q(refusal=""),
                name="file_refused_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_erased(self) -> bool:
        """Whether its content is gone; what became of each row stays."""
        return not self.key_id


# The day up to which each provider has reported its activations, as known at a moment: its applied
# files say so, and one that is undone says nothing from then on. Reports ask about past days.
REPORTED_UNTIL = """
SELECT provider_id, max(complete_until) AS until
FROM vouchers_providerfile
WHERE kind = 'ACTIVATIONS' AND applied_at < %(known)s
  AND (undone_at IS NULL OR undone_at >= %(known)s)
GROUP BY provider_id
"""


def reported_until() -> dict[int, date]:
    """The day up to which each provider (id) has reported its activations; no day, no entry."""
    with connection.cursor() as cursor:
        cursor.execute(REPORTED_UNTIL, {"known": "infinity"})
        return dict(cursor.fetchall())


class ProviderFileRowQuerySet(models.QuerySet["ProviderFileRow"]):
    def visible_to(self, user: User) -> ProviderFileRowQuerySet:
        """Those of files one may see."""
        return self.filter(file__in=ProviderFile.objects.visible_to(user))

    def final(self) -> ProviderFileRowQuerySet:
        """One per line: what applying found where that differs, else what the check found."""
        later = ProviderFileRow.objects.filter(
            file=models.OuterRef("file"), line=models.OuterRef("line"), at_apply=True
        )
        return self.filter(Q(at_apply=True) | ~models.Exists(later))

    def counts(self) -> dict[str, int]:
        """Number of rows per outcome."""
        found = self.order_by().values_list("outcome").annotate(n=models.Count("pk"))
        return dict(found)


class ProviderFileRow(models.Model):
    """What a row of a file said and what became of it; never the code. Append-only.

    `detail` is the sentence for the reader (with the line of a duplicate, or the date already
    known). `at_apply`: a second row for the line, when applying came to something else than the
    check.
    """

    file = models.ForeignKey(ProviderFile, related_name="rows", **BULK, **COVERED)
    line = models.PositiveIntegerField(_("regel"))
    outcome = models.CharField(_("uitkomst"), max_length=16, choices=RowOutcome)
    detail = models.CharField(max_length=500, blank=True)
    voucher = models.ForeignKey(Voucher, null=True, related_name="+", **BULK, **COVERED)
    hand_out = models.ForeignKey(HandOut, null=True, related_name="+", **BULK, **COVERED)
    on = models.DateField(null=True)
    at_apply = models.BooleanField(default=False)

    objects = ProviderFileRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "line", "at_apply"], name="file_row_line_once")
        ]
        indexes = [
            models.Index(fields=["file", "outcome"], name="file_row_outcome"),
            models.Index(
                fields=["file", "line"], condition=Q(at_apply=True), name="file_row_at_apply"
            ),
            # Only what undoing asks about other files: most rows are new and in neither index.
            models.Index(
                fields=["voucher"],
                condition=Q(outcome=RowOutcome.NOT_HANDED_OUT),
                name="file_row_with_nobody",
            ),
            models.Index(
                fields=["hand_out"],
                condition=Q(outcome__in=[RowOutcome.KNOWN, RowOutcome.OTHER_DATE]),
                name="file_row_told_before",
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.line} of file {self.file_id}"
