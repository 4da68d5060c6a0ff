"""Who asks: the request of a coordinator, and the organisations they act for."""

from django.http import HttpRequest

from schools.models import Organisation, User


class CoordinatorRequest(HttpRequest):
    """A request that `roles_required(Role.COORDINATOR)` let through: there is a person."""

    user: User


def own_organisations(request: CoordinatorRequest) -> list[Organisation]:
    """The organisations of this person, by name; more than one puts them in every list."""
    return list(Organisation.objects.visible_to(request.user).order_by("name", "pk"))
