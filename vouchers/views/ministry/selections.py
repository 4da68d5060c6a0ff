"""Acts on ticked requests: grant them, hand out their codes; what it means first, then done."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from schools.scoping import PersonRequest
from voucherportal.templatetags.portal import getal
from vouchers.actions import handing_out, requests
from vouchers.forms.ministry import RequestFilter
from vouchers.models import VoucherRequest
from vouchers.models.requests import VoucherRequestQuerySet
from vouchers.views.lists import numbers
from vouchers.views.ministry.requests import list_url, visible_requests
from vouchers.views.ministry.shared import confirmation, ministry_only

REFUSALS_SHOWN = 5


@ministry_only
@require_POST
def grant_selection(request: PersonRequest) -> HttpResponse:
    """Grant ticked requests completely."""
    if request.POST.get("confirmed"):
        return _grant(request)
    chosen = _chosen(request, RequestFilter.TO_DECIDE)
    pupils = sum(vars(each)["asked"] for each in chosen)
    return _confirm(
        request, chosen, "ministry_grant_selection",
        title=ngettext(
            "{n} aanvraag helemaal goedkeuren?", "{n} aanvragen helemaal goedkeuren?", len(chosen)
        ),
        happens=[
            ngettext("Je keurt {n} leerling goed.", "Je keurt {n} leerlingen goed.", pupils).format(
                n=getal(pupils)
            ),
            _("De codes reik je daarna uit. De aanvragers zien dat het goedgekeurd is."),
        ],
        undo=_("Je kan dit per aanvraag ongedaan maken zolang er geen codes uitgereikt zijn."),
        button=_("Goedkeuren"),
    )  # fmt: skip


def _grant(request: PersonRequest) -> HttpResponse:
    ids = numbers(request.POST.get("ids", "").split(","))
    done = requests.grant_selection(requests=ids, by=request.user, now=timezone.now())
    if done.requests:
        sentence = ngettext(
            "{n} aanvraag goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
            "{n} aanvragen goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
            done.requests,
        )
        messages.success(request, sentence.format(n=getal(done.requests), pupils=getal(done.lines)))
    _say_refused(request, done.refused)
    return redirect(list_url(RequestFilter.WAITING if done.requests else ""))


@ministry_only
@require_POST
def hand_out_selection(request: PersonRequest) -> HttpResponse:
    """Hand out the codes of ticked requests, each request all or none."""
    if request.POST.get("confirmed"):
        return _hand_out(request)
    chosen = _chosen(request, RequestFilter.WAITING)
    pupils = sum(vars(each)["waiting"] for each in chosen)
    return _confirm(
        request, chosen, "ministry_hand_out_selection",
        title=ngettext(
            "Codes uitreiken voor {n} aanvraag?", "Codes uitreiken voor {n} aanvragen?", len(chosen)
        ),
        happens=[
            ngettext(
                "{n} leerling wacht op een code.", "{n} leerlingen wachten op een code.", pupils
            ).format(n=getal(pupils)),
            _("Wie het langst wacht, gaat eerst. Een aanvraag krijgt al haar codes of geen."),
        ],
        undo=_("Zodra een brief afgedrukt is, kan je de code niet meer terugnemen."),
        button=_("Uitreiken"),
    )  # fmt: skip


def _hand_out(request: PersonRequest) -> HttpResponse:
    ids = numbers(request.POST.get("ids", "").split(","))
    done = handing_out.hand_out_selection(requests=ids, by=request.user, now=timezone.now())
    if done.requests:
        sentence = ngettext(
            "{codes} codes uitgereikt voor {n} aanvraag.",
            "{codes} codes uitgereikt voor {n} aanvragen.",
            done.requests,
        )
        messages.success(request, sentence.format(n=getal(done.requests), codes=getal(done.codes)))
    _say_refused(request, done.refused)
    return redirect(list_url(RequestFilter.WAITING))


def _chosen(request: PersonRequest, state: str) -> list[VoucherRequest]:
    """The ticked requests in this state, or all that the filters of the list show."""
    filters = RequestFilter(request.GET, state=state)
    found: VoucherRequestQuerySet = visible_requests(request).with_line_counts()
    if request.POST.get("everything"):
        return list(filters.found(found))
    ticked = found.filter(pk__in=numbers(request.POST.getlist("selected")))
    return list(RequestFilter.in_state(ticked, state))


def _confirm(
    request: PersonRequest,
    chosen: Sequence[VoucherRequest],
    view: str,
    *,
    title: str,
    happens: list[str],
    undo: str,
    button: str,
) -> HttpResponse:
    """The page that asks, or back to the list when nothing was ticked."""
    address = request.GET.urlencode()
    back = reverse("ministry_requests") + (f"?{address}" if address else "")
    if not chosen:
        messages.warning(request, _("Kies eerst een of meer aanvragen."))
        return redirect(back)
    return confirmation(
        request, title=title.format(n=getal(len(chosen))), happens=happens, undo=undo,
        fields=[("confirmed", "1"), ("ids", ",".join(str(each.pk) for each in chosen))],
        action=reverse(view), button=button, cancel_url=back, parent_url=back,
        parent_label=_("Aanvragen"),
    )  # fmt: skip


def _say_refused(request: PersonRequest, refused: Sequence[tuple[VoucherRequest, str]]) -> None:
    for asked, sentence in refused[:REFUSALS_SHOWN]:
        messages.warning(request, f"{asked.label}: {sentence}")
    left = len(refused) - REFUSALS_SHOWN
    if left > 0:
        sentence = ngettext(
            "Bij nog {n} aanvraag lukte het niet. Open ze om te zien waarom.",
            "Bij nog {n} aanvragen lukte het niet. Open ze om te zien waarom.",
            left,
        )
        messages.warning(request, sentence.format(n=getal(left)))
