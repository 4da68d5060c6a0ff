"""The requests of the reader's own organisations: list, one request, withdraw, delete.

Tested in `pages.coordinator.tests.test_views`.
"""

from collections.abc import Iterable
from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from common import searches
from common.confirm import Done, Question, ask_first
from common.lists import page_of, page_shown, sort_of
from common.methods import GET_OR_POST
from common.refused import allowed
from common.state_text import StateText
from pages.coordinator.list_forms import OwnRequestFilter
from pages.coordinator.own import own_organisations
from pages.coordinator.shared import coordinator_only
from pages.coordinator.timeline import events
from pages.shared.person_request import PersonRequest
from pages.shared.texts import (
    pupil_for_coordinator,
    request_for_coordinator,
    share_for_coordinator,
)
from vouchers import policies
from vouchers.actions.requests import requests
from vouchers.models import Decision, DivisionShare, HandOut, Period, PupilLine, VoucherRequest
from vouchers.models.requests import VoucherRequestQuerySet

SORTS = {
    "nummer": ("number", "pk"),
    "leerlingen": ("asked", "pk"),
    "verstuurd": ("submitted_at", "pk"),
    "nieuwste": ("-pk",),
}


@coordinator_only
@require_safe
def request_list(request: PersonRequest) -> HttpResponse:
    """All requests of the reader's own organisations, newest first."""
    own = own_organisations(request)
    filters = OwnRequestFilter(
        request.GET, path=request.path, own=own, searched=searches.kept(request)
    )
    everything = VoucherRequest.objects.visible_to(request.user)
    sort, order = sort_of(request, SORTS, otherwise="nieuwste")
    found = filters.found(everything)
    if sort.endswith("leerlingen"):
        found = found.with_line_counts()
    page = page_shown(request, found.order_by(*order), _as_shown)
    context = {
        "title": _("Aanvragen"),
        "filters": filters,
        "page": page,
        "rows": [(each, request_for_coordinator(each)) for each in page],
        "total": everything.count(),
        "several": len(own) > 1,
        "sort": sort,
        "can_ask": Period.objects.open_for_requests(timezone.localdate()).exists(),
    }
    return render(request, "coordinator/request_list.html", context)


def _as_shown(requests: VoucherRequestQuerySet) -> VoucherRequestQuerySet:
    """These requests with everything that a page shows of them."""
    rows = requests.with_letters(timezone.localdate()).with_line_counts().with_refusal()
    return rows.select_related("organisation", "period")


@coordinator_only
@require_safe
def request_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """One request: facts, state and next step, its pupils, what happened."""
    rows = _as_shown(VoucherRequest.objects.visible_to(request.user))
    people = ("created_by", "submitted_by", "withdrawn_by")
    found = get_object_or_404(rows.select_related("wish_provider", *people), pk=pk)
    lines = found.lines.select_related("school").order_by("position", "pk")
    page = page_of(request, lines)
    context = {
        "title": _("Aanvraag {n}").format(n=found.label),
        "voucher_request": found,
        "state": request_for_coordinator(found),
        "facts": _facts(found),
        "page": page,
        "pupils": _pupils(page.object_list, timezone.localdate()),
        "events": events(found),
        "may": _may(request.user, found),
        "shortage": _shortage(found),
    }
    return render(request, "coordinator/request_detail.html", context)


def _shortage(found: VoucherRequest) -> str:
    """Why pupils are still waiting, when a division left them out."""
    share = DivisionShare.objects.of_request(found)
    if share is None or not share.waits or not found.waiting:
        return ""
    return share_for_coordinator(share)


def _may(user: User, found: VoucherRequest) -> dict[str, bool]:
    """Which buttons to show, according to the policies of the actions themselves."""
    return {
        "edit": allowed(policies.check_can_edit, user, found),
        "withdraw": allowed(policies.check_can_withdraw, user, found),
        "throw_away": allowed(policies.check_can_throw_away, user, found),
    }


def _facts(found: VoucherRequest) -> list[dict[str, object]]:
    wish = _("geen voorkeur")
    if found.wish_provider:
        wish = f"{found.get_wish_display()}: {found.wish_provider}"
    rows: list[dict[str, object]] = [
        {"label": _("Organisatie"), "value": found.organisation},
        {"label": _("Golf"), "value": found.period},
        {"label": _("Aantal leerlingen"), "value": found.asked},
    ]
    if found.decided_at:
        rows += [
            {"label": _("Goedgekeurd"), "value": found.granted},
            {"label": _("Niet goedgekeurd"), "value": found.refused},
            {"label": _("Codes gekregen"), "value": found.handed_out},
        ]
    rows.append({"label": _("Provider"), "value": wish})
    if found.note:
        rows.append({"label": _("Toelichting"), "value": found.note})
    return rows


def _pupils(lines: Iterable[PupilLine], today: date) -> list[tuple[PupilLine, StateText]]:
    """Each pupil with what the coordinator reads about it; three queries for any number of
    pupils."""
    lines = list(lines)
    hand_outs = {
        each.line_id: each
        for each in HandOut.objects.filter(line__in=lines)
        .select_related("voucher")
        .with_last_day()
        .with_activation()
        .latest_of_each_line()
    }
    reasons = dict(
        Decision.objects.standing()
        .filter(line__in=lines, granted=False)
        .values_list("line", "reason")
    )
    return [
        (
            line,
            pupil_for_coordinator(line, hand_outs.get(line.pk), today, reasons.get(line.pk, "")),
        )
        for line in lines
    ]


@coordinator_only
@GET_OR_POST
def request_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Withdraw a request that was sent."""
    found = _own_request(request, pk)
    pupils = found.lines.standing_or_draft().count()
    happens = [
        ngettext(
            "Je aanvraag voor {n} leerling vervalt. Het ministerie beslist er niet meer over.",
            "Je aanvraag voor {n} leerlingen vervalt. Het ministerie beslist er niet meer over.",
            pupils,
        ).format(n=pupils),
        _("Dezelfde leerlingen kan je daarna in een nieuwe aanvraag zetten."),
    ]

    def act() -> Done:
        requests.withdraw(request=found, by=request.user, now=timezone.now())
        return Done(_("Aanvraag {n} is ingetrokken.").format(n=found.label))

    return ask_first(
        request,
        _question(
            found,
            title=_("Aanvraag {n} intrekken?"),
            happens=happens,
            button=_("Aanvraag intrekken"),
        ),
        act,
        check=lambda: policies.check_can_withdraw(request.user, found),
    )


@coordinator_only
@GET_OR_POST
def request_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete a draft."""
    found = _own_request(request, pk)
    pupils = found.lines.count()
    happens = [
        ngettext(
            "De aanvraag en de referentie van {n} leerling zijn dan weg.",
            "De aanvraag en de referenties van {n} leerlingen zijn dan weg.",
            pupils,
        ).format(n=pupils)
    ]

    def act() -> Done:
        requests.throw_away(request=found, by=request.user)
        sentence = _("Aanvraag {n} is weggegooid.").format(n=found.label)
        return Done(sentence, to=reverse("request_list"))

    return ask_first(
        request,
        _question(
            found,
            title=_("Aanvraag {n} weggooien?"),
            happens=happens,
            button=_("Aanvraag weggooien"),
        ),
        act,
        check=lambda: policies.check_can_throw_away(request.user, found),
    )


def _question(found: VoucherRequest, *, title: str, happens: list[str], button: str) -> Question:
    """The question before something irreversible."""
    return Question(
        title=title.format(n=found.label),
        happens=happens,
        button=button,
        undo=_("Dit kan je niet ongedaan maken."),
        danger=True,
        back=reverse("request_detail", args=[found.pk]),
        parent_label=found.label,
    )


def _own_request(request: PersonRequest, pk: int) -> VoucherRequest:
    rows = VoucherRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("organisation", "period"), pk=pk)
