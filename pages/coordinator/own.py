"""The organisations that a coordinator acts for. Tested in `pages.coordinator.tests.test_views`."""

from pages.shared.person_request import PersonRequest
from schools.models import Organisation


def own_organisations(request: PersonRequest) -> list[Organisation]:
    """The organisations of this person, by name; when there are several, every list shows them."""
    return list(Organisation.objects.visible_to(request.user).order_by("name", "pk"))
