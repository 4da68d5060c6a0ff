"""What official codes mean, against the table of facts."""

import pytest

from schools.models import EducationType, Province
from schools.official import education_types_of, has_check_digit, province_of


@pytest.mark.parametrize(
    ("nis_code", "province"),
    [
        ("11002", Province.ANTWERPEN),
        ("21004", Province.BRUSSEL),
        ("23106", Province.VLAAMS_BRABANT),
        ("24062", Province.VLAAMS_BRABANT),
        ("31005", Province.WEST_VLAANDEREN),
        ("46030", Province.OOST_VLAANDEREN),
        ("57097", Province.HENEGOUWEN),
        ("71072", Province.LIMBURG),
        ("25072", Province.UNKNOWN),
        ("62063", Province.UNKNOWN),
    ],
)
def test_province_of_a_nis_code(nis_code: str, province: str) -> None:
    assert province_of(nis_code) == province


@pytest.mark.parametrize(
    ("structures", "types"),
    [
        (["111", "211"], [EducationType.PRIMARY]),
        (["221", "121"], [EducationType.SPECIAL_PRIMARY]),
        (["312", "311"], [EducationType.SECONDARY, EducationType.PART_TIME]),
        (["313", "314", "315"], [EducationType.PART_TIME]),
        (["321"], [EducationType.SPECIAL_SECONDARY]),
        (["316"], [EducationType.ARTS]),
        (["317", "417", "618"], [EducationType.ADULT]),
        (["411", "511"], [EducationType.HIGHER]),
        (["999", "111"], [EducationType.PRIMARY, EducationType.UNKNOWN]),
        ([], []),
    ],
)
def test_types_of_education_of_structures(structures: list[str], types: list[str]) -> None:
    assert education_types_of(structures) == types


def test_the_check_digit_writes_0_as_1() -> None:
    assert [
        number for number in ("000018", "132671", "000019", "132670") if has_check_digit(number)
    ] == ["000018", "132671"]
