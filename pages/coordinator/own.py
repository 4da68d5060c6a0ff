"""Who asks: the request of a coordinator, and the organisations they act for."""

from pages.shared.person_request import PersonRequest
from schools.models import Organisation


def own_organisations(request: PersonRequest) -> list[Organisation]:
    """The organisations of this person, by name; more than one puts them in every list."""
    return list(Organisation.objects.visible_to(request.user).order_by("name", "pk"))
