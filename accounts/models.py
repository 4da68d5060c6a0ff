"""The people who sign in, and the organisations they act for.

Tested in `accounts.tests.test_actions`, `accounts.tests.test_adapter` and
`pages.people.tests.test_views`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.second_person.models import Admission as Admission
from accounts.second_person.models import Invitation as Invitation
from accounts.second_person.models import WaitingAct as WaitingAct
from accounts.sign_in_models import AccountMail as AccountMail
from accounts.sign_in_models import How as How
from accounts.sign_in_models import SignInEvent as SignInEvent
from accounts.sign_in_models import SignInKind as SignInKind
from common.columns import pair
from schools.models import Organisation


class Role(models.TextChoices):
    """What somebody comes here to do; one role per person."""

    COORDINATOR = "coordinator", _("coördinator")
    OFFICER = "officer", _("medewerker ministerie")
    SUPERVISOR = "supervisor", _("leidinggevende ministerie")
    ANALYST = "analyst", _("analist ministerie")
    PROVIDER = "provider", _("provider")
    ADMINISTRATOR = "administrator", _("beheerder")


# Who acts for the ministry (ADR 35); analysts work there too, but only read figures.
MINISTRY = (Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR)
MINISTRY_PEOPLE = (*MINISTRY, Role.ANALYST)
# Who changes what holds for everybody, and lets go what another of them asks (ADR 36). Nobody gets
# one of these roles from one person alone.
SUPERVISING = (Role.SUPERVISOR, Role.ADMINISTRATOR)
# A password alone is not enough for these: what they do affects everybody's codes.
NEED_SECOND_FACTOR = (*MINISTRY_PEOPLE, Role.PROVIDER)
MOST_CHARACTERS = 128  # of a password


class UserManager(BaseUserManager["User"]):
    """Creates users; e-mail addresses are compared without case."""

    def create_user(self, *, email: str, password: str | None = None, **fields: object) -> User:
        """A user with this e-mail; without a password nobody can sign in as them yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, *, email: str, password: str | None = None, **fields: object
    ) -> User:
        """An administrator who may also open the technical admin."""
        fields = {"role": Role.ADMINISTRATOR, "is_staff": True, "is_superuser": True} | fields
        return self.create_user(email=email, password=password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def visible_to(self, user: User) -> models.QuerySet[User]:
        """Colleagues of the same organisations; the ministry sees everybody."""
        if user.role in MINISTRY:
            return self.all()
        own = Membership.objects.filter(user=user).values("organisation")
        colleagues = Membership.objects.filter(organisation__in=own).values("user")
        return self.filter(Q(pk=user.pk) | Q(pk__in=colleagues))

    def who_reads_mail(self) -> models.QuerySet[User]:
        """Those who can sign in: not blocked, and past the invitation."""
        past = self.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX, signs_on_since=None)
        return past.filter(is_active=True)

    def who_may_operate(self, email: str | None) -> list[User]:
        """The people a server command may act as: the one with this address, else any
        administrator."""
        people = self.filter(is_active=True)
        return list(
            people.filter(email__iexact=email) if email else people.filter(role=Role.ADMINISTRATOR)
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. The e-mail address is the user name."""

    email = models.EmailField(_("e-mailadres"), unique=True)
    name = models.CharField(_("naam"), max_length=200)
    role = models.CharField(_("rol"), max_length=20, choices=Role)
    # Of the pages after signing in, and of the mails this person gets.
    language = models.CharField(
        _("taal"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    is_active = models.BooleanField(_("kan aanmelden"), default=True)
    is_staff = models.BooleanField(_("mag in de technische beheeromgeving"), default=False)
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # Written by the database at each write of another password, so that history has an event of it.
    password_written_at = models.DateTimeField(null=True, blank=True, editable=False)
    second_factor_reset_at = models.DateTimeField(null=True, blank=True, editable=False)
    second_factor_reset_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # The first sign-on through the government; `sub` stands in allauth's SocialAccount (ADR 34).
    signs_on_since = models.DateTimeField(null=True, blank=True, editable=False)
    role_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    role_changed_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # Sessions that began before this moment are over, whatever their rows say.
    sessions_end_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the name or address last changed, set by a trigger: history keeps neither of them, only
    # that it changed, when and by whom.
    named_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Name and address were taken away for good (ADR 37).
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)
    forgotten_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # How many links to choose a password or confirm an address were made: only the last one works.
    links_made = models.PositiveIntegerField(default=0, editable=False)
    # The address that this person asked for, until they confirm it (`accounts.own_account`).
    new_email = models.EmailField(blank=True, editable=False)
    new_email_asked_at = models.DateTimeField(null=True, editable=False)
    organisations: models.ManyToManyField[Organisation, Membership] = models.ManyToManyField(
        Organisation, through="Membership", through_fields=("user", "organisation")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("persoon")
        verbose_name_plural = _("mensen")
        constraints = [
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="user_email_lowercase"
            ),
            models.CheckConstraint(
                condition=Q(invited_at__isnull=True, invited_by__isnull=True)
                | Q(invited_at__isnull=False, invited_by__isnull=False),
                name="user_invited_pair",
            ),
            models.CheckConstraint(
                condition=Q(
                    second_factor_reset_at__isnull=True, second_factor_reset_by__isnull=True
                )
                | Q(second_factor_reset_at__isnull=False, second_factor_reset_by__isnull=False),
                name="user_second_factor_reset_pair",
            ),
            pair("user", "role_changed_at", "role_changed_by"),
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True, forgotten_by__isnull=True)
                | Q(forgotten_at__isnull=False, forgotten_by__isnull=False, is_active=False),
                name="user_forgotten_pair",
            ),
            models.CheckConstraint(
                condition=Q(new_email="", new_email_asked_at__isnull=True)
                | ~Q(new_email="") & Q(new_email_asked_at__isnull=False),
                name="user_new_email_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_ministry(self) -> bool:
        """Whether this person acts for the ministry: officer, supervisor or administrator."""
        return self.role in MINISTRY

    @property
    def works_at_ministry(self) -> bool:
        """Whether this person works at the ministry: those who act for it, and analysts."""
        return self.role in MINISTRY_PEOPLE

    @property
    def is_supervising(self) -> bool:
        """Whether this person changes what holds for everybody (supervisor or administrator)."""
        return self.role in SUPERVISING

    @property
    def is_coordinator(self) -> bool:
        """Whether this person asks for vouchers for organisations."""
        return self.role == Role.COORDINATOR

    @property
    def needs_second_factor(self) -> bool:
        """Whether this person may do nothing before passing a second factor."""
        return self.role in NEED_SECOND_FACTOR or self.is_staff or self.is_superuser

    @property
    def can_sign_in(self) -> bool:
        """Whether this person is past the invitation: chose a password, or signed on."""
        return self.has_usable_password() or self.signs_on_since is not None

    def get_session_auth_hash(self) -> str:
        """What a session is tied to: it ends when the password or the address changes, when the
        second factor is reset, since whoever found the phone may be signed in, and at each
        `sessions_end_at`."""
        return super().get_session_auth_hash() + self._ends()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for found in super().get_session_auth_fallback_hash():
            yield found + self._ends()

    def check_password(self, raw_password: str | None) -> bool:
        """Of MOST_CHARACTERS at most: what somebody sends is bounded before it is hashed."""
        if raw_password is not None and len(raw_password) > MOST_CHARACTERS:
            return False
        return super().check_password(raw_password)

    def _ends(self) -> str:
        moments = (self.second_factor_reset_at, self.sessions_end_at)
        address = salted_hmac("accounts.session", self.email, algorithm="sha256").hexdigest()
        return f" {address[:16]}" + "".join(f" {at.timestamp():.6f}" for at in moments if at)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions about who acts for whom."""

    def visible_to(self, user: User) -> MembershipQuerySet:
        """Those of the organisations that somebody may see."""
        return self.filter(organisation__in=Organisation.objects.visible_to(user))

    def past_the_invitation(self) -> MembershipQuerySet:
        """Those of people who chose a password or signed on, blocked or not."""
        return self.exclude(
            user__password__startswith=UNUSABLE_PASSWORD_PREFIX, user__signs_on_since=None
        )

    def of_who_reads_mail(self) -> MembershipQuerySet:
        """Those of people who can sign in: not blocked, and past the invitation."""
        return self.past_the_invitation().filter(user__is_active=True)


class Membership(models.Model):
    """This person acts for this organisation. Its writer is `accounts.admissions`."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    # Given by a sign-on through the government, and taken by the next one that does not name it.
    by_sign_on = models.BooleanField(default=False, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.organisation_id}"


class SessionManager(BaseSessionManager["Session"]):
    """Questions about who is signed in where."""

    def visible_to(self, user: User) -> models.QuerySet[Session]:
        """One's own, whatever one's role."""
        return self.filter(user=user)

    def open_of(self, user: User, now: datetime) -> models.QuerySet[Session]:
        return self.visible_to(user).filter(expire_date__gt=now)


class Session(AbstractBaseSession):
    """A browser that talks to us, signed in (then it has a user) or on its way. Its writer is
    `accounts.session_store`, which says under which key a row stands (ADR 32)."""

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    browser = models.CharField(max_length=60)
    address = models.CharField(max_length=50)

    objects: ClassVar[SessionManager] = SessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.session_store import SessionStore

        return SessionStore

    def get_decoded(self) -> dict[str, Any]:
        """What the session remembers; {} when that was made for another row."""
        found: dict[str, Any] = self.get_session_store_class().unpacked(self)
        return found
