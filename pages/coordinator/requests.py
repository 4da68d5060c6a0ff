"""The requests of one's own organisations: list, one request, withdraw, throw away."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role, User
from common.access import roles_required
from common.refused import Refused, allowed
from common.refused_shown import on_page
from pages.coordinator.list_forms import RequestFilter
from pages.coordinator.own import own_organisations
from pages.coordinator.timeline import events
from pages.shared.lists import chips, page_of, page_shown, sort_of
from pages.shared.person_request import PersonRequest
from pages.shared.texts import (
    StateText,
    pupil_for_coordinator,
    request_for_coordinator,
    share_for_coordinator,
)
from schools.models import Organisation
from vouchers import policies
from vouchers.actions.requests import requests
from vouchers.models import Decision, DivisionShare, HandOut, Period, PupilLine, VoucherRequest
from vouchers.models.handouts import with_letters
from vouchers.models.requests import VoucherRequestQuerySet

SORTS = {
    "nummer": ("number", "pk"),
    "leerlingen": ("asked", "pk"),
    "verstuurd": ("submitted_at", "pk"),
    "nieuwste": ("-pk",),
}


@roles_required(Role.COORDINATOR)
@require_safe
def request_list(request: PersonRequest) -> HttpResponse:
    """All requests of one's own organisations, the newest first."""
    own = own_organisations(request)
    form = RequestFilter(request.GET, own=own)
    everything = VoucherRequest.objects.visible_to(request.user)
    sort, order = sort_of(request, SORTS, otherwise="nieuwste")
    found = _filtered(everything, form)
    if sort.endswith("leerlingen"):
        found = found.with_line_counts()
    page = page_shown(request, found.order_by(*order), _as_shown)
    context = {
        "title": _("Aanvragen"),
        "filter_form": form,
        "chips": chips(request, form),
        "page_obj": page,
        "rows": [(each, request_for_coordinator(each)) for each in page],
        "total": everything.count(),
        "several": len(own) > 1,
        "sort": sort,
        "can_ask": Period.objects.open_for_requests(timezone.localdate()).exists(),
    }
    return render(request, "coordinator/request_list.html", context)


def _as_shown(requests: VoucherRequestQuerySet) -> VoucherRequestQuerySet:
    """These requests with what a page says of each."""
    rows = with_letters(requests, timezone.localdate()).with_line_counts().with_refusal()
    return rows.select_related("organisation", "period")


def _filtered(rows: VoucherRequestQuerySet, form: RequestFilter) -> VoucherRequestQuerySet:
    exact = {
        "state": form.value("staat"),
        "period__slug": form.value("golf"),
        "organisation": form.value("organisatie"),
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    text = form.value("zoek")
    return rows.filter(matching(text, form.own)) if text else rows


def matching(text: str, own: Sequence[Organisation]) -> Q:
    """Requests with this number or with a pupil of this reference, among those of one's own."""
    lines = PupilLine.objects.filter(organisation__in=own, reference__icontains=text)
    return numbered(text) | Q(pk__in=lines.values("request"))


def numbered(text: str) -> Q:
    """Requests with this number: "G1-00012" or just "12"; none when it is no number."""
    number = re.fullmatch(r"(?:(\w+)-)?0*(\d{1,9})", text.strip())
    if number is None:
        return Q(pk__in=[])
    found = Q(number=int(number[2]))
    return found & Q(period__prefix__iexact=number[1]) if number[1] else found


@roles_required(Role.COORDINATOR)
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
        "page_obj": page,
        "pupils": _pupils(page.object_list, timezone.localdate()),
        "events": events(found),
        "may": _may(request.user, found),
        "shortage": _shortage(found),
    }
    return render(request, "coordinator/request_detail.html", context)


def _shortage(found: VoucherRequest) -> str:
    """Why pupils still wait, when a division left them waiting."""
    share = DivisionShare.objects.of_request(found)
    if share is None or not share.waits or not vars(found)["waiting"]:
        return ""
    return share_for_coordinator(share)


def _may(user: User, found: VoucherRequest) -> dict[str, bool]:
    """Which buttons there are: the policies of the actions themselves say it."""
    return {
        "edit": allowed(policies.check_can_edit, user, found),
        "withdraw": allowed(policies.check_can_withdraw, user, found),
        "throw_away": allowed(policies.check_can_throw_away, user, found),
    }


def _facts(found: VoucherRequest) -> list[dict[str, object]]:
    wish = _("geen voorkeur")
    if found.wish_provider:
        wish = f"{found.get_wish_display()}: {found.wish_provider}"
    counts = vars(found)
    rows: list[dict[str, object]] = [
        {"label": _("Organisatie"), "value": found.organisation},
        {"label": _("Golf"), "value": found.period},
        {"label": _("Aantal leerlingen"), "value": counts["asked"]},
    ]
    if found.decided_at:
        rows += [
            {"label": _("Goedgekeurd"), "value": counts["granted"]},
            {"label": _("Niet goedgekeurd"), "value": counts["refused"]},
            {"label": _("Codes gekregen"), "value": counts["handed_out"]},
        ]
    rows.append({"label": _("Provider"), "value": wish})
    if found.note:
        rows.append({"label": _("Toelichting"), "value": found.note})
    return rows


def _pupils(lines: Iterable[PupilLine], today: date) -> list[tuple[PupilLine, StateText]]:
    """Each pupil with what the asker reads of it; three queries, however many pupils."""
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


@roles_required(Role.COORDINATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def request_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask whether to withdraw; posting does it."""
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
    if request.method != "POST":
        return _confirm(
            request, found, policies.check_can_withdraw,
            title=_("Aanvraag {n} intrekken?").format(n=found.label),
            happens=happens, button=_("Aanvraag intrekken"),
        )  # fmt: skip
    try:
        requests.withdraw(request=found, by=request.user, now=timezone.now())
        messages.success(request, _("Aanvraag {n} is ingetrokken.").format(n=found.label))
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
    return redirect("request_detail", pk=pk)


@roles_required(Role.COORDINATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def request_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask whether to throw a draft away; posting does it."""
    found = _own_request(request, pk)
    pupils = found.lines.count()
    if request.method != "POST":
        return _confirm(
            request, found, policies.check_can_throw_away,
            title=_("Aanvraag {n} weggooien?").format(n=found.label),
            happens=[
                ngettext(
                    "De aanvraag en de referentie van {n} leerling zijn dan weg.",
                    "De aanvraag en de referenties van {n} leerlingen zijn dan weg.",
                    pupils,
                ).format(n=pupils)
            ],
            button=_("Aanvraag weggooien"),
        )  # fmt: skip
    try:
        requests.throw_away(request=found, by=request.user)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
        return redirect("request_detail", pk=pk)
    messages.success(request, _("Aanvraag {n} is weggegooid.").format(n=found.label))
    return redirect("request_list")


def _own_request(request: PersonRequest, pk: int) -> VoucherRequest:
    rows = VoucherRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("organisation", "period"), pk=pk)


def _confirm(
    request: PersonRequest,
    found: VoucherRequest,
    check: Callable[[User, VoucherRequest], None],
    *,
    title: str,
    happens: list[str],
    button: str,
) -> HttpResponse:
    """The question before something that cannot be taken back, or why it cannot be asked."""
    try:
        check(request.user, found)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
        return redirect("request_detail", pk=found.pk)
    back = reverse("request_detail", args=[found.pk])
    context = {
        "title": title,
        "happens": happens,
        "undo": _("Dit kan je niet ongedaan maken."),
        "button": button,
        "danger": True,
        "cancel_url": back,
        "parent_url": back,
        "parent_label": found.label,
    }
    return render(request, "components/confirmation.html", context)
