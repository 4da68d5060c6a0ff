"""The provider's own stock, in numbers; never a code.
Tested in `pages.provider.tests.test_views`."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pages.provider.shared import ProviderRequest, own_reported_until, provider_only
from vouchers.models import Pool


@provider_only
@require_safe
def provider_pools(request: ProviderRequest) -> HttpResponse:
    """Each pool of the provider's agreements: how many codes, where they are, how long they are
    valid."""
    pools = (
        Pool.objects.visible_to(request.user)
        .with_counts()
        .with_last_day()
        .select_related("agreement")
        .order_by("-agreement__starts_on", "name", "pk")
    )
    until = own_reported_until(request.user)
    context = {"title": _("Voorraad"), "pools": pools, "reported_until": until}
    return render(request, "provider/pools.html", context)
