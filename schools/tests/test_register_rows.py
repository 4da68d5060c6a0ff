"""What a row of an official file says, and why it is left out."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.refused import Refused
from schools.models import EducationType, Organisation, Province
from schools.register_rows import (
    LOCAL_HEADINGS,
    SCHOOL_HEADINGS,
    Reading,
    read_local_governments,
    read_pupil_counts,
    read_schools,
)
from schools.tests.official_files import count_file, local_file, municipality, school, school_file

KEY = (Organisation.Kind.SCHOOL, "000018")
AS_PUBLISHED = {
    "name": "Vrije Basisschool Élan",
    "street": "Molenstraat 24 bus 3",
    "postcode": "9300",
    "municipality": "Aalst",
    "nis_code": "41002",
    "province": Province.OOST_VLAANDEREN,
    "structures": ["111", "211"],
    "education_types": [EducationType.PRIMARY],
    "opened_on": None,
    "closed_on": None,
}


def said(reading: Reading) -> dict[str, Any]:
    """The values of the only organisation of a file."""
    (row,) = reading.by_organisation.values()
    return row.values


def refusals(reading: Reading) -> list[tuple[int | None, str]]:
    """Line and reason of each line left out."""
    return [(remark.line, remark.text) for remark in reading.refused]


def test_a_row_as_the_ministry_publishes_it() -> None:
    reading = read_schools(school_file(school()))
    assert list(reading.by_organisation) == [KEY]
    assert said(reading) == AS_PUBLISHED
    assert (reading.rows, reading.refused, reading.warnings) == (1, [], [])


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_the_official_form_whatever_saved_it(end: str, delimiter: str, encoding: str) -> None:
    content = school_file(school(), end=end, delimiter=delimiter, encoding=encoding)
    assert said(read_schools(content)) == AS_PUBLISHED


def test_columns_are_found_by_their_names_in_any_order_with_more_of_them() -> None:
    headings = ["nieuwe kolom", *reversed(SCHOOL_HEADINGS)]
    assert said(read_schools(school_file(school(), headings=headings))) == AS_PUBLISHED


def test_a_file_that_misses_a_column_is_refused_and_says_which_ones_are_there() -> None:
    headings = [heading for heading in SCHOOL_HEADINGS if heading != "niscode"]
    with pytest.raises(Refused) as refused:
        read_schools(school_file(school(), headings=headings))
    there = ", ".join(f"'{heading}'" for heading in headings)
    assert refused.value.message == (
        f"We vinden kolom 'niscode' niet in dit bestand. Deze kolommen staan er wel in: {there}."
    )


def test_nothing_personal_is_read() -> None:
    reading = read_schools(school_file(school()))
    assert not any(word in repr(reading) for word in ("TELEFOON", "FAX", "EMAIL", "BEHEERDER"))


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"begindatum": "01/09/2009"}, "opened_on", date(2009, 9, 1)),
        ({"begindatum": ""}, "opened_on", None),
        ({"einddatum": "31/08/2022"}, "closed_on", date(2022, 9, 1)),
        ({"einddatum": ""}, "closed_on", None),
        ({"einddatum": "31/12/9999"}, "closed_on", None),
        ({"ingerichte_hoofdstructuren": ""}, "structures", []),
        ({"ingerichte_hoofdstructuren": "999"}, "education_types", [EducationType.UNKNOWN]),
        ({"busnummer": ""}, "street", "Molenstraat 24"),
        ({"naam": "  De   Stap "}, "name", "De Stap"),
    ],
)
def test_what_a_cell_means(cells: dict[str, str], field: str, value: object) -> None:
    assert said(read_schools(school_file(school(**cells))))[field] == value


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"schoolnummer": ""}, "Dit is geen instellingsnummer. Schrijf een nummer van 6 cijfers."),
        (
            {"schoolnummer": "1234567"},
            "Dit is geen instellingsnummer. Schrijf een nummer van 6 cijfers.",
        ),
        ({"niscode": "Aalst"}, "De NIS-code heeft geen 5 cijfers. Kijk de kolom na."),
        ({"naam": " "}, "'naam' is leeg. Vul het aan."),
        ({"naam": "n" * 251}, "In 'naam' staan meer dan 250 tekens. Kijk de kolom na."),
        ({"postcode": "9300 Aalst"}, "In 'postcode' staan meer dan 4 tekens. Kijk de kolom na."),
        (
            {"einddatum": "ooit"},
            "Kolom 'einddatum': Hier staat geen datum die we kennen. "
            "Schrijf dd/mm/jjjj, zoals 14/09/2020.",
        ),
        (
            {"ingerichte_hoofdstructuren": "111-x"},
            "De hoofdstructuren zijn niet te lezen. Schrijf ze als 111-211, of laat ze leeg.",
        ),
        (
            {"schoolnummer": "26"},
            "Nummer 000026 stond al op regel 2, en die telt. Laat er één staan.",
        ),
    ],
)
def test_a_bad_row_is_left_out_with_its_line_and_the_others_go_on(
    cells: dict[str, str], reason: str
) -> None:
    content = school_file(school(schoolnummer="26"), school(**cells), school(schoolnummer="34"))
    reading = read_schools(content)
    assert refusals(reading) == [(3, reason)]
    assert [number for _kind, number in reading.by_organisation] == ["000026", "000034"]


def test_a_row_of_another_width_is_left_out() -> None:
    content = school_file(school()) + b'"26";"1"\r'
    reading = read_schools(content)
    assert [line for line, _reason in refusals(reading)] == [3]
    assert list(reading.by_organisation) == [KEY]


@pytest.mark.parametrize(
    ("cells", "warning"),
    [
        ({"schoolnummer": "19"}, "Kijk nummer 000019 na: het laatste cijfer klopt niet."),
        ({"niscode": "62063"}, "NIS-code 62063 ligt in geen provincie die we kennen."),
        (
            {"niscode": "11002"},
            "NIS-code 11002 ligt in Antwerpen, in kolom 'provincie' staat wat anders. De NIS-code "
            "telt.",
        ),
    ],
)
def test_what_is_strange_is_a_warning_and_stops_nothing(
    cells: dict[str, str], warning: str
) -> None:
    reading = read_schools(school_file(school(**cells)))
    assert [(remark.line, remark.text) for remark in reading.warnings] == [(2, warning)]
    assert (len(reading.by_organisation), reading.refused) == (1, [])


@pytest.mark.parametrize(
    ("nis_code", "written"),
    [("21004", "Brussels Hoofdstedelijk Gewest"), ("11002", "Provincie Antwerpen"), ("11002", "")],
)
def test_a_province_may_be_written_otherwise_or_not(nis_code: str, written: str) -> None:
    row = school(niscode=nis_code, provincie=written)
    assert read_schools(school_file(row)).warnings == []


def test_sites_are_not_schools_of_their_own() -> None:
    reading = read_schools(school_file(school(), school(hoofdzetel="False")))
    assert (list(reading.by_organisation), reading.refused) == ([KEY], [])
    assert [remark.text for remark in reading.warnings] == [
        "1 rij is een vestigingsplaats. We lezen alleen hoofdzetels."
    ]


def test_a_municipality_and_its_ocmw_are_two_organisations() -> None:
    reading = read_local_governments(local_file(municipality()))
    place = {
        "municipality": "Aalst",
        "nis_code": "41002",
        "province": Province.OOST_VLAANDEREN,
        "postcode": "9300",
    }
    assert {key: row.values for key, row in reading.by_organisation.items()} == {
        ("MUNICIPALITY", "0207437468"): {"name": "Gemeente Aalst", **place},
        ("OCMW", "0212237186"): {"name": "OCMW Aalst", **place},
    }


def test_what_a_list_of_municipalities_does_not_hold_is_not_told() -> None:
    headings = ["nis", "gemeente", "kbo_gemeente", "kbo_ocmw"]
    reading = read_local_governments(local_file(municipality(), headings=headings))
    assert all("postcode" not in row.values for row in reading.by_organisation.values())


def test_a_wrong_kbo_number_refuses_that_one_and_a_missing_one_is_a_warning() -> None:
    reading = read_local_governments(
        local_file(municipality(kbo_gemeente="0207437469"), municipality(kbo_ocmw=""))
    )
    reason = "Gemeente Aalst: Dit KBO-nummer klopt niet. Kijk het na in de Kruispuntbank."
    assert refusals(reading) == [(2, reason)]
    assert list(reading.by_organisation) == [("OCMW", "0212237186"), ("MUNICIPALITY", "0207437468")]
    assert [remark.text for remark in reading.warnings] == [
        "1 organisatie heeft hier geen KBO-nummer. We nemen ze niet op."
    ]


def test_a_kbo_number_may_have_dots() -> None:
    reading = read_local_governments(local_file(municipality(kbo_ocmw="0212.237.186")))
    assert ("OCMW", "0212237186") in reading.by_organisation


@pytest.mark.parametrize("pupils", ["", "veel", "1.502", "-3", "1000000", "٣"])
def test_a_number_of_pupils_is_a_whole_number(pupils: str) -> None:
    reading = read_pupil_counts(count_file(("18", "502"), ("26", pupils)))
    assert said(reading) == {"pupils": 502}
    assert refusals(reading) == [
        (3, "Het aantal leerlingen is geen geheel getal. Schrijf alleen cijfers, zoals 1502.")
    ]


any_cell = st.one_of(
    st.sampled_from([*school().values(), *municipality().values(), "31/12/4444", "999999"]),
    st.text(max_size=8),
)


@st.composite
def official(draw: st.DrawFn) -> bytes:
    """A file with the headings of one of the lists, with any cells or any bytes below them."""
    headings = draw(st.sampled_from([SCHOOL_HEADINGS, LOCAL_HEADINGS]))
    rows = draw(st.lists(st.dictionaries(st.sampled_from(headings), any_cell), max_size=4))
    whole = school_file(*(school() | row for row in rows), headings=headings)
    return whole + draw(st.binary(max_size=40))


@given(st.one_of(st.binary(max_size=300), official()))
def test_any_bytes_are_rows_or_a_sentence(content: bytes) -> None:
    for read in (read_schools, read_local_governments, read_pupil_counts):
        try:
            reading = read(content)
        except Refused:
            continue
        assert reading.rows > 0
        assert all(remark.line and remark.text for remark in reading.refused)
