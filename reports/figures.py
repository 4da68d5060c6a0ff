"""What each figure means (docs/rules.md#figures): the list that page, chart, export and command
read.

Every figure counts pupil lines unless it says otherwise, and can be asked in two readings. *As of
D* is what was known by the end of Brussels day D and not withdrawn by then, so the answer for a
past day is what was shown on that day. `docs/figures.md` explains it to the ministry.

Tested in `reports.tests.test_tables` and `reports.tests.test_worked_examples`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from reports.line_status import given_at, happened, not_withdrawn, took_place


class Reading(TextChoices):
    """The two ways to read a figure; never mixed, always named beside it (failure 20)."""

    COHORT = "cohort", _("cohort")
    ACTIVITY = "activity", _("activiteit")


class Dimension(TextChoices):
    """What the rows of a table are. School, type and province are frozen on the line, its period is
    that of its request; its provider is that of the code that counts, or counted last, as of the
    day."""

    SCHOOL = "school", _("school")
    EDUCATION_TYPE = "education_type", _("type onderwijs")
    PROVINCE = "province", _("provincie")
    PERIOD = "period", _("golf")
    PROVIDER = "provider", _("provider")


@dataclass(frozen=True, slots=True)
class Count:
    """How one reading counts a figure: in words, and as an aggregate over `line_status`."""

    says: StrPromise
    sql: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name, its words on screen, and how each reading counts it, if it does.

    reads: the columns it is counted from, by name, each an SQL expression over the line and the
    tables that `line_status` joins to it. Figures further down may use a column by the name it got
    here.
    """

    name: str
    label: StrPromise
    reads: Mapping[str, str]
    cohort: Count | None
    activity: Count | None
    is_share: bool = False

    def count(self, reading: str) -> Count | None:
        """How this reading counts it; None when it does not."""
        return self.cohort if reading == Reading.COHORT else self.activity


def lines(says: StrPromise, condition: str) -> Count:
    """The number of lines that meet this condition."""
    return Count(says, f"count(*) FILTER (WHERE {condition})")


def events(says: StrPromise, column: str) -> Count:
    """The sum of a number that each line has."""
    return Count(says, f"coalesce(sum({column}), 0)::bigint")


IS_ACTIVE = "counts AND first_active IS NOT NULL"

FIGURES = (
    Figure(
        "requested",
        _("aangevraagd"),
        {
            "stands": not_withdrawn("line"),
            "submitted_at": "line.submitted_at",
        },
        lines(_("leerlingen in verstuurde aanvragen, niet ingetrokken"), "stands"),
        lines(
            _("leerlingen die in die dagen voor het eerst aangevraagd zijn"),
            happened("submitted_at"),
        ),
    ),
    Figure(
        "via_other",
        _("via gemeente of OCMW"),
        {
            "via_other": "line.organisation_id <> line.school_id",
        },
        lines(
            _("van de aangevraagde leerlingen: niet door hun eigen school gevraagd"),
            "stands AND via_other",
        ),
        lines(
            _("van de aangevraagde leerlingen: niet door hun eigen school gevraagd"),
            f"via_other AND {happened('submitted_at')}",
        ),
    ),
    Figure(
        "granted",
        _("toegekend"),
        {
            "granted": "decided.granted",
            "decided_at": "decided.decided_at",
        },
        lines(
            _("van de aangevraagde leerlingen: goedgekeurd door de laatste beslissing"),
            "stands AND granted",
        ),
        lines(
            _("leerlingen die in die dagen goedgekeurd zijn"),
            f"granted AND {happened('decided_at')}",
        ),
    ),
    Figure(
        "refused",
        _("geweigerd"),
        {},
        lines(
            _("van de aangevraagde leerlingen: geweigerd door de laatste beslissing"),
            "stands AND NOT granted",
        ),
        lines(
            _("leerlingen die in die dagen geweigerd zijn"),
            f"NOT granted AND {happened('decided_at')}",
        ),
    ),
    Figure(
        "waiting",
        _("wachtend"),
        {
            "open": "(line.closed_at IS NULL OR line.closed_at >= %(known)s)",
            "live": "(live.id IS NOT NULL OR ended.live)",
        },
        lines(
            _("van de toegekende leerlingen: zonder code, en niet afgesloten"),
            "stands AND granted AND open AND live IS NOT TRUE",
        ),
        None,
    ),
    Figure(
        "handed_out",
        _("uitgereikt"),
        {
            "counts": "(live.id IS NOT NULL OR ended.counts)",
            "first_handed_out_at": "least(live.handed_out_at, ended.first_handed_out_at)",
        },
        lines(
            _(
                "leerlingen met een code die telt: niet gestopt voor iemand ze zag, en niet aan "
                "een andere leerling gegeven"
            ),
            "counts",
        ),
        lines(
            _("leerlingen die in die dagen hun eerste code kregen, later teruggenomen of niet"),
            happened("first_handed_out_at"),
        ),
    ),
    Figure(
        "taken_back",
        _("teruggenomen"),
        {
            "stopped_at": "ended.stopped_at",
        },
        lines(_("leerlingen die een code hadden, maar geen die nog telt"), "NOT counts"),
        lines(
            _("leerlingen van wie de laatste code die telde, in die dagen stopte"),
            f"NOT counts AND {happened('stopped_at')}",
        ),
    ),
    Figure(
        "revealed",
        _("bekeken"),
        {
            "revealed": "(live.revealed_at < %(known)s OR ended.revealed)",
            "first_revealed_at": "least(live.revealed_at, ended.first_revealed_at)",
        },
        lines(_("van de uitgereikte: de code is afgedrukt of bekeken"), "revealed"),
        lines(
            _("leerlingen van wie de code in die dagen voor het eerst afgedrukt of bekeken is"),
            happened("first_revealed_at"),
        ),
    ),
    Figure(
        "given",
        _("meegegeven"),
        {
            "given": f"({given_at('live')} < %(known)s OR ended.given)",
            "first_given_at": f"least({given_at('live')}, ended.first_given_at)",
        },
        lines(_("van de uitgereikte: de brief is meegegeven aan het gezin"), "given"),
        lines(
            _("leerlingen van wie de brief in die dagen voor het eerst meegegeven is"),
            happened("first_given_at"),
        ),
    ),
    Figure(
        "activated",
        _("geactiveerd"),
        {
            "first_active": "activated.first_active",
        },
        lines(
            _("van de uitgereikte: de provider meldde dat de code van de leerling in gebruik kwam"),
            IS_ACTIVE,
        ),
        lines(
            _("leerlingen van wie de eerste code in die dagen in gebruik kwam"),
            took_place("first_active"),
        ),
    ),
    Figure(
        "in_use",
        _("in gebruik"),
        {
            "last_day": "greatest(valid.valid_until, renewed.valid_until)",
        },
        lines(
            _("van de geactiveerde: de code is nog geldig op de gekozen dag"),
            f"{IS_ACTIVE} AND last_day >= %(as_of)s",
        ),
        None,
    ),
    Figure(
        "expired",
        _("vervallen"),
        {},
        lines(
            _("van de geactiveerde: de laatste geldige dag ligt voor de gekozen dag"),
            f"{IS_ACTIVE} AND last_day < %(as_of)s",
        ),
        lines(
            _("leerlingen van wie de laatste geldige dag in die dagen voorbijging"),
            f"last_day < %(as_of)s AND {took_place('last_day')}",
        ),
    ),
    Figure(
        "renewed",
        _("verlengd"),
        {
            "renewals": "renewed.renewals",
        },
        lines(
            _("van de geactiveerde: minstens één keer verlengd"), f"{IS_ACTIVE} AND renewals > 0"
        ),
        events(
            _("verlengingen die de provider in die dagen deed; elke verlenging telt"), "renewals"
        ),
    ),
    Figure(
        "replaced",
        _("vervangen"),
        {
            "replacements": (
                "coalesce(ended.replacements, 0) + (live.replaces_id IS NOT NULL"
                f" AND {happened('live.handed_out_at')})::int"
            ),
        },
        events(_("codes die in de plaats van een andere kwamen (telt codes)"), "replacements"),
        events(
            _("codes die in die dagen in de plaats van een andere kwamen (telt codes)"),
            "replacements",
        ),
    ),
    Figure(
        "activation_rate",
        _("activatiegraad"),
        {},
        Count(
            _("geactiveerd gedeeld door uitgereikt; een streepje als er niets uitgereikt is"),
            f"count(*) FILTER (WHERE {IS_ACTIVE})::float8"
            " / nullif(count(*) FILTER (WHERE counts), 0)",
        ),
        None,
        is_share=True,
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
READS = {name: sql for figure in FIGURES for name, sql in figure.reads.items()}
