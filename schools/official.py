"""What the official codes of Flemish education and Belgian places mean (docs/facts.md)."""

from collections.abc import Iterable

from stdnum import luhn

from schools.models import EducationType, Province

# The longest matching prefix of a NIS code gives the province.
PROVINCES = {
    "1": Province.ANTWERPEN,
    "21": Province.BRUSSEL,
    "23": Province.VLAAMS_BRABANT,
    "24": Province.VLAAMS_BRABANT,
    "3": Province.WEST_VLAANDEREN,
    "4": Province.OOST_VLAANDEREN,
    "5": Province.HENEGOUWEN,
    "7": Province.LIMBURG,
}
EDUCATION_TYPES = {
    EducationType.PRIMARY: ("111", "211"),
    EducationType.SPECIAL_PRIMARY: ("121", "221"),
    EducationType.SECONDARY: ("311",),
    EducationType.SPECIAL_SECONDARY: ("321",),
    EducationType.PART_TIME: ("312", "313", "314", "315"),
    EducationType.ARTS: ("316",),
    EducationType.ADULT: ("317", "417", "618"),
    EducationType.HIGHER: ("411", "511"),
}
TYPE_OF_STRUCTURE = {
    structure: kind for kind, structures in EDUCATION_TYPES.items() for structure in structures
}


def province_of(nis_code: str) -> Province:
    """The province of a NIS code of five digits; UNKNOWN outside Flanders and its neighbours."""
    return PROVINCES.get(nis_code[:2]) or PROVINCES.get(nis_code[:1], Province.UNKNOWN)


def education_types_of(structures: Iterable[str]) -> list[str]:
    """The groups of these hoofdstructuren, each once, in the order of the choices."""
    found = {TYPE_OF_STRUCTURE.get(each, EducationType.UNKNOWN) for each in structures}
    return [kind.value for kind in EducationType if kind in found]


def has_check_digit(number: str) -> bool:
    """Whether the last of these six digits is the Luhn digit of the first five, with 0 written as
    1.

    Derived from the numbers, found in no document: a reason to check, never to refuse.
    """
    return (luhn.calc_check_digit(number[:5]).replace("0", "1")) == number[5]
