"""What the official files say, row by row; does not touch the database.

A row that cannot be used is left out, with its line and what to do about it; the others continue.
Columns that are not named here are dropped unread, among them telephone, fax, e-mail and head of a
school.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import CharField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from stdnum.be import vat

from common.refused import Refused
from common.tables.dates import parse_date
from common.tables.headings import Headings
from common.tables.reading import read_table
from common.tables.table import Table
from schools.models import Organisation, Province
from schools.official import education_types_of, has_check_digit, province_of

UNKNOWN_DAY = date(1, 1, 1)
OPEN_UNTIL = date(4444, 12, 31)
# The mergers of municipalities that the column nis_2025 is about.
MERGED_ON = date(2025, 1, 1)
MOST_PUPILS = 999_999
NO = ("false", "onwaar", "nee", "0")

SCHOOL_COLUMNS: Headings = {
    "number": ["schoolnummer", "instellingsnummer"],
    "name": ["naam"],
    "street": ["straat"],
    "house": ["huisnummer"],
    "box": ["busnummer"],
    "postcode": ["postcode"],
    "municipality": ["gemeente"],
    "nis_code": ["niscode"],
    "opened_on": ["begindatum"],
    "closed_on": ["einddatum"],
    "structures": ["ingerichte hoofdstructuren"],
}
SCHOOL_OPTIONAL: Headings = {"main_seat": ["hoofdzetel"], "province": ["provincie"]}
# All columns the ministry publishes, so that a refusal can name them; few of them are read.
SCHOOL_HEADINGS = (
    "schoolnummer", "intern_vplnummer", "net", "naam", "hoofdzetel", "adres", "straat",
    "huisnummer", "busnummer", "postcode", "gemeente", "niscode", "provinciecode", "provincie",
    "VWO-vestigingsplaatscode", "crab-code", "crab-huisnr", "lx", "ly", "kbo-nummer", "telefoon",
    "fax", "e-mail", "website", "beheerder(s)", "soort instelling", "onderwijsniveau",
    "instellingstype", "begindatum", "einddatum", "status erkenning", "clb", "bestuur",
    "scholengemeenschap", "taalstelsel", "ingerichte hoofdstructuren",
)  # fmt: skip

LOCAL_COLUMNS: Headings = {
    "nis_code": ["nis", "niscode"],
    "municipality": ["gemeente"],
    "MUNICIPALITY": ["kbo_gemeente"],
    "OCMW": ["kbo_ocmw"],
}
LOCAL_NAMES = {Organisation.Kind.MUNICIPALITY: "Gemeente", Organisation.Kind.OCMW: "OCMW"}
LOCAL_OPTIONAL: Headings = {
    "postcode": ["hoofdpostcode"],
    "became": ["nis_2025"],
    "province": ["provincie"],
}
LOCAL_HEADINGS = (
    "nis", "gemeente", "gemeente_fr", "arrondissement", "provincie", "iso3166_2", "hoofdpostcode",
    "inwoners_2020", "nis_2025", "gemeente_2025", "iso3166_2_2025", "kbo_gemeente", "ovo_gemeente",
    "kbo_ocmw", "ovo_ocmw",
)  # fmt: skip

COUNT_COLUMNS: Headings = {
    "number": ["instellingsnummer", "schoolnummer"],
    "pupils": ["aantal leerlingen", "leerlingen", "aantal"],
}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark about a line of the file, or about the whole file (line None)."""

    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """What a row says: about which organisation (kind, number), and the fields it gives.

    became: the NIS code of the municipality that this one merged into on MERGED_ON.
    """

    line: int
    key: Key
    values: dict[str, Any]
    became: str = ""


@dataclass(slots=True)
class Reading:
    """What a whole file says, by organisation, and the remarks about it."""

    rows: int = 0
    sites: int = 0
    numberless: int = 0
    by_organisation: dict[Key, RegisterRow] = field(default_factory=dict)
    refused: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    def refuse(self, line: int, text: str) -> None:
        """Leave a line out, with the reason."""
        self.refused.append(Remark(text, line))

    def warn(self, text: str, line: int | None = None) -> None:
        """Add a remark that stops nothing."""
        self.warnings.append(Remark(text, line))

    def add(self, row: RegisterRow) -> None:
        """Keep what a row says; the first row about an organisation counts."""
        first = self.by_organisation.setdefault(row.key, row)
        if first is not row:
            raise Refused(
                _("Nummer %(number)s stond al op regel %(first)s, en die telt. Laat er één staan.")
                % {"number": row.key[1], "first": first.line},
                code="twice-in-file",
            )


Read = Callable[[Reading, int, Mapping[str, str]], None]


def read_schools(content: bytes) -> Reading:
    """Read the official list of schools. Raises `Refused` when it is something else."""
    table = read_table(
        content, needed=SCHOOL_COLUMNS, optional=SCHOOL_OPTIONAL, usual=SCHOOL_HEADINGS
    )
    reading = _read(table, _school)
    if reading.sites:
        sites = ngettext(
            "%(n)s rij is een vestigingsplaats. We lezen alleen hoofdzetels.",
            "%(n)s rijen zijn vestigingsplaatsen. We lezen alleen hoofdzetels.",
            reading.sites,
        )
        reading.warn(sites % {"n": reading.sites})
    return reading


def read_local_governments(content: bytes) -> Reading:
    """Read a list of municipalities with their OCMW. Raises `Refused` when it is something else."""
    table = read_table(content, needed=LOCAL_COLUMNS, optional=LOCAL_OPTIONAL, usual=LOCAL_HEADINGS)
    reading = _read(table, _local_governments)
    if reading.numberless:
        numberless = ngettext(
            "%(n)s organisatie heeft hier geen KBO-nummer. We nemen ze niet op.",
            "%(n)s organisaties hebben hier geen KBO-nummer. We nemen ze niet op.",
            reading.numberless,
        )
        reading.warn(numberless % {"n": reading.numberless})
    return reading


def read_pupil_counts(content: bytes) -> Reading:
    """Read the number of pupils per school. Raises `Refused` when it is something else."""
    return _read(read_table(content, needed=COUNT_COLUMNS), _pupil_count)


def _read(table: Table, read: Read) -> Reading:
    """Read each row independently: a bad one does not affect the others."""
    reading = Reading()
    for row in table.rows:
        reading.rows += 1
        try:
            if row.problem:
                raise Refused(row.problem, code="row-unreadable")
            read(reading, row.line, row.values)
        except Refused as refused:
            reading.refuse(row.line, refused.message)
    return reading


# One row


def _school(reading: Reading, line: int, cells: Mapping[str, str]) -> None:
    if cells.get("main_seat", "").casefold() in NO:
        reading.sites += 1
        return
    number = _institution(cells["number"])
    structures = _structures(cells["structures"])
    place = _place(cells["nis_code"])
    texts = {name: cells[name] for name in ("name", "postcode", "municipality")}
    values = {
        **_texts(**texts, street=_street(cells)),
        **place,
        "structures": structures,
        "education_types": education_types_of(structures),
        "opened_on": _opened_on(cells["opened_on"]),
        "closed_on": _closed_on(cells["closed_on"]),
    }
    reading.add(RegisterRow(line, (Organisation.Kind.SCHOOL, number), values))
    if not has_check_digit(number):
        digit = _("Kijk nummer %(number)s na: het laatste cijfer klopt niet.")
        reading.warn(digit % {"number": number}, line)
    _warn_of_place(reading, line, place["nis_code"], cells)


def _local_governments(reading: Reading, line: int, cells: Mapping[str, str]) -> None:
    """Two organisations per row; either may be refused without the other."""
    place = _texts(municipality=cells["municipality"]) | _place(cells["nis_code"])
    if "postcode" in cells:
        place |= _texts(postcode=cells["postcode"])
    became = _became(cells, place["nis_code"])
    if became:
        place["closed_on"] = MERGED_ON
    for kind, prefix in LOCAL_NAMES.items():
        values = place | _texts(name=f"{prefix} {place['municipality']}")
        try:
            _local_government(reading, RegisterRow(line, (kind, cells[kind]), values, became))
        except Refused as refused:
            reading.refuse(line, f"{values['name']}: {refused.message}")
    _warn_of_place(reading, line, place["nis_code"], cells)


def _local_government(reading: Reading, row: RegisterRow) -> None:
    """One without a number is not created, which is no error: the file does not know the number."""
    kind, number = row.key
    if number:
        reading.add(replace(row, key=(kind, _kbo(number))))
    else:
        reading.numberless += 1


def _warn_of_place(reading: Reading, line: int, nis_code: str, cells: Mapping[str, str]) -> None:
    """Compare with the province's name, where given: a difference means shifted columns."""
    province, written = province_of(nis_code), cells.get("province", "")
    words = {"nis": nis_code, "province": province.label}
    if province == Province.UNKNOWN:
        reading.warn(_("NIS-code %(nis)s ligt in geen provincie die we kennen.") % words, line)
    elif written and str(province.label) not in written:
        reading.warn(
            _(
                "NIS-code %(nis)s ligt in %(province)s, in kolom 'provincie' staat wat anders. De "
                "NIS-code telt."
            )
            % words,
            line,
        )


def _pupil_count(reading: Reading, line: int, cells: Mapping[str, str]) -> None:
    number, pupils = _institution(cells["number"]), cells["pupils"]
    if not re.fullmatch("[0-9]{1,9}", pupils) or int(pupils) > MOST_PUPILS:
        raise Refused(
            _("Het aantal leerlingen is geen geheel getal. Schrijf alleen cijfers, zoals 1502."),
            code="not-a-number",
        )
    reading.add(RegisterRow(line, (Organisation.Kind.SCHOOL, number), {"pupils": int(pupils)}))


# One cell, or a few that belong together


def _institution(text: str) -> str:
    """An instellingsnummer in six digits; it is printed without its leading zeros."""
    if not re.fullmatch("[0-9]{1,6}", text):
        raise Refused(
            _("Dit is geen instellingsnummer. Schrijf een nummer van 6 cijfers."),
            code="not-a-school-number",
        )
    return text.zfill(6)


def _kbo(text: str) -> str:
    """A KBO number in ten digits, with valid check digits."""
    if not vat.is_valid(text):
        raise Refused(
            _("Dit KBO-nummer klopt niet. Kijk het na in de Kruispuntbank."),
            code="not-a-kbo-number",
        )
    return vat.compact(text).zfill(10)


def _place(nis_code: str) -> dict[str, Any]:
    """NIS code and the province it is in."""
    if not re.fullmatch("[0-9]{5}", nis_code):
        raise Refused(
            _("De NIS-code heeft geen 5 cijfers. Kijk de kolom na."), code="not-a-nis-code"
        )
    return {"nis_code": nis_code, "province": province_of(nis_code)}


def _became(cells: Mapping[str, str], nis_code: str) -> str:
    """The NIS code of the municipality that this one merged into, "" when it did not."""
    later = cells.get("became", "")
    return "" if later in ("", nis_code) else str(_place(later)["nis_code"])


def _structures(text: str) -> list[str]:
    """A list with repeats (`111-111-211`) as a set, in order."""
    found = sorted(set(filter(None, re.split(r"[-\s,]+", text))))
    if not all(re.fullmatch("[0-9]{3}", each) for each in found):
        raise Refused(
            _("De hoofdstructuren zijn niet te lezen. Schrijf ze als 111-211, of laat ze leeg."),
            code="structures-unreadable",
        )
    return found


def _street(cells: Mapping[str, str]) -> str:
    box = f"bus {cells['box']}" if cells["box"] else ""
    return " ".join(filter(None, (cells["street"], cells["house"], box)))


def _opened_on(text: str) -> date | None:
    """The first day; None when unknown."""
    day = _day(text, "begindatum")
    return None if day == UNKNOWN_DAY else day


def _closed_on(text: str) -> date | None:
    """The first day that the school no longer exists: the one after the last day given."""
    day = _day(text, "einddatum")
    return None if day is None or day >= OPEN_UNTIL else day + timedelta(days=1)


def _day(text: str, column: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError as wrong:
        raise Refused(
            _("Kolom '%(column)s': %(reason)s") % {"column": column, "reason": wrong},
            code="not-a-date",
        ) from None


def _texts(**texts: str) -> dict[str, Any]:
    """Texts with single spaces, none of them longer than the register allows."""
    tidy = {name: " ".join(text.split()) for name, text in texts.items()}
    for name, text in tidy.items():
        column = Organisation._meta.get_field(name)
        assert isinstance(column, CharField)
        words = {"column": column.verbose_name, "most": column.max_length}
        if len(text) > (column.max_length or 0):
            raise Refused(
                _("In '%(column)s' staan meer dan %(most)s tekens. Kijk de kolom na.") % words,
                code="text-too-long",
            )
        if not text and name in ("name", "municipality"):
            raise Refused(_("'%(column)s' is leeg. Vul het aan.") % words, code="cell-empty")
    return tidy
