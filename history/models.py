"""The trace that every change leaves, its seals, and what kind of database this is.

Tested in `history.tests.test_recording`, `history.tests.test_seals` and `history.tests.test_keys`.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class HistoryEvent(models.Model):
    """What happened to a row: written by triggers only, append-only (rule 3).

    `data` is the row after the change (before it, for a deletion) without the excluded columns, so
    the last event of a row equals the row. It holds no secret, no fingerprint and no reference.
    """

    class Operation(models.TextChoices):
        INSERT = "I", _("gemaakt")
        UPDATE = "U", _("gewijzigd")
        DELETE = "D", _("verwijderd")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=models.functions.Now())
    transaction = models.BigIntegerField()
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    operation = models.CharField(max_length=1, choices=Operation)
    data = models.JSONField()
    # No foreign key: history outlives people, and each write would lock the user's row.
    actor = models.BigIntegerField(null=True)
    origin = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("gebeurtenis")
        verbose_name_plural = _("logboek")
        indexes = [
            models.Index(fields=["table", "row", "id"], name="history_of_row"),
            # Rows come nearly in the order of their transactions: this index costs next to nothing
            # to write.
            BrinIndex(
                fields=["transaction"],
                name="history_transaction",
                autosummarize=True,
                pages_per_range=32,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row}"


class HistorySeal(models.Model):
    """A keyed digest over a stretch of history and the previous seal. Append-only.

    It covers the events of finished transactions that follow the previous seal, in the order of
    (transaction, id), up to and including (until_transaction, until_row). Its writer is
    `history.seals`.
    """

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField(editable=False)
    until_transaction = models.BigIntegerField(editable=False)
    until_row = models.BigIntegerField(editable=False)
    rows = models.IntegerField(editable=False)
    # The id and a short digest of each event: with them the altered one can be named.
    event_digests = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=20, editable=False)
    digest = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def until(self) -> tuple[int, int]:
        """The end of the stretch, as (transaction, id)."""
        return self.until_transaction, self.until_row


class KeyCheck(models.Model):
    """What a key answers to a fixed question: it tells other bytes under a known id apart, and
    nothing about the key. Append-only. Its writer is `history.keys`.
    """

    ring = models.CharField(max_length=20, editable=False)
    key_id = models.CharField(max_length=20, editable=False)
    answer = models.BinaryField(editable=False)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ring", "key_id"], name="key_check_once")]

    def __str__(self) -> str:
        return f"{self.ring} {self.key_id}"


class PortalMark(models.Model):
    """One row that says what this database is: a `demo` is served only with the switch DEMO on."""

    demo = models.BooleanField(default=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="portal_mark_is_one_row")
        ]

    def __str__(self) -> str:
        return "demo" if self.demo else "echt"
