"""Organisations for tests."""

from datetime import date

from schools.models import EducationType, Organisation
from schools.official import province_of


def make_school(
    *,
    number: str,
    name: str = "Vrije Basisschool",
    municipality: str = "Aalst",
    nis_code: str = "41002",
    education_types: tuple[str, ...] = (EducationType.PRIMARY,),
    closed_on: date | None = None,
) -> Organisation:
    """A school; by default a primary school in Aalst."""
    return Organisation.objects.create(
        kind=Organisation.Kind.SCHOOL,
        number=number,
        name=name,
        municipality=municipality,
        nis_code=nis_code,
        province=province_of(nis_code),
        education_types=list(education_types),
        closed_on=closed_on,
    )


def make_ocmw(
    *, number: str = "0212237186", name: str = "OCMW Aalst", nis_code: str = "41002"
) -> Organisation:
    """A public welfare centre, which asks for pupils of any school."""
    return Organisation.objects.create(
        kind=Organisation.Kind.OCMW,
        number=number,
        name=name,
        municipality=name.removeprefix("OCMW "),
        nis_code=nis_code,
        province=province_of(nis_code),
    )
