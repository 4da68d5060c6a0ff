"""Acts on ticked requests, granting them or handing out their codes: the consequences first, then
the act.

Tested in `pages.ministry.tests.test_requests`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.confirm import Done, Question, ask_first, is_answer, nothing_chosen
from common.confirm import chosen as chosen_ids
from common.formats import as_number
from common.lists import numbers
from pages.ministry.forms import RequestFilter
from pages.ministry.requests import list_url, visible_requests
from pages.ministry.shared import ministry_only
from pages.shared.person_request import PersonRequest
from vouchers.actions.hand_out import handing_out
from vouchers.actions.requests import requests
from vouchers.models import VoucherRequest

REFUSALS_SHOWN = 5
# Each takes some hundredths of a second, and somebody is waiting for the page.
MOST_AT_ONCE = 100


@ministry_only
@require_POST
def grant_selection(request: PersonRequest) -> HttpResponse:
    """Grant ticked requests completely."""
    chosen, left = _chosen(request, RequestFilter.TO_DECIDE)
    pupils = sum(each.asked for each in chosen)
    return _ask(
        request,
        chosen,
        left,
        lambda: _grant(request, chosen, left),
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
        about=[each.submitted_at for each in chosen],
    )


def _grant(request: PersonRequest, chosen: Sequence[VoucherRequest], left: int) -> Done:
    ids = [each.pk for each in chosen]
    done = requests.grant_selection(requests=ids, by=request.user, now=timezone.now())
    sentence = ngettext(
        "{n} aanvraag goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
        "{n} aanvragen goedgekeurd, voor {pupils} leerlingen. Reik nu de codes uit.",
        done.requests,
    )
    said = sentence.format(n=as_number(done.requests), pupils=as_number(done.lines))
    return Done(
        said if done.requests else "",
        to="" if left or not done.requests else list_url(RequestFilter.WAITING),
        warnings=_refused(done.refused),
    )


@ministry_only
@require_POST
def hand_out_selection(request: PersonRequest) -> HttpResponse:
    """Hand out the codes of ticked requests, each request all or none."""
    chosen, left = _chosen(request, RequestFilter.WAITING)
    waiting = [each.waiting for each in chosen]
    return _ask(
        request,
        chosen,
        left,
        lambda: _hand_out(request, chosen),
        title=ngettext(
            "Codes uitreiken voor {n} aanvraag?", "Codes uitreiken voor {n} aanvragen?", len(chosen)
        ),
        happens=[
            ngettext(
                "{n} leerling wacht op een code.",
                "{n} leerlingen wachten op een code.",
                sum(waiting),
            ).format(n=as_number(sum(waiting))),
            _("Wie het langst wacht, gaat eerst. Een aanvraag krijgt al haar codes of geen."),
        ],
        undo=_("Zodra een brief afgedrukt is, kan je de code niet meer terugnemen."),
        button=_("Uitreiken"),
        about=waiting,
    )


def _hand_out(request: PersonRequest, chosen: Sequence[VoucherRequest]) -> Done:
    ids = [each.pk for each in chosen]
    done = handing_out.hand_out_selection(requests=ids, by=request.user, now=timezone.now())
    sentence = ngettext(
        "{codes} codes uitgereikt voor {n} aanvraag.",
        "{codes} codes uitgereikt voor {n} aanvragen.",
        done.requests,
    )
    said = sentence.format(n=as_number(done.requests), codes=as_number(done.codes))
    return Done(
        said if done.requests else "",
        to=list_url(RequestFilter.WAITING),
        warnings=_refused(done.refused),
    )


def _chosen(request: PersonRequest, state: str) -> tuple[list[VoucherRequest], int]:
    """The ticked requests in this state, or all that the list's filters show: at most as many as
    are handled at once, longest waiting first; and how many remain."""
    rows = visible_requests(request)
    if request.POST.get("everything") and not is_answer(request):
        found = RequestFilter(request.GET, state=state).found(rows)
    else:
        found = RequestFilter.in_state(rows.filter(pk__in=chosen_ids(request)), state)
    ids = list(found.order_by("submitted_at", "pk").values_list("pk", flat=True))
    chosen = rows.filter(pk__in=ids[:MOST_AT_ONCE]).with_line_counts().order_by("pk")
    left = len(ids[MOST_AT_ONCE:]) or next(iter(numbers([request.POST.get("left", "")])), 0)
    return list(chosen), left


def _back(request: PersonRequest) -> str:
    """The list with the filters that were active."""
    address = request.GET.urlencode()
    return reverse("ministry_requests") + (f"?{address}" if address else "")


def _left(number: int) -> str:
    sentence = ngettext(
        "Er gaan er {most} tegelijk: die het langst wachten. {n} aanvraag blijft in de lijst.",
        "Er gaan er {most} tegelijk: die het langst wachten. {n} aanvragen blijven in de lijst.",
        number,
    )
    return sentence.format(most=MOST_AT_ONCE, n=as_number(number))


def _ask(
    request: PersonRequest,
    chosen: Sequence[VoucherRequest],
    left: int,
    act: Callable[[], Done],
    *,
    title: str,
    **question: Any,
) -> HttpResponse:
    """Ask for confirmation and act, or return to the list when nothing was ticked."""
    back = _back(request)
    if not chosen:
        sentence = _("Kies eerst een of meer aanvragen.")
        messages.warning(request, nothing_chosen(request, sentence))
        return redirect(back)
    to_confirm = Question(
        title=title.format(n=as_number(len(chosen))),
        ids=[each.pk for each in chosen],
        aside=[_left(left)] if left else [],
        fields=[("left", left)] if left else [],
        action=f"{request.path}?{request.GET.urlencode()}",
        back=back,
        parent_label=_("Aanvragen"),
        **question,
    )
    return ask_first(request, to_confirm, act)


def _refused(refused: Sequence[tuple[VoucherRequest, str]]) -> list[str]:
    """Which ones were refused and why; the first few in full."""
    sentences = [f"{each.label}: {sentence}" for each, sentence in refused[:REFUSALS_SHOWN]]
    left = len(refused) - REFUSALS_SHOWN
    if left > 0:
        sentence = ngettext(
            "Bij nog {n} aanvraag lukte het niet. Open ze om te zien waarom.",
            "Bij nog {n} aanvragen lukte het niet. Open ze om te zien waarom.",
            left,
        )
        sentences.append(sentence.format(n=as_number(left)))
    return sentences
