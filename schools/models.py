"""Who may ask: organisations as the official register knows them, and what became of them.

Tested in `schools.tests.test_register` and `pages.people.tests.test_views`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import search

if TYPE_CHECKING:
    from accounts.models import User


class Province(models.TextChoices):
    """ISO 3166-2, derived from the NIS code (docs/facts.md); UNKNOWN makes totals add up."""

    ANTWERPEN = "BE-VAN", _("Antwerpen")
    LIMBURG = "BE-VLI", _("Limburg")
    OOST_VLAANDEREN = "BE-VOV", _("Oost-Vlaanderen")
    VLAAMS_BRABANT = "BE-VBR", _("Vlaams-Brabant")
    WEST_VLAANDEREN = "BE-VWV", _("West-Vlaanderen")
    BRUSSEL = "BE-BRU", _("Brussel")
    HENEGOUWEN = "BE-WHT", _("Henegouwen")
    UNKNOWN = "UNKNOWN", _("Onbekend")


class EducationType(models.TextChoices):
    """The groups of hoofdstructuren used in reports (docs/facts.md, "Type of education")."""

    PRIMARY = "PRIMARY", _("gewoon basisonderwijs")
    SPECIAL_PRIMARY = "SPECIAL_PRIMARY", _("buitengewoon basisonderwijs")
    SECONDARY = "SECONDARY", _("gewoon secundair onderwijs")
    SPECIAL_SECONDARY = "SPECIAL_SECONDARY", _("buitengewoon secundair onderwijs")
    PART_TIME = "PART_TIME", _("deeltijds en leren & werken")
    ARTS = "ARTS", _("deeltijds kunstonderwijs")
    ADULT = "ADULT", _("volwassenenonderwijs")
    HIGHER = "HIGHER", _("hoger onderwijs")
    UNKNOWN = "UNKNOWN", _("onbekend")


PART_OF_A_NUMBER = 4  # fewer digits are never searched as part of a number


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Questions about organisations."""

    def visible_to(self, user: User) -> OrganisationQuerySet:
        """The organisations that somebody acts for; the ministry sees all, a provider none."""
        if user.is_ministry:
            return self.all()
        if user.is_coordinator:
            return self.filter(pk__in=user.memberships.values("organisation"))
        return self.none()

    def existing_on(self, day: date) -> OrganisationQuerySet:
        """Those opened by this day and not closed before it."""
        return self.filter(
            Q(opened_on__isnull=True) | Q(opened_on__lte=day),
            Q(closed_on__isnull=True) | Q(closed_on__gt=day),
        )

    def schools(self) -> OrganisationQuerySet:
        """Only schools: the ones a pupil can belong to."""
        return self.filter(kind=Organisation.Kind.SCHOOL)

    def of_type(self, education_type: str) -> OrganisationQuerySet:
        """Those that give this type of education; UNKNOWN includes schools without any type."""
        fits = Q(education_types__contains=[education_type])
        if education_type == EducationType.UNKNOWN:
            fits |= Q(kind=Organisation.Kind.SCHOOL, education_types=[])
        return self.filter(fits)

    def matching(self, text: str) -> OrganisationQuerySet:
        """Those with each of these words in name, municipality, postcode or number; of a long text
        the first words only (`common.search`).

        A number may lack its leading zeros, as in print; a few digits have to be the whole number,
        otherwise 18 would find hundreds of schools.
        """
        found = self
        for word in search.words(text):
            fits = Q(name__icontains=word) | Q(municipality__icontains=word) | Q(postcode=word)
            if word.isdecimal() and len(word) < PART_OF_A_NUMBER:
                fits |= Q(number=word.zfill(6))
            else:
                fits |= Q(number__icontains=word)
            found = found.filter(fits)
        return found


class Organisation(models.Model):
    """Who may ask. Its writers are the register import and `accounts.actions`."""

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
        """Names repeat (137 are "Vrije Basisschool"): number and municipality are always added."""
        return f"{self.name} ({self.number}, {self.municipality})"

    @property
    def is_school(self) -> bool:
        """Whether this is a school, so that its pupils are its own."""
        return self.kind == self.Kind.SCHOOL

    @property
    def types_in_words(self) -> str:
        """The types of education as they are shown, "" without any."""
        labels = dict(EducationType.choices)
        return ", ".join(str(labels[each]) for each in self.education_types)

    @property
    def only_education_type(self) -> str | None:
        """The type of education when there is only one; otherwise the request has to say it."""
        return self.education_types[0] if len(self.education_types) == 1 else None

    def exists_on(self, day: date) -> bool:
        """Whether it was opened by this day and not closed before it."""
        opened = self.opened_on is None or self.opened_on <= day
        return opened and (self.closed_on is None or self.closed_on > day)


class PupilCount(models.Model):
    """Enrolled pupils of a school in a school year (a number that the ministry publishes)."""

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
        return self.filter(withdrawn_at=None)


class Succession(models.Model):
    """A merger or a split: from which organisation, to which, on which day.

    recorded_at: when we learned of it; withdrawn_at: when we learned that it was wrong. A table as
    of a past day shows what was known then. History has who did it. Its writer is
    `schools.register`.
    """

    predecessor = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="predecessions"
    )
    on = models.DateField(_("op"))
    # After a split: the predecessor continues to exist, beside the schools that split off.
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
    """Questions about imported files."""

    def latest_of_each(self) -> RegisterImportQuerySet:
        """The latest file of each kind; of pupil counts, the latest of each school year."""
        newest = self.order_by("what", "-school_year", "-imported_at", "-pk")
        return newest.distinct("what", "school_year")


class RegisterImport(models.Model):
    """An official file that was imported, even when it changed nothing. Never changed itself.

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
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
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
        """What the file is about, including the school year."""
        return f"{self.get_what_display()} {self.school_year}".strip()
