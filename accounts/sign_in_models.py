"""What happens at the door: who came in or tried to, and the mails about an account.

Tested in `accounts.tests.test_sign_ins`, `accounts.tests.test_mail_queue` and
`vouchers.database.tests.test_guards`.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.browsers import Browser

if TYPE_CHECKING:
    from accounts.models import User


# After this long a fact may be dropped, and only then: the guard of its table says the same.
KEPT_MONTHS = 12


class SignInKind(models.TextChoices):
    """What happened."""

    SIGNED_IN = "SIGNED_IN", _("aangemeld")
    FAILED = "FAILED", _("aanmelden mislukt")
    LOCKED = "LOCKED", _("te vaak geprobeerd")
    FACTOR_PASSED = "FACTOR_PASSED", _("tweede stap gelukt")
    FACTOR_FAILED = "FACTOR_FAILED", _("tweede stap mislukt")
    CONFIRMED = "CONFIRMED", _("opnieuw bevestigd wie je bent")
    SIGNED_OUT = "SIGNED_OUT", _("afgemeld")
    SESSION_ENDED = "SESSION_ENDED", _("elders afgemeld")
    RESET_ASKED = "RESET_ASKED", _("nieuw wachtwoord gevraagd")
    PASSWORD_CHOSEN = "PASSWORD_CHOSEN", _("eerste wachtwoord gekozen")
    PASSWORD_RESET = "PASSWORD_RESET", _("nieuw wachtwoord gekozen met een link")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("wachtwoord veranderd")
    ADDRESS_ASKED = "ADDRESS_ASKED", _("ander e-mailadres gevraagd")
    ADDRESS_CHANGED = "ADDRESS_CHANGED", _("e-mailadres veranderd")
    FACTOR_ADDED = "FACTOR_ADDED", _("tweede stap toegevoegd")
    FACTOR_REMOVED = "FACTOR_REMOVED", _("tweede stap weggehaald")
    FACTORS_RESET = "FACTORS_RESET", _("tweede stap gewist door een beheerder")
    BLOCKED = "BLOCKED", _("geblokkeerd")
    UNBLOCKED = "UNBLOCKED", _("niet langer geblokkeerd")
    ROLE_CHANGED = "ROLE_CHANGED", _("andere rol")
    LIST_READ = "LIST_READ", _("lijst van aanmeldingen bekeken")


FAILURES = (SignInKind.FAILED, SignInKind.FACTOR_FAILED, SignInKind.LOCKED)


class How(models.TextChoices):
    """With what."""

    PASSWORD = "PASSWORD", _("wachtwoord")
    PASSKEY = "PASSKEY", _("passkey")
    APP = "APP", _("code uit een app")
    SPARE_CODE = "SPARE_CODE", _("reservecode")
    MAILED_CODE = "MAILED_CODE", _("code per mail")
    LINK = "LINK", _("link uit een mail")
    ACM_IDM = "ACM_IDM", _("ACM/IDM")


class SignInQuerySet(models.QuerySet["SignInEvent"]):
    def visible_to(self, user: User) -> SignInQuerySet:
        """One's own; an administrator sees everybody's, the rest of the ministry does not."""
        return self.all() if user.role == "administrator" else self.filter(person=user)

    def latest_first(self) -> SignInQuerySet:
        """Newest first."""
        return self.order_by("-at", "-id")


class SignInEvent(models.Model):
    """Something that happened at the door. Append-only; its writer is `accounts.sign_ins`.

    `person` is whom it happened to. Where somebody typed a name that nobody has, `typed` is a keyed
    digest of it: enough to see the same name again, never the text. `by`: who did it, when that was
    somebody else. Dropped after `KEPT_MONTHS`, by the owner of the database alone.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(_("wat"), max_length=20, choices=SignInKind)
    how = models.CharField(_("hoe"), max_length=20, choices=How, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="sign_ins"
    )
    typed = models.CharField(max_length=32, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.GenericIPAddressField(_("adres"), null=True)
    browser = models.CharField(max_length=30, blank=True)
    system = models.CharField(max_length=30, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="sign_in_latest"),
            models.Index(fields=["person", "-at"], name="sign_in_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"

    @property
    def went_well(self) -> bool:
        return self.kind not in FAILURES

    @property
    def kind_in_words(self) -> str:
        return capfirst(self.get_kind_display())

    @property
    def with_what(self) -> Browser:
        return Browser(self.browser, self.system)


class AccountMailQuerySet(models.QuerySet["AccountMail"]):
    def due(self, now: datetime) -> AccountMailQuerySet:
        """Those to send now, the longest waiting first."""
        waiting = self.filter(state=AccountMail.State.QUEUED, next_attempt_at__lte=now)
        return waiting.order_by("next_attempt_at", "id")


class AccountMail(models.Model):
    """A mail about somebody's own account that waits, or what became of it (ADR 30).

    It holds no text: the text, and the link where there is one, are made when it leaves, so that
    nobody finds a link that opens an account in the database. `person` is empty when a new password
    was asked for an address that nobody has: asking then takes as long. Its writer is
    `accounts.mail_queue`.
    """

    class Kind(models.TextChoices):
        RESET_LINK = "RESET_LINK", _("link voor een nieuw wachtwoord")
        NEW_ADDRESS = "NEW_ADDRESS", _("bevestiging van een nieuw adres")
        ADDRESS_CHANGED = "ADDRESS_CHANGED", _("e-mailadres veranderd")
        PASSWORD_CHANGED = "PASSWORD_CHANGED", _("wachtwoord veranderd")
        FACTOR_CHANGED = "FACTOR_CHANGED", _("tweede stap veranderd")
        FACTORS_RESET = "FACTORS_RESET", _("tweede stap gewist")
        NEW_BROWSER = "NEW_BROWSER", _("aangemeld op een nieuwe plaats")

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("wacht")
        SENT = "SENT", _("verstuurd")
        FAILED = "FAILED", _("mislukt")
        DROPPED = "DROPPED", _("niet meer nodig")

    kind = models.CharField(_("soort"), max_length=20, choices=Kind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # Where it goes, when that is not the address of the person.
    address = models.EmailField(blank=True)
    facts = models.JSONField(default=dict)
    message = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(editable=False)
    next_attempt_at = models.DateTimeField(editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)

    objects = AccountMailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="SENT", sent_at__isnull=False)
                | ~Q(state="SENT") & Q(sent_at__isnull=True),
                name="account_mail_sent_has_moment",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="QUEUED"),
                name="account_mail_queue",
            )
        ]

    def __str__(self) -> str:
        return f"account mail {self.pk} {self.kind}"

    @property
    def message_id(self) -> str:
        """The same every time this mail is sent."""
        return f"<{self.message}@{urlsplit(settings.PUBLIC_URL).hostname}>"
