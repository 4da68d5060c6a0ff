"""The scheme's mails: a row before anything is sent, kept with what became of it (rule 8).

Tested in `vouchers.actions.mail.tests.test_mails`,
`vouchers.actions.mail.tests.test_notifications`.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schools.models import Organisation
from vouchers.models.common import moment, person
from vouchers.models.requests import VoucherRequest, own_or_ministry
from vouchers.states import UNSENT_MAILS, MailKind, MailState

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User


class MailQuerySet(models.QuerySet["Mail"]):
    def visible_to(self, user: User) -> MailQuerySet:
        """Those about one's own organisations; the ministry sees all."""
        return self.filter(own_or_ministry(user, "organisation"))

    def due(self, now: datetime) -> MailQuerySet:
        """Those to send now, the longest waiting first."""
        waiting = self.filter(state=MailState.QUEUED, next_attempt_at__lte=now)
        return waiting.order_by("next_attempt_at", "id")

    def unsent(self) -> MailQuerySet:
        """Those that have not left and still may."""
        return self.filter(state__in=UNSENT_MAILS)

    def latest_first(self) -> MailQuerySet:
        """Newest first."""
        return self.order_by("-created_at", "-id")


class Mail(models.Model):
    """One mail to one person; its text is what was sent, in that person's language.

    About an organisation, or to the ministry about an alert.

    Never a code or a pupil's reference: numbers, and links under PUBLIC_URL. The constraints ensure
    that a mail goes out once. Its writer is `vouchers.actions.mail.mails`.
    """

    kind = models.CharField(_("soort"), max_length=20, choices=MailKind)
    recipient = person(verbose_name=_("aan"))
    address = models.EmailField(_("adres"))
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisatie"),
    )
    alert = models.ForeignKey(
        "vouchers.Alert",
        null=True,
        on_delete=models.PROTECT,
        related_name="mails",
        verbose_name=_("melding"),
    )
    request = models.ForeignKey(
        VoucherRequest,
        null=True,
        on_delete=models.PROTECT,
        related_name="mails",
        verbose_name=_("aanvraag"),
    )
    # For a reminder: the day of the codes it is about, and how many weeks later.
    handed_out_on = models.DateField(_("codes van"), null=True)
    weeks = models.PositiveSmallIntegerField(_("weken"), null=True)
    subject = models.CharField(_("onderwerp"), max_length=200)
    body = models.TextField(_("tekst"))
    # Sent again, it is the same message: mail programs show it once.
    message = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("staat"), max_length=10, choices=MailState, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("pogingen"), default=0)
    error = models.CharField(_("fout"), max_length=500, blank=True)
    created_at = models.DateTimeField(editable=False)
    next_attempt_at = models.DateTimeField(editable=False)
    sent_at = moment()

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "handed_out_on", "weeks", "recipient"],
                condition=Q(kind=MailKind.REMINDER),
                name="mail_reminds_once",
            ),
            # One event has one moment, so nobody is mailed twice about it.
            models.UniqueConstraint(
                fields=["kind", "organisation", "request", "created_at", "recipient"],
                condition=~Q(kind__in=[MailKind.REMINDER, MailKind.ALERT]),
                nulls_distinct=False,
                name="mail_tells_once",
            ),
            models.UniqueConstraint(
                fields=["alert", "recipient"], name="mail_tells_once_of_an_alert"
            ),
            models.CheckConstraint(
                condition=Q(kind=MailKind.ALERT, organisation__isnull=True, alert__isnull=False)
                | ~Q(kind=MailKind.ALERT) & Q(organisation__isnull=False, alert__isnull=True),
                name="mail_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=MailKind.REMINDER,
                    request__isnull=False,
                    handed_out_on__isnull=False,
                    weeks__isnull=False,
                )
                | ~Q(kind=MailKind.REMINDER) & Q(handed_out_on__isnull=True, weeks__isnull=True),
                name="mail_reminder_says_of_what",
            ),
            models.CheckConstraint(
                condition=Q(state=MailState.SENT, sent_at__isnull=False)
                | ~Q(state=MailState.SENT) & Q(sent_at__isnull=True),
                name="mail_sent_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state=MailState.QUEUED),
                name="mail_queue",
            ),
            models.Index(fields=["-created_at", "-id"], name="mail_latest"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} {self.kind}"

    @property
    def what(self) -> str:
        """What it is about, in a few words."""
        if self.weeks is None:
            return self.get_kind_display()
        return _("herinnering na {n} weken").format(n=self.weeks)

    @property
    def message_id(self) -> str:
        """The same every time this mail is sent."""
        return f"<{self.message}@{urlsplit(settings.PUBLIC_URL).hostname}>"
