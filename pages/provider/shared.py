"""What the provider's pages have in common. Tested in `pages.provider.tests.test_views`."""

from datetime import date

from django.shortcuts import get_object_or_404

from accounts.models import Role, User
from common.access import roles_required
from pages.shared.person_request import PersonRequest
from vouchers.models import Provider
from vouchers.models.files import reported_until

provider_only = roles_required(Role.PROVIDER)


class ProviderRequest(PersonRequest):
    """A request that `provider_only` let through."""


def own_provider(request: ProviderRequest) -> Provider:
    """The provider this person works for; 404 for anyone who works for none."""
    return get_object_or_404(Provider.objects.visible_to(request.user))


def own_reported_until(user: User) -> date | None:
    """Up to which day this person's provider has reported its activations."""
    until = reported_until()
    own = Provider.objects.visible_to(user).values_list("pk", flat=True)
    return max((until[pk] for pk in own if pk in until), default=None)
