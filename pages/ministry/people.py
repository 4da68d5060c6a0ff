"""The ministry invites somebody of a provider; for everybody else see `pages.people.views`."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import MINISTRY
from common.access import roles_required
from pages.ministry.people_forms import ProviderInvitationForm
from pages.people.views import invited
from pages.shared.person_request import PersonRequest
from vouchers.actions.stock.provider_people import invite_provider_person


@roles_required(*MINISTRY)
@require_http_methods(["GET", "HEAD", "POST"])
def invite_provider(request: PersonRequest) -> HttpResponse:
    """Invite somebody who delivers codes or reports activations for a provider."""
    form = ProviderInvitationForm(request.POST or None, by=request.user)
    if form.is_valid() and invited(request, form, invite_provider_person):
        return redirect("ministry_people")
    context = {
        "title": _("Iemand van een provider uitnodigen"),
        "form": form,
        "back": reverse("ministry_people"),
    }
    return render(request, "schools/invite.html", context)
