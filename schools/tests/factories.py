"""People and organisations for tests."""

from datetime import date

from schools.models import EducationType, Membership, Organisation, Role, User
from schools.official import province_of

PASSWORD = "een-lange-zin-voor-tests"


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


def make_coordinator(
    *organisations: Organisation, email: str = "coordinator@example.org", name: str = "Coördinator"
) -> User:
    """Somebody who acts for these organisations."""
    user = User.objects.create_user(
        email=email, password=PASSWORD, name=name, role=Role.COORDINATOR
    )
    for organisation in organisations:
        Membership.objects.create(user=user, organisation=organisation)
    return user


def make_ministry_user(
    *, email: str = "ministry@example.org", name: str = "Ministerie", role: str = Role.OFFICER
) -> User:
    """An officer, or an administrator."""
    return User.objects.create_user(email=email, password=PASSWORD, name=name, role=role)
