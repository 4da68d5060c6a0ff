"""People as tests need them."""

from accounts.models import Membership, Role, User
from schools.models import Organisation

PASSWORD = "een-lange-zin-voor-tests"


def make_coordinator(
    *organisations: Organisation, email: str = "coordinator@example.org", name: str = "Coördinator"
) -> User:
    user = User.objects.create_user(
        email=email, password=PASSWORD, name=name, role=Role.COORDINATOR
    )
    for organisation in organisations:
        Membership.objects.create(user=user, organisation=organisation)
    return user


def make_ministry_user(
    *, email: str = "ministry@example.org", name: str = "Ministerie", role: str = Role.OFFICER
) -> User:
    return User.objects.create_user(email=email, password=PASSWORD, name=name, role=role)
