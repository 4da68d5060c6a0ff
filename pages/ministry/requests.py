"""The queue of requests, and one request beside what the portal knows about its organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.lists import page_of
from common.refused import Refused, allowed
from common.state_text import StateText
from pages.ministry.forms import RequestFilter
from pages.ministry.shared import ministry_only
from pages.ministry.timeline import events
from pages.shared.person_request import PersonRequest
from pages.shared.texts import request_for_officer, share_for_officer
from schools.models import Organisation, PupilCount
from vouchers import policies
from vouchers.actions.requests.requests import possible_doubles
from vouchers.models import Decision, DivisionShare, HandOut, Period, PupilLine, VoucherRequest
from vouchers.models.requests import VoucherRequestQuerySet
from vouchers.states import LineState, RequestState, Wish

EARLIER_SHOWN = 10
SCHOOLS_SHOWN = 20
ORDERS = {
    "verstuurd": ("submitted_at", "pk"),
    "organisatie": ("organisation__name", "pk"),
    "nummer": ("period__prefix", "number"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A request in a list, with its state in words."""

    request: VoucherRequest
    state: StateText


@ministry_only
@require_safe
def request_list(request: PersonRequest) -> HttpResponse:
    """The queue: what waits for a decision, longest waiting first; other states by filter."""
    everything = VoucherRequest.objects.visible_to(request.user)
    filters = RequestFilter(request.GET, path=request.path)
    found = filters.found(everything)
    sort, order = _order(request.GET.get("sort", ""))
    page = page_of(request, found.order_by(*order))
    bulk = bulk_action(filters.state)
    context = {
        "title": _("Aanvragen"),
        "filters": filters,
        "page": page,
        "rows": request_rows(page.object_list, timezone.localdate()),
        "total": everything.count(),
        "sort": sort,
        "bulk": bulk,
        "actions": bulk["actions"] if bulk else [],
        "whole_periods": whole_periods(page.object_list, filters.state),
    }
    return render(request, "ministry/requests.html", context)


def bulk_action(state: str) -> dict[str, Any] | None:
    """What can be done with a selection of requests in this state, and where."""
    if state == RequestFilter.TO_DECIDE:
        url, label = reverse("ministry_grant_selection"), _("Goedkeuren")
    elif state == RequestFilter.WAITING:
        url, label = reverse("ministry_hand_out_selection"), _("Codes uitreiken")
    else:
        return None
    return {"url": url, "actions": [{"value": "do", "label": label, "tone": "primary"}]}


def whole_periods(requests: Iterable[VoucherRequest], state: str) -> list[Period]:
    """The periods of these requests, when they wait for codes: each may be handed out as a
    whole."""
    if state != RequestFilter.WAITING:
        return []
    periods = {each.period_id for each in requests}
    return list(Period.objects.filter(pk__in=periods, closed_at=None).latest_first())


def _order(asked: str) -> tuple[str, list[str]]:
    """The sort from the address, as displayed and as an ordering; oldest first by default."""
    name = asked.removeprefix("-")
    if name not in ORDERS:
        asked, name = "verstuurd", "verstuurd"
    sign = "-" if asked.startswith("-") else ""
    return asked, [sign + field for field in ORDERS[name]]


def request_rows(requests: Iterable[VoucherRequest], today: date) -> list[Row]:
    """These requests in their order, with counts and states in words; one query."""
    order = [each.pk for each in requests]
    counted = (
        VoucherRequest.objects.filter(pk__in=order)
        .with_line_counts()
        .select_related("organisation", "period")
    )
    found = {each.pk: each for each in counted}
    return [Row(found[pk], request_for_officer(found[pk], today)) for pk in order]


@ministry_only
@require_safe
def request_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One request: what is requested, by whom, beside the school's pupils and earlier requests."""
    voucher_request = get_object_or_404(visible_requests(request).with_line_counts(), pk=pk)
    today = timezone.localdate()
    schools = _schools(voucher_request)
    share = DivisionShare.objects.of_request(voucher_request)
    earlier = _earlier(visible_requests(request), voucher_request)
    context = {
        "title": _("Aanvraag {number}").format(number=voucher_request.label),
        "voucher_request": voucher_request,
        "state": request_for_officer(voucher_request, today),
        "facts": _facts(voucher_request),
        "schools": schools[:SCHOOLS_SHOWN],
        "schools_left": len(schools[SCHOOLS_SHOWN:]),
        "doubles": possible_doubles(voucher_request),
        "earlier": request_rows(earlier[:EARLIER_SHOWN], today),
        "earlier_total": earlier.count(),
        "page": page_of(request, _pupils(voucher_request)),
        "events": events(voucher_request),
        "kept_off": _why_kept_off(request.user, voucher_request),
        "can_decide": allowed(policies.check_can_decide, request.user, voucher_request),
        "can_undo": allowed(policies.check_can_undo_decision, request.user, voucher_request),
        "can_reclaim": _can_reclaim(request.user, voucher_request),
        "next_step": _next_step(voucher_request),
        "share": share_for_officer(share) if share else "",
        "division_url": reverse("ministry_division", args=[share.division_id]) if share else "",
        "can_hand_out": bool(voucher_request.waiting)
        and allowed(policies.check_can_hand_out, request.user, voucher_request),
    }
    return render(request, "ministry/request.html", context)


def _why_kept_off(user: User, voucher_request: VoucherRequest) -> str:
    """Why a colleague decides and hands out here; "" when this officer may."""
    try:
        policies.check_did_not_admit(user, voucher_request.organisation, timezone.now())
    except Refused as refusal:
        return refusal.message
    return ""


def _can_reclaim(user: User, voucher_request: VoucherRequest) -> bool:
    unseen = list(HandOut.objects.filter(line__request=voucher_request).reclaimable())
    return bool(unseen) and allowed(policies.check_can_reclaim, user, unseen)


def _next_step(voucher_request: VoucherRequest) -> str:
    """What happens next when the officer has nothing to do."""
    if voucher_request.state == RequestState.RETURNED:
        return _("Je hoeft niets te doen tot de aanvrager ze opnieuw verstuurt.")
    if voucher_request.state == RequestState.DECIDED and not voucher_request.waiting:
        if voucher_request.handed_out:
            return _("Je hoeft niets meer te doen: de aanvrager drukt de brieven af.")
        return _("Je hoeft niets meer te doen.")
    return ""


def visible_requests(request: PersonRequest) -> VoucherRequestQuerySet:
    """Requests this officer may see, with everything that each page names."""
    rows = VoucherRequest.objects.visible_to(request.user)
    return rows.select_related("organisation", "period", "wish_provider", "submitted_by")


def _earlier(
    requests: VoucherRequestQuerySet, voucher_request: VoucherRequest
) -> VoucherRequestQuerySet:
    same = requests.filter(organisation=voucher_request.organisation).exclude(pk=voucher_request.pk)
    return same.order_by("-submitted_at", "-pk")


def _facts(voucher_request: VoucherRequest) -> list[dict[str, Any]]:
    organisation = voucher_request.organisation
    rows: list[dict[str, Any]] = [
        {
            "label": capfirst(organisation.get_kind_display()),
            "value": organisation.name,
            "hint": f"{organisation.number}, {organisation.municipality}, "
            f"{organisation.get_province_display()}",
        },
        {"label": _("Golf"), "value": voucher_request.period},
        {"label": _("Leerlingen"), "value": voucher_request.asked},
        {"label": _("Wens"), "value": wish_in_words(voucher_request)},
    ]
    if voucher_request.note:
        rows.append({"label": _("Toelichting"), "value": voucher_request.note})
    if voucher_request.question:
        rows.append({"label": _("Onze vraag"), "value": voucher_request.question})
    return rows


def wish_in_words(row: VoucherRequest | PupilLine) -> str:
    """As in "liever Telenet" or "alleen Telenet"."""
    if row.wish == Wish.NONE or row.wish_provider is None:
        return _("geen voorkeur")
    sentence = _("liever {provider}") if row.wish == Wish.PREFER else _("alleen {provider}")
    return sentence.format(provider=row.wish_provider)


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """The pupils requested for a school beside the number it has; without that number there is no
    share."""

    school: Organisation
    asked: int
    pupils: int | None
    school_year: str

    @property
    def share(self) -> float | None:
        """Between 0 and 1."""
        return self.asked / self.pupils if self.pupils else None


def _schools(voucher_request: VoucherRequest) -> list[SchoolRow]:
    """The pupils' schools, most requested first; three queries."""
    lines = voucher_request.lines.exclude(state=LineState.WITHDRAWN).exclude(school=None)
    numbers = dict(lines.order_by().values_list("school").annotate(n=Count("pk")))
    counts = {
        each.organisation_id: each
        for each in PupilCount.objects.filter(organisation__in=numbers).order_by("school_year")
    }
    rows = []
    for school in Organisation.objects.filter(pk__in=numbers):
        known = counts.get(school.pk)
        rows.append(
            SchoolRow(
                school,
                numbers[school.pk],
                known.pupils if known else None,
                known.school_year if known else "",
            )
        )
    return sorted(rows, key=lambda row: (-row.asked, row.school.name, row.school.pk))


@dataclass(slots=True)
class PupilRow:
    """Consecutive pupils with the same details, by number, never by reference (rule 5)."""

    first: int
    last: int
    line: PupilLine
    wish: str
    state: StateText

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def _pupils(voucher_request: VoucherRequest) -> list[PupilRow]:
    lines = voucher_request.lines.select_related("school", "wish_provider").order_by(
        "position", "pk"
    )
    live = set(
        HandOut.objects.live().filter(line__request=voucher_request).values_list("line", flat=True)
    )
    refused = Decision.objects.standing().filter(line__request=voucher_request, granted=False)
    reasons = dict(refused.values_list("line", "reason"))
    rows: list[PupilRow] = []
    for number, line in enumerate(lines, 1):
        state = _pupil_state(line, handed_out=line.pk in live, reason=reasons.get(line.pk, ""))
        row = PupilRow(number, number, line, wish_in_words(line), state)
        if rows and _says(rows[-1]) == _says(row):
            rows[-1].last = number
        else:
            rows.append(row)
    return rows


def _says(row: PupilRow) -> tuple[object, ...]:
    return row.line.school_id, row.line.education_type, row.wish, row.state


def _pupil_state(line: PupilLine, *, handed_out: bool, reason: str) -> StateText:
    if line.state == LineState.GRANTED:
        if handed_out:
            return StateText(_("uitgereikt"), "success")
        return StateText(_("goedgekeurd, wacht op een code"), "info")
    if line.state == LineState.REFUSED:
        return StateText(_("geweigerd: {reason}").format(reason=reason), "error")
    tone = "warning" if line.state == LineState.ASKED else "neutral"
    return StateText(line.get_state_display(), tone)


def list_url(state: str = "") -> str:
    """The list of requests in a state, by default those that wait for a decision."""
    url = reverse("ministry_requests")
    return f"{url}?staat={state}" if state else url
