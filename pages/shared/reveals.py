"""Who saw codes, when and how: by person or by organisation. Which codes is never shown.

Tested in `pages.ministry.tests.test_alerts`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.lists import page_of
from pages.coordinator.shared import coordinator_only
from pages.ministry.shared import ministry_only
from pages.ministry.watching_forms import RevealFilter
from pages.shared.person_request import PersonRequest
from schools.models import Organisation
from vouchers.models import Provider, Reveal, VoucherRequest
from vouchers.models.hand_outs import RevealQuerySet
from vouchers.states import Channel

OF_REQUEST = "hand_out__line__request"


@ministry_only
@require_safe
def of_person(request: PersonRequest, pk: int) -> HttpResponse:
    """What one person saw, and for which organisation or provider."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    return _listed(
        request,
        Reveal.objects.visible_to(request.user).filter(revealed_to=person),
        title=_("Wat {person} bekeek").format(person=person),
        up=(reverse("ministry_person", args=[pk]), person.name),
        nothing=_("{person} bekeek nog geen codes.").format(person=person),
    )


@ministry_only
@require_safe
def of_organisation(request: PersonRequest, pk: int) -> HttpResponse:
    """Who saw codes of one organisation."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    return _listed(
        request,
        Reveal.objects.visible_to(request.user).filter(organisation=organisation),
        title=_("Bekeken codes van {organisation}").format(organisation=organisation),
        up=(reverse("ministry_organisation", args=[pk]), organisation.name),
        nothing=_("Niemand van deze organisatie bekeek al een code."),
    )


@coordinator_only
@require_safe
def of_own(request: PersonRequest) -> HttpResponse:
    """Who saw codes of the reader's own organisations."""
    return _listed(
        request,
        Reveal.objects.visible_to(request.user),
        title=_("Wie bekeek onze codes?"),
        up=(reverse("my_organisation"), _("Mijn organisatie")),
        nothing=_("Nog niemand bekeek een code. Zodra iemand brieven afdrukt, staat het hier."),
    )


def _listed(
    request: PersonRequest,
    reveals: RevealQuerySet,
    *,
    title: str,
    up: tuple[str, str],
    nothing: str,
) -> HttpResponse:
    filters = RevealFilter(request.GET, path=request.path)
    page = page_of(request, filters.found(reveals).by_turn())
    page.object_list = shown_turns(page)
    context = {
        "title": title,
        "up_url": up[0],
        "up_label": up[1],
        "filters": filters,
        "page": page,
        "nothing": nothing,
    }
    return render(request, "reveals.html", context)


def shown_turns(page: Page[Any]) -> list[dict[str, Any]]:
    """The rows of `by_turn` with the people, organisations and requests that they name."""
    turns: Sequence[dict[str, Any]] = list(page.object_list)
    people = User.objects.in_bulk(_ids(turns, "revealed_to"))
    organisations = Organisation.objects.in_bulk(_ids(turns, "organisation"))
    providers = Provider.objects.in_bulk(_ids(turns, "provider"))
    requests = VoucherRequest.objects.select_related("period").in_bulk(_ids(turns, OF_REQUEST))
    return [
        {
            "at": turn["revealed_at"],
            "person": people[turn["revealed_to"]],
            "how": capfirst(Channel(turn["channel"]).label),
            "for": organisations.get(turn["organisation"]) or providers.get(turn["provider"]),
            "request": requests.get(turn[OF_REQUEST]),
            "codes": turn["codes"],
        }
        for turn in turns
    ]


def _ids(turns: Iterable[dict[str, Any]], name: str) -> set[int]:
    return {turn[name] for turn in turns if turn[name] is not None}
