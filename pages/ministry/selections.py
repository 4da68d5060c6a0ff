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

from common.formats import as_number
from pages.ministry.forms import RequestFilter
from pages.ministry.requests import list_url, visible_requests
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.lists import numbers
from pages.shared.person_request import PersonRequest
from vouchers.actions.hand_out import handing_out
from vouchers.actions.requests import requests
from vouchers.models import VoucherRequest

REFUSALS_SHOWN = 5
# Each takes some hundredths of a second, and somebody waits for the page.
MOST_AT_ONCE = 100


@ministry_only
@require_POST
def grant_selection(request: PersonRequest) -> HttpResponse:
    """Grant ticked requests completely."""
    if request.POST.get("confirmed"):
        return _grant(request)
    chosen, left = _chosen(request, RequestFilter.TO_DECIDE)
    pupils = sum(vars(each)["asked"] for each in chosen)
    return _confirm(
        request, chosen, left, "ministry_grant_selection",
        title=ngettext(
            "{n} aanvraag helemaal goedkeuren?", "{n} aanvragen helemaal goedkeuren?", len(chosen)
        ),
        happens=[
            ngettext("Je keurt {n} leerling goed.", "Je keurt {n} leerlingen goed.", pupils).format(
                n=as_number(pupils)
            ),
            _("De codes reik je daarna uit. De aanvragers zien dat het goedgekeurd is."),
        ],
        undo=_("Je kan dit per aanvraag ongedaan maken zolang er geen codes uitgereikt zijn."),
        button=_("Goedkeuren"),
    )  # fmt: skip


def _grant(request: PersonRequest) -> HttpResponse:
    ids = numbers(request.POST.get("ids", "").split(","))[:MOST_AT_ONCE]
    done = requests.grant_selection(requests=ids, by=request.user, now=timezone.now())
    if done.requests:
        sentence = ngettext(
            "{n} aanvraag goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
            "{n} aanvragen goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
            done.requests,
        )
        messages.success(
            request, sentence.format(n=as_number(done.requests), pupils=as_number(done.lines))
        )
    _say_refused(request, done.refused)
    if request.POST.get("left") or not done.requests:
        return redirect(_back(request))
    return redirect(list_url(RequestFilter.WAITING))


@ministry_only
@require_POST
def hand_out_selection(request: PersonRequest) -> HttpResponse:
    """Hand out the codes of ticked requests, each request all or none."""
    if request.POST.get("confirmed"):
        return _hand_out(request)
    chosen, left = _chosen(request, RequestFilter.WAITING)
    pupils = sum(vars(each)["waiting"] for each in chosen)
    return _confirm(
        request, chosen, left, "ministry_hand_out_selection",
        title=ngettext(
            "Codes uitreiken voor {n} aanvraag?", "Codes uitreiken voor {n} aanvragen?", len(chosen)
        ),
        happens=[
            ngettext(
                "{n} leerling wacht op een code.", "{n} leerlingen wachten op een code.", pupils
            ).format(n=as_number(pupils)),
            _("Wie het langst wacht, gaat eerst. Een aanvraag krijgt al haar codes of geen."),
        ],
        undo=_("Zodra een brief afgedrukt is, kan je de code niet meer terugnemen."),
        button=_("Uitreiken"),
    )  # fmt: skip


def _hand_out(request: PersonRequest) -> HttpResponse:
    ids = numbers(request.POST.get("ids", "").split(","))[:MOST_AT_ONCE]
    done = handing_out.hand_out_selection(requests=ids, by=request.user, now=timezone.now())
    if done.requests:
        sentence = ngettext(
            "{codes} codes uitgereikt voor {n} aanvraag.",
            "{codes} codes uitgereikt voor {n} aanvragen.",
            done.requests,
        )
        messages.success(
            request, sentence.format(n=as_number(done.requests), codes=as_number(done.codes))
        )
    _say_refused(request, done.refused)
    return redirect(list_url(RequestFilter.WAITING))


def _chosen(request: PersonRequest, state: str) -> tuple[list[VoucherRequest], int]:
    """The ticked requests in this state, or all that the filters of the list show: as many as go
    at once, those that wait longest, and how many that leaves."""
    filters = RequestFilter(request.GET, state=state)
    rows = visible_requests(request)
    if request.POST.get("everything"):
        found = filters.found(rows)
    else:
        ticked = rows.filter(pk__in=numbers(request.POST.getlist("selected")))
        found = RequestFilter.in_state(ticked, state)
    ids = list(found.order_by("submitted_at", "pk").values_list("pk", flat=True))
    chosen = rows.filter(pk__in=ids[:MOST_AT_ONCE]).with_line_counts()
    return list(chosen), len(ids[MOST_AT_ONCE:])


def _back(request: PersonRequest) -> str:
    """The list with the filters that were on."""
    address = request.GET.urlencode()
    return reverse("ministry_requests") + (f"?{address}" if address else "")


def _left(number: int) -> str:
    sentence = ngettext(
        "Er gaan er {most} tegelijk: die het langst wachten. {n} aanvraag blijft in de lijst.",
        "Er gaan er {most} tegelijk: die het langst wachten. {n} aanvragen blijven in de lijst.",
        number,
    )
    return sentence.format(most=MOST_AT_ONCE, n=as_number(number))


def _confirm(
    request: PersonRequest,
    chosen: Sequence[VoucherRequest],
    left: int,
    view: str,
    *,
    title: str,
    happens: list[str],
    undo: str,
    button: str,
) -> HttpResponse:
    """The page that asks, or back to the list when nothing was ticked."""
    back = _back(request)
    if not chosen:
        messages.warning(request, _("Kies eerst een of meer aanvragen."))
        return redirect(back)
    return confirmation(
        request, title=title.format(n=as_number(len(chosen))), undo=undo,
        happens=[*happens, _left(left)] if left else happens,
        fields=[
            ("confirmed", "1"),
            ("ids", ",".join(str(each.pk) for each in chosen)),
            *([("left", left)] if left else []),
        ],
        action=f"{reverse(view)}?{request.GET.urlencode()}", button=button, cancel_url=back,
        parent_url=back,
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
        messages.warning(request, sentence.format(n=as_number(left)))
