"""Letters: which ones to print, the PDF, and recording that they were given to the families.

Tested in `pages.coordinator.tests.test_views`.
"""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import fresh_sign_in
from common.confirm import Done, Question, ask_first
from common.formats import as_number
from common.refused import Refused
from common.refused_shown import on_page
from pages.coordinator.hand_outs import (
    GIVEN,
    PRINTED,
    UNPRINTED,
    chosen,
    own_codes,
    shown,
    stage_filter,
)
from pages.coordinator.list_forms import ALL
from pages.coordinator.reclaims import notices_of
from pages.coordinator.shared import coordinator_only
from pages.shared.person_request import PersonRequest
from pages.shared.texts import hand_out_for_coordinator
from vouchers.actions.life import lifecycle, reveals
from vouchers.letters import LettersFailed
from vouchers.models import HandOut

STAGES = (UNPRINTED, PRINTED, GIVEN, ALL)
MOST_AT_ONCE = 1_000


@coordinator_only
@require_safe
def letters(request: PersonRequest) -> HttpResponse:
    """The available codes, those without a printed letter first and ticked."""
    form = stage_filter(request, *STAGES)
    found = shown(request, form, own_codes(request.user))
    today = timezone.localdate()
    context = {
        "title": _("Brieven"),
        "filters": form,
        "page": found.page,
        "rows": [
            (each, hand_out_for_coordinator(each, today), _ticked(each, today))
            for each in found.page
        ],
        "total": found.total,
        "sort": found.sort,
        "several": len(form.own) > 1,
        "notices": notices_of(request.user),
        "schools": any(not each.is_school for each in form.own),
        "query": request.GET.urlencode(),
        "actions": _actions(request, form.stage),
    }
    return render(request, "coordinator/letters.html", context)


def _actions(request: PersonRequest, stage: str) -> list[dict[str, str]]:
    """Buttons for the ticked letters; their links carry the filter, for those who choose the whole
    list."""
    query = request.GET.urlencode()
    given = {
        "value": "given",
        "label": _("Markeer als meegegeven"),
        "tone": "primary",
        "url": f"{reverse('letters_given')}?{query}",
    }
    printing = {
        "value": "print",
        "label": _("Brieven afdrukken"),
        "url": f"{reverse('letters_print')}?{query}",
    }
    if stage == PRINTED:
        return [printing, given]
    return [printing | {"tone": "primary"}]


def _ticked(hand_out: HandOut, today: date) -> bool:
    """By default those not printed yet, as long as the code still works."""
    return hand_out.revealed_at is None and hand_out.last_day >= today


@coordinator_only
@fresh_sign_in
@require_POST
@never_cache
def letters_print(request: PersonRequest) -> HttpResponse:
    """First what printing means; once confirmed, the PDF. No browser or proxy may store it."""
    codes = chosen(request, stage_filter(request, *STAGES))
    if not codes or len(codes) > MOST_AT_ONCE:
        messages.warning(request, _how_many(len(codes)))
        return _back(request)
    return ask_first(
        request,
        _printing(request, codes),
        lambda: _printed(request, codes),
        template="coordinator/letters_confirm.html",
        context={"codes": codes},
    )


def _printing(request: PersonRequest, codes: Sequence[HandOut]) -> Question:
    title = ngettext("{n} brief afdrukken?", "{n} brieven afdrukken?", len(codes))
    again = sum(each.revealed_at is not None for each in codes)
    printed_before = ngettext(
        "{n} brief is al eens afgedrukt. Gooi het oude blad weg.",
        "{n} brieven zijn al eens afgedrukt. Gooi de oude bladen weg.",
        again,
    )
    return Question(
        title=title.format(n=len(codes)),
        happens=[
            _(
                "Je krijgt één PDF met een bladzijde per leerling. Elke bladzijde toont een geheime"
                " code."
            ),
            _(
                "We onthouden dat jij deze codes vandaag zag. Een code die iemand zag, gaat nooit"
                " naar een andere organisatie."
            ),
            *([printed_before.format(n=again)] if again else []),
            _("Je kan de brieven hier altijd opnieuw afdrukken."),
        ],
        ids=[each.pk for each in codes],
        button=_("Maak de brieven (PDF)"),
        action=_address(request, "letters_print"),
        back=_address(request, "letters"),
        parent_label=_("Brieven"),
    )


def _printed(request: PersonRequest, codes: Sequence[HandOut]) -> HttpResponse:
    try:
        pdf = reveals.print_letters(
            hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
        )
    except LettersFailed:
        messages.error(request, _no_letters())
        return _back(request)
    return _download(pdf)


def _no_letters() -> str:
    sentence = _("De brieven konden niet gemaakt worden. Er is niets afgedrukt. Mail {email}.")
    return sentence.format(email=settings.SUPPORT_EMAIL)


def _download(pdf: bytes) -> HttpResponse:
    name = f"brieven-{timezone.localdate():%Y-%m-%d}.pdf"
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _how_many(number: int) -> str:
    if not number:
        return _("Vink eerst aan voor welke leerlingen je een brief wil.")
    return _("Kies ten hoogste {n} brieven tegelijk.").format(n=as_number(MOST_AT_ONCE))


def _back(request: PersonRequest) -> HttpResponseRedirect:
    return redirect(_address(request, "letters"))


def _address(request: PersonRequest, name: str) -> str:
    """That page, with the filter of this one."""
    query = request.GET.urlencode()
    return reverse(name) + (f"?{query}" if query else "")


@coordinator_only
@require_POST
def letters_given(request: PersonRequest) -> HttpResponse:
    """The ticked letters went home: first how many; once confirmed, it is recorded."""
    codes = chosen(request, stage_filter(request, *STAGES))
    if not codes:
        messages.warning(request, _("Vink eerst aan welke brieven je meegaf."))
        return _back(request)
    ready = [each for each in codes if each.revealed_at and not each.given_at]
    if ready:
        question = _giving(request, ready, _unprinted(codes))
        return ask_first(request, question, lambda: _given(request, codes))
    try:
        given = _given(request, codes)
    except Refused as refusal:
        on_page(request, refusal)
    else:
        for sentence in given.warnings or [given.said]:
            messages.warning(request, sentence)
    return _back(request)


def _given(request: PersonRequest, codes: Sequence[HandOut]) -> Done:
    given = lifecycle.mark_given(
        hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
    )
    left = _unprinted(codes)
    said = ngettext("{n} brief staat als meegegeven.", "{n} brieven staan als meegegeven.", given)
    return Done(said.format(n=given) if given or not left else "", warnings=left)


def _unprinted(codes: Sequence[HandOut]) -> list[str]:
    """A sentence about those that stay as they are because nobody printed them."""
    n = sum(each.revealed_at is None for each in codes)
    sentence = ngettext(
        "{n} brief is nog niet afgedrukt en blijft staan. Druk ze eerst af.",
        "{n} brieven zijn nog niet afgedrukt en blijven staan. Druk ze eerst af.",
        n,
    )
    return [sentence.format(n=n)] if n else []


def _giving(request: PersonRequest, ready: Sequence[HandOut], left: Sequence[str]) -> Question:
    """The question; its form sends the very letters that it counts."""
    n = len(ready)
    title = ngettext(
        "{n} brief als meegegeven markeren?", "{n} brieven als meegegeven markeren?", n
    )
    happens = ngettext(
        "{n} gezin heeft de brief dan gekregen. Je ziet het daarna bij Gezinnen.",
        "{n} gezinnen hebben de brief dan gekregen. Je ziet ze daarna bij Gezinnen.",
        n,
    )
    return Question(
        title=title.format(n=n),
        happens=[happens.format(n=n)],
        aside=left,
        undo=_("Vergist? Kies de brieven dan bij Gezinnen en zeg ‘Toch niet meegegeven’."),
        ids=[each.pk for each in ready],
        button=_("Markeer als meegegeven"),
        action=_address(request, "letters_given"),
        back=_address(request, "letters"),
        parent_label=_("Brieven"),
    )
