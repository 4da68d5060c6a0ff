"""What the government says of somebody, and what it means here."""

from datetime import date
from typing import Any

import pytest
from pytest_django import Settings

from accounts.acm.claims import read
from accounts.acm.tests.conftest import (
    APPLICATION,
    ministry_person,
    person_of,
    school_person,
    switch_on,
)
from common.refused import Refused
from conftest import Cast
from schools.models import Organisation

TODAY = date(2020, 3, 12)


@pytest.fixture(autouse=True)
def switched_on(settings: Settings, db: None) -> None:
    switch_on(settings, "https://authenticatie.example/op")


def numbers_of(claims: dict[str, Any]) -> list[str]:
    found = read(claims, today=TODAY).organisations
    return sorted(Organisation.objects.filter(pk__in=found).values_list("number", flat=True))


def code_of(claims: dict[str, Any]) -> str:
    with pytest.raises(Refused) as refused:
        read(claims, today=TODAY)
    return refused.value.code


def make_local(kind: str, number: str, **fields: Any) -> Organisation:
    return Organisation.objects.create(kind=kind, number=number, name=f"Aalst {kind}", **fields)


def test_a_coordinator_of_a_school(cast: Cast) -> None:
    found = read(school_person() | {"vo_email": "nele@school.example"}, today=TODAY)
    assert (found.sub, found.name, found.role) == ("nele-123", "Nele Nieuw", "coordinator")
    assert (found.organisations, found.address) == ((cast.school.pk,), "nele@school.example")


@pytest.mark.parametrize(
    "roles",
    [
        ["Coordinator:000018"],
        ["Coordinator:18"],
        ["Coordinator-gewoon:000018"],
        ["Coordinator"],
        ["Iets anders:000026", "Coordinator:000018"],
        "Coordinator:000018",
    ],
)
def test_how_a_role_may_be_written(cast: Cast, roles: Any) -> None:
    assert numbers_of(person_of("OV", "000018") | {f"{APPLICATION}_rol_3d": roles}) == ["000018"]


@pytest.mark.parametrize(
    "roles",
    [
        ["Coordinator:000018", "Coordinator:000026"],
        ["Coordinator:000018,000026"],
        ["Coordinator:000018;000026"],
        ["Coordinator-context:000018 000026"],
        ["Coordinator:000018,000026,999999"],
    ],
)
def test_several_organisations(cast: Cast, roles: list[str]) -> None:
    """The one that we do not know does not stand in the way of the others."""
    assert numbers_of(person_of("OV", "000018", *roles)) == ["000018", "000026"]


@pytest.mark.parametrize("written", ["0123456789", "0123.456.789"])
@pytest.mark.parametrize("kind", ["MUNICIPALITY", "OCMW"])
def test_local_government_by_kbo_number(kind: str, written: str) -> None:
    make_local(kind, "0123456789")
    assert numbers_of(person_of("LB", written, f"Coordinator:{written}")) == ["0123456789"]


def test_the_group_says_what_a_number_is(cast: Cast) -> None:
    """A school is no local government, and no number of one group opens another."""
    make_local("OCMW", "0123456789")
    assert (
        code_of(person_of("LB", "000018", "Coordinator:000018")) == "sign-on-organisation-unknown"
    )
    assert code_of(person_of("OV", "0123456789", "Coordinator")) == "sign-on-organisation-unknown"
    assert code_of(person_of("GID", "000018", "Coordinator")) == "sign-on-organisation-unknown"
    assert code_of(person_of("", "000018", "Coordinator")) == "sign-on-organisation-unknown"


@pytest.mark.parametrize(
    ("theirs", "ours"), [("Medewerker", "officer"), ("Beheerder", "administrator")]
)
def test_people_of_the_ministry(theirs: str, ours: str) -> None:
    found = read(ministry_person(theirs), today=TODAY)
    assert (found.role, found.organisations) == (ours, ())


def test_the_highest_role_counts() -> None:
    roles = ["Coordinator:000018", "Medewerker:OVO000123", "Beheerder:OVO000123"]
    assert read(person_of("GID", "OVO000123", *roles), today=TODAY).role == "administrator"


@pytest.mark.parametrize(
    "claims",
    [
        person_of("GID", "OVO999999", "Medewerker:OVO999999"),
        person_of("OV", "OVO000123", "Medewerker:OVO000123"),
        person_of("OV", "000018", "Beheerder:000018"),
        person_of("GID", "OVO000123", "Medewerker:000018"),
    ],
)
def test_nobody_else_gets_a_role_of_the_ministry(cast: Cast, claims: dict[str, Any]) -> None:
    assert code_of(claims) == "sign-on-organisation-unknown"


@pytest.mark.parametrize(
    "roles",
    [None, [], "", [None, 3], {"Coordinator": "000018"}, ["coordinator:000018"], [":000018"]],
)
def test_no_role_that_we_know(cast: Cast, roles: Any) -> None:
    claims = person_of("OV", "000018") | {f"{APPLICATION}_rol_3d": roles}
    assert code_of(claims) == "sign-on-role-unknown"


def test_a_closed_organisation(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(closed_on=TODAY)
    assert code_of(school_person()) == "sign-on-organisation-closed"
    both = person_of("OV", "000018", "Coordinator:000018,000026")
    assert numbers_of(both) == ["000026"]


def test_a_name_holds_no_address(cast: Cast) -> None:
    claims = school_person() | {"given_name": "Ga naar https://evil", "family_name": "<b>\x00x"}
    assert read(claims, today=TODAY).name == "Ga naar https evil b x"
    assert read(school_person() | {"given_name": None, "family_name": 3}, today=TODAY).name == ""


def test_strange_numbers_do_no_harm(cast: Cast) -> None:
    claims = person_of("OV", "000018", "Coordinator:\x00'; DROP\x00", "Coordinator:" + "9" * 9999)
    assert code_of(claims) == "sign-on-organisation-unknown"
