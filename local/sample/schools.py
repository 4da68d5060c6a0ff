"""Invented schools in real municipalities, their municipalities and OCMWs, and the mergers of 2025.

Tested in `local.sample.tests.test_story`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random

from django.db import connection

from local.sample.municipalities import MERGED_ON, Merger, Municipality, before_2025, mergers
from schools.models import EducationType, Organisation, PupilCount, Succession

FICTITIOUS = "(fictief)"
SCHOOL_YEAR = "2021-2022"
LONG_AGO, OPENED_LATER, CLOSED = date(2010, 9, 1), date(2021, 9, 1), date(2022, 8, 31)

SAINTS = (
    "Sint-Jozef", "Sint-Jan", "Sint-Martinus", "Sint-Pieter", "Sint-Franciscus", "Heilig Hart",
    "Mater Dei", "Don Bosco", "Sint-Vincentius", "Sint-Lutgardis", "Onze-Lieve-Vrouw",
    "Sint-Amandus", "Sint-Barbara", "Sint-Paulus", "Heilige Familie", "Sint-Joris",
)  # fmt: skip
PLAYFUL = (
    "De Regenboog", "De Zonnebloem", "De Springplank", "De Linde", "De Parel", "De Boomgaard",
    "De Wegwijzer", "De Klimop", "Het Kompas", "De Vlieger", "De Puzzel", "De Knipoog",
    "De Toverboom", "De Sterrenkijker", "De Kiem", "De Brug", "De Vuurtoren", "Het Laar",
)  # fmt: skip
STREETS = (
    "Schoolstraat", "Kerkstraat", "Dorpsstraat", "Stationsstraat", "Molenstraat", "Nieuwstraat",
    "Kloosterstraat", "Lindelaan", "Parklaan", "Kasteeldreef", "Veldstraat", "Marktplein",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of school: how many of 4,000, what it teaches, how many pupils (None: no number is
    published), and how it is named."""

    share: int
    structures: tuple[str, ...]
    types: tuple[EducationType, ...]
    pupils: int | None
    names: tuple[str, ...]


PRIMARY, SECONDARY = EducationType.PRIMARY, EducationType.SECONDARY
# Roughly as in the official register of 2022: more than half teach 111 and 211.
KINDS = (
    Kind(2150, ("111", "211"), (PRIMARY,), 270, (
        "Vrije Basisschool", "Gemeentelijke Basisschool {playful}", "GO! Basisschool {playful}",
        "Vrije Basisschool {saint}", "Vrije Basisschool {playful}", "Vrije Basisschool {saint}",
        "Gemeentelijke Basisschool {playful}", "GO! Basisschool {playful}", "{saint}school",
        "Vrije Basisschool {playful}", "Stedelijke Basisschool {playful}",
        "Vrije Basisschool {saint}", "Gemeentelijke Basisschool",
    )),
    Kind(155, ("111",), (PRIMARY,), 110, (
        "Vrije Kleuterschool", "Vrije Kleuterschool {saint}", "Gemeentelijke Kleuterschool",
    )),
    Kind(150, ("211",), (PRIMARY,), 230, (
        "Vrije Lagere School", "Vrije Lagere School {saint}", "Gemeentelijke Lagere School",
    )),
    Kind(135, ("121", "221"), (EducationType.SPECIAL_PRIMARY,), 150, (
        "Vrije Basisschool voor Buitengewoon Onderwijs", "Buitengewone Basisschool {playful}",
    )),
    Kind(62, ("221",), (EducationType.SPECIAL_PRIMARY,), 140, ("BuLO {playful}", "BuLO {saint}")),
    Kind(900, ("311",), (SECONDARY,), 470, (
        "{saint}college", "{saint}instituut", "GO! Atheneum {place}", "{saint}lyceum",
        "Middenschool {saint}", "GO! Middenschool {place}", "Vrij Technisch Instituut {place}",
        "Technisch Instituut {saint}", "{saint}college", "Campus {saint}",
    )),
    Kind(43, ("311", "312"), (SECONDARY, EducationType.PART_TIME), 560, (
        "Technisch Instituut {saint}", "Stedelijk Instituut {place}", "GO! Atheneum {place}",
    )),
    Kind(135, ("321",), (EducationType.SPECIAL_SECONDARY,), 150, (
        "BuSO {playful}", "BuSO {saint}", "GO! BuSO {playful}",
    )),
    Kind(41, ("314",), (EducationType.PART_TIME,), None, (
        "Centrum Leren en Werken {place}", "Syntra {place}",
    )),
    Kind(160, ("316",), (EducationType.ARTS,), None, (
        "Gemeentelijke Academie voor Muziek, Woord en Dans", "Stedelijke Academie {place}",
        "Gemeentelijke Academie voor Beeldende Kunsten", "Academie {place}",
    )),
    Kind(50, ("317", "417"), (EducationType.ADULT,), None, (
        "Centrum voor volwassenenonderwijs {place}", "CVO {playful}",
    )),
    Kind(20, ("411",), (EducationType.HIGHER,), None, ("Hogeschool {place}",)),
    Kind(18, (), (), None, ("Leerpunt {place}", "Onderwijsproject {playful}")),
)  # fmt: skip


def make_schools(size: int, first: int, rng: Random) -> list[Organisation]:
    """So many schools, numbered from `first`; most with a number of pupils."""
    places = before_2025()
    thickness = [place.thickness for place in places]
    schools, pupils = [], []
    for number in range(first, first + size):
        kind = rng.choices(KINDS, [each.share for each in KINDS])[0]
        place = rng.choices(places, thickness)[0]
        schools.append(_school(number, kind, place, rng))
        pupils.append(_pupils(kind, rng))
    Organisation.objects.bulk_create(schools)
    PupilCount.objects.bulk_create(
        PupilCount(organisation=school, school_year=SCHOOL_YEAR, pupils=number)
        for school, number in zip(schools, pupils, strict=True)
        if number
    )
    return schools


def _school(number: int, kind: Kind, place: Municipality, rng: Random) -> Organisation:
    """One in a hundred opened after 2020, one in a hundred has closed since."""
    luck = rng.random()
    name = rng.choice(kind.names).format(
        saint=rng.choice(SAINTS), playful=rng.choice(PLAYFUL), place=place.name
    )
    return Organisation(
        kind=Organisation.Kind.SCHOOL,
        number=str(number),
        name=f"{name} {FICTITIOUS}",
        street=f"{rng.choice(STREETS)} {rng.randint(1, 140)}",
        **_where(place),
        structures=list(kind.structures),
        education_types=list(kind.types),
        opened_on=OPENED_LATER if luck < 0.01 else LONG_AGO,
        closed_on=CLOSED if luck > 0.99 else None,
    )


def _pupils(kind: Kind, rng: Random) -> int | None:
    """For some no number is known, as in reality."""
    if kind.pupils is None or rng.random() < 0.02:
        return None
    return max(15, round(kind.pupils * rng.lognormvariate(0, 0.5)))


def _where(place: Municipality) -> dict[str, str]:
    return {
        "postcode": place.postcode,
        "municipality": place.name,
        "nis_code": place.nis_code,
        "province": place.province,
    }


GOVERNMENTS = (
    (Organisation.Kind.OCMW, "OCMW"),
    (Organisation.Kind.MUNICIPALITY, "Gemeente"),
)


def make_local_governments(first: int, *, but: Iterable[str]) -> list[Organisation]:
    """A municipality and an OCMW for each place of 2020 (except the names in `but`), numbered from
    `first`: those of Flanders and of Brussels."""
    known = set(but)
    places = [
        place for place in before_2025() if place.name not in known and place.nis_code[0] != "5"
    ]
    return Organisation.objects.bulk_create(_governments(places, count(first)))


def _governments(
    places: Iterable[Municipality], numbers: Iterator[int], opened_on: date | None = None
) -> list[Organisation]:
    return [
        Organisation(
            kind=kind,
            number=f"{next(numbers):010d}",
            name=f"{word} {place.name} {FICTITIOUS}",
            **_where(place),
            opened_on=opened_on,
        )
        for place in places
        for kind, word in GOVERNMENTS
    ]


# Preconditions: none; a school keeps its number, name, street and postcode.
MOVE_SCHOOLS = """
UPDATE schools_organisation SET municipality = merged.after, nis_code = merged.code,
    province = merged.province
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS merged (name, after, code, province)
WHERE kind = 'SCHOOL' AND municipality = merged.name
"""


def merge_municipalities(first: int) -> None:
    """1 January 2025: schools are now in the merged municipality, the old governments end and name
    their successors, which are numbered from `first`."""
    merged = mergers()
    parts = [(name, merger.into) for merger in merged for name in merger.names]
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE_SCHOOLS,
            [
                [name for name, _into in parts],
                *(
                    [getattr(into, field) for _name, into in parts]
                    for field in ("name", "nis_code", "province")
                ),
            ],
        )
    _succeed(merged, count(first))


def _succeed(merged: Sequence[Merger], numbers: Iterator[int]) -> None:
    """New governments for the merged municipalities, and which one succeeded which."""
    known = {
        (each.kind, each.municipality): each
        for each in Organisation.objects.exclude(kind=Organisation.Kind.SCHOOL)
    }
    absorbing = {each.nis_code for each in known.values()}
    born = [each.into for each in merged if each.into.nis_code not in absorbing]
    new = Organisation.objects.bulk_create(_governments(born, numbers, MERGED_ON))
    after = known | {(each.kind, each.municipality): each for each in new}
    pairs = [
        (known[kind, name], after[kind, merger.into.name])
        for merger in merged
        for name in merger.names
        for kind, _word in GOVERNMENTS
    ]
    Organisation.objects.filter(pk__in=[old.pk for old, _new in pairs]).update(closed_on=MERGED_ON)
    Succession.objects.bulk_create(
        Succession(predecessor=old, successor=new, on=MERGED_ON) for old, new in pairs
    )
