"""What the provider's pages have in common."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from schools.models import Role, User
from voucherportal.access import roles_required
from vouchers.models import Provider

provider_only = roles_required(Role.PROVIDER)


class ProviderRequest(HttpRequest):
    """A request that `provider_only` let through."""

    user: User


def own_provider(request: ProviderRequest) -> Provider:
    """The provider this person works for; 404 for who works for none."""
    return get_object_or_404(Provider.objects.visible_to(request.user))
