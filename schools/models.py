"""Who exists: organisations that may ask, the people who act for them, and the trace they leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Province(models.TextChoices):
    """ISO 3166-2, derived from the NIS code (facts.md); UNKNOWN makes totals add up."""

    ANTWERPEN = "BE-VAN", _("Antwerpen")
    LIMBURG = "BE-VLI", _("Limburg")
    OOST_VLAANDEREN = "BE-VOV", _("Oost-Vlaanderen")
    VLAAMS_BRABANT = "BE-VBR", _("Vlaams-Brabant")
    WEST_VLAANDEREN = "BE-VWV", _("West-Vlaanderen")
    BRUSSEL = "BE-BRU", _("Brussel")
    HENEGOUWEN = "BE-WHT", _("Henegouwen")
    UNKNOWN = "UNKNOWN", _("Onbekend")


class EducationType(models.TextChoices):
    """Reporting groups of the hoofdstructuren (facts.md, "Type of education")."""

    PRIMARY = "PRIMARY", _("gewoon basisonderwijs")
    SPECIAL_PRIMARY = "SPECIAL_PRIMARY", _("buitengewoon basisonderwijs")
    SECONDARY = "SECONDARY", _("gewoon secundair onderwijs")
    SPECIAL_SECONDARY = "SPECIAL_SECONDARY", _("buitengewoon secundair onderwijs")
    PART_TIME = "PART_TIME", _("deeltijds en leren & werken")
    ARTS = "ARTS", _("deeltijds kunstonderwijs")
    ADULT = "ADULT", _("volwassenenonderwijs")
    HIGHER = "HIGHER", _("hoger onderwijs")
    UNKNOWN = "UNKNOWN", _("onbekend")


class Role(models.TextChoices):
    """What somebody comes here to do; one role a person."""

    COORDINATOR = "coordinator", _("coördinator")
    OFFICER = "officer", _("medewerker ministerie")
    PROVIDER = "provider", _("provider")
    ADMINISTRATOR = "administrator", _("beheerder")


PART_OF_A_NUMBER = 4  # so many digits may be a part of one
MINISTRY = (Role.OFFICER, Role.ADMINISTRATOR)
# A password alone is not enough to act for them: what they do reaches everybody's codes.
NEED_SECOND_FACTOR = (Role.OFFICER, Role.ADMINISTRATOR, Role.PROVIDER)


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are compared without case."""

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


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. The e-mail address is the name."""

    email = models.EmailField(_("e-mailadres"), unique=True)
    name = models.CharField(_("naam"), max_length=200)
    role = models.CharField(_("rol"), max_length=20, choices=Role)
    # Of the screen after signing in, and of the mails this person gets.
    language = models.CharField(
        _("taal"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    is_active = models.BooleanField(_("kan aanmelden"), default=True)
    is_staff = models.BooleanField(_("mag in de technische beheeromgeving"), default=False)
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    second_factor_reset_at = models.DateTimeField(null=True, blank=True, editable=False)
    second_factor_reset_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    organisations: models.ManyToManyField[Organisation, Membership] = models.ManyToManyField(
        "Organisation", through="Membership", through_fields=("user", "organisation")
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
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name as the person gave it."""
        return self.name

    @property
    def is_ministry(self) -> bool:
        """Does this person work for the ministry (officer or administrator)?"""
        return self.role in MINISTRY

    @property
    def needs_second_factor(self) -> bool:
        """May this person do nothing before they passed a second factor?"""
        return self.role in NEED_SECOND_FACTOR or self.is_staff or self.is_superuser

    def get_session_auth_hash(self) -> str:
        """What a session is tied to: it ends with another password, and when the second factor is
        reset, since whoever found the phone may be signed in."""
        return super().get_session_auth_hash() + self._reset_mark()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same with each earlier SECRET_KEY."""
        for found in super().get_session_auth_fallback_hash():
            yield found + self._reset_mark()

    def _reset_mark(self) -> str:
        at = self.second_factor_reset_at
        return f" {at.timestamp():.6f}" if at else ""


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Questions about organisations."""

    def visible_to(self, user: User) -> OrganisationQuerySet:
        """The organisations somebody acts for; the ministry sees all, a provider none."""
        if user.role in MINISTRY:
            return self.all()
        if user.role == Role.COORDINATOR:
            return self.filter(pk__in=Membership.objects.filter(user=user).values("organisation"))
        return self.none()

    def existing_on(self, day: date) -> OrganisationQuerySet:
        """Opened by this day and not closed before it."""
        return self.filter(
            Q(opened_on__isnull=True) | Q(opened_on__lte=day),
            Q(closed_on__isnull=True) | Q(closed_on__gt=day),
        )

    def schools(self) -> OrganisationQuerySet:
        """Only schools: the ones a pupil can belong to."""
        return self.filter(kind=Organisation.Kind.SCHOOL)

    def of_type(self, education_type: str) -> OrganisationQuerySet:
        """Those that give this type of education; UNKNOWN are also the schools without any."""
        fits = Q(education_types__contains=[education_type])
        if education_type == EducationType.UNKNOWN:
            fits |= Q(kind=Organisation.Kind.SCHOOL, education_types=[])
        return self.filter(fits)

    def matching(self, text: str) -> OrganisationQuerySet:
        """Name, municipality, postcode or number has each of these words.

        A number may lack the zeros in front, as it is printed; a few digits are the whole number or
        nothing, else 18 would find hundreds of schools.
        """
        found = self
        for word in text.split():
            fits = Q(name__icontains=word) | Q(municipality__icontains=word) | Q(postcode=word)
            if word.isdecimal() and len(word) < PART_OF_A_NUMBER:
                fits |= Q(number=word.zfill(6))
            else:
                fits |= Q(number__icontains=word)
            found = found.filter(fits)
        return found


class Organisation(models.Model):
    """Who may ask. Its writers are the register import and `schools.actions`."""

    class Kind(models.TextChoices):
        SCHOOL = "SCHOOL", _("school")
        MUNICIPALITY = "MUNICIPALITY", _("gemeente")
        OCMW = "OCMW", _("OCMW")

    kind = models.CharField(_("soort"), max_length=12, choices=Kind)
    number = models.CharField(
        _("nummer"),
        max_length=10,
        help_text=_("Instellingsnummer (6 cijfers) van een school, anders het KBO-nummer."),
    )
    name = models.CharField(_("naam"), max_length=250)
    street = models.CharField(_("straat en nummer"), max_length=250, blank=True)
    postcode = models.CharField(_("postcode"), max_length=4, blank=True)
    municipality = models.CharField(_("gemeente"), max_length=100, blank=True)
    nis_code = models.CharField(_("NIS-code"), max_length=5, blank=True)
    province = models.CharField(
        _("provincie"), max_length=8, choices=Province, default=Province.UNKNOWN
    )
    structures = ArrayField(
        models.CharField(max_length=3), verbose_name=_("hoofdstructuren"), default=list, blank=True
    )
    education_types = ArrayField(
        models.CharField(max_length=20, choices=EducationType),
        verbose_name=_("types onderwijs"),
        default=list,
        blank=True,
    )
    opened_on = models.DateField(_("bestaat sinds"), null=True, blank=True)
    closed_on = models.DateField(_("gesloten op"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisatie")
        verbose_name_plural = _("organisaties")
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="organisation_number"),
            models.CheckConstraint(
                condition=Q(kind="SCHOOL", number__regex=r"^[0-9]{6}$")
                | Q(kind__in=["MUNICIPALITY", "OCMW"], number__regex=r"^[0-9]{10}$"),
                name="organisation_number_form",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True)
                | Q(opened_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="organisation_opened_before_closed",
            ),
        ]
        indexes = [models.Index(fields=["name"], name="organisation_name")]

    def __str__(self) -> str:
        """Names repeat (137 are "Vrije Basisschool"): number and municipality always beside it."""
        return f"{self.name} ({self.number}, {self.municipality})"

    @property
    def is_school(self) -> bool:
        """Is this a school, so that its pupils are its own?"""
        return self.kind == self.Kind.SCHOOL

    @property
    def types_in_words(self) -> str:
        """The types of education as they are shown, "" without any."""
        labels = dict(EducationType.choices)
        return ", ".join(str(labels[each]) for each in self.education_types)

    @property
    def only_education_type(self) -> str | None:
        """The type of education when there is just one; else the request has to say it."""
        return self.education_types[0] if len(self.education_types) == 1 else None

    def exists_on(self, day: date) -> bool:
        """Opened by this day and not closed before it."""
        opened = self.opened_on is None or self.opened_on <= day
        return opened and (self.closed_on is None or self.closed_on > day)


class PupilCount(models.Model):
    """Enrolled pupils of a school in a school year (a number the ministry publishes)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="pupil_counts"
    )
    school_year = models.CharField(_("schooljaar"), max_length=9)
    pupils = models.PositiveIntegerField(_("aantal leerlingen"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "school_year"], name="pupil_count_once_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.school_year}: {self.pupils}"


class SuccessionQuerySet(models.QuerySet["Succession"]):
    """Questions about mergers and splits."""

    def standing(self) -> SuccessionQuerySet:
        """Those that were not undone."""
        return self.filter(withdrawn_at=None)


class Succession(models.Model):
    """A merger or a split: from which organisation, to which, on which day.

    `recorded_at`: when we learned it; `withdrawn_at`: that it was wrong. A table of a past day says
    what was known then. History holds who did it. Its writer is `schools.register`.
    """

    predecessor = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="predecessions"
    )
    on = models.DateField(_("op"))
    # Of a split: the predecessor stays, beside what split off.
    goes_on = models.BooleanField(default=False, editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                condition=Q(withdrawn_at=None),
                name="succession_once",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="succession_of_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} ({self.on})"


class RegisterImportQuerySet(models.QuerySet["RegisterImport"]):
    """Questions about what was brought in."""

    def latest_of_each(self) -> RegisterImportQuerySet:
        """The last file of each sort, of numbers of pupils that of each school year."""
        newest = self.order_by("what", "-school_year", "-imported_at", "-pk")
        return newest.distinct("what", "school_year")


class RegisterImport(models.Model):
    """An official file that was brought in, also when it changed nothing. Never changed itself.

    Its writer is `schools.register`. `imported_by` is empty for an operator without an account.
    """

    class What(models.TextChoices):
        SCHOOLS = "SCHOOLS", _("scholen")
        LOCAL = "LOCAL", _("gemeenten en OCMW's")
        PUPILS = "PUPILS", _("leerlingenaantallen")

    what = models.CharField(_("wat"), max_length=8, choices=What)
    school_year = models.CharField(_("schooljaar"), max_length=9, blank=True)
    file_name = models.CharField(_("bestand"), max_length=200)
    imported_at = models.DateTimeField(_("ingelezen op"), db_default=Now(), editable=False)
    imported_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    rows = models.PositiveIntegerField(_("rijen"))
    created = models.PositiveIntegerField(_("nieuw"))
    changed = models.PositiveIntegerField(_("gewijzigd"))
    closed = models.PositiveIntegerField(_("gesloten"))
    unchanged = models.PositiveIntegerField(_("ongewijzigd"))
    refused = models.PositiveIntegerField(_("geweigerd"))

    objects = RegisterImportQuerySet.as_manager()

    def __str__(self) -> str:
        day = timezone.localdate(self.imported_at)
        return _("{subject} op {day}").format(subject=self.subject, day=f"{day:%d/%m/%Y}")

    @property
    def subject(self) -> str:
        """What it is about, the school year with it."""
        return f"{self.get_what_display()} {self.school_year}".strip()


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions about who acts for whom."""

    def visible_to(self, user: User) -> MembershipQuerySet:
        """Those of the organisations somebody may see."""
        return self.filter(organisation__in=Organisation.objects.visible_to(user))

    def of_who_reads_mail(self) -> MembershipQuerySet:
        """Those of people who can sign in: not blocked, and past the invitation."""
        return self.filter(user__is_active=True).exclude(
            user__password__startswith=UNUSABLE_PASSWORD_PREFIX
        )


class Membership(models.Model):
    """This person acts for this organisation. Its writer is `schools.actions`."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.organisation_id}"


class HistoryEvent(models.Model):
    """What happened to a row: written by triggers only, append-only (design rule 3).

    `data` is the row after the change (before it, for a deletion) without the excluded columns, so
    the last event of a row is the row. It holds no secret, no fingerprint and no reference.
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
            # Rows come nearly in the order of their transactions: costs next to nothing to write.
            BrinIndex(
                fields=["transaction"], name="history_transaction",
                autosummarize=True, pages_per_range=32,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row}"


class HistorySeal(models.Model):
    """A keyed digest over a stretch of history and the seal before it. Append-only.

    It covers the events of finished transactions behind the seal before it, in the order of
    (transaction, id), up to and including (until_transaction, until_row). Its writer is
    `schools.seals`.
    """

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField(editable=False)
    until_transaction = models.BigIntegerField(editable=False)
    until_row = models.BigIntegerField(editable=False)
    rows = models.IntegerField(editable=False)
    # Of each event its id and a short digest: what names the one that was altered.
    marks = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=20, editable=False)
    digest = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def until(self) -> tuple[int, int]:
        """The end of the stretch."""
        return self.until_transaction, self.until_row


class PortalMark(models.Model):
    """One row that says what this database is: `demo` serves only with the switch DEMO on."""

    demo = models.BooleanField(default=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="portal_mark_is_one_row")
        ]

    def __str__(self) -> str:
        return "demo" if self.demo else "echt"
