"""What the provider's pages have in common."""

from django.shortcuts import get_object_or_404

from accounts.models import Role
from common.access import roles_required
from pages.shared.person_request import PersonRequest
from vouchers.models import Provider

provider_only = roles_required(Role.PROVIDER)


class ProviderRequest(PersonRequest):
    """A request that `provider_only` let through."""


def own_provider(request: ProviderRequest) -> Provider:
    """The provider this person works for; 404 for who works for none."""
    return get_object_or_404(Provider.objects.visible_to(request.user))
