"""Letters: which ones to print, the PDF, and that they went home."""

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

from accounts.models import Role
from accounts.sessions import fresh_sign_in
from common.access import roles_required
from common.formats import as_number
from common.refused import Refused
from common.refused_shown import on_page
from pages.coordinator.hand_outs import (
    ALL,
    GIVEN,
    PRINTED,
    UNPRINTED,
    chosen,
    own_codes,
    shown,
    stage_filter,
)
from pages.coordinator.reclaims import notices_of
from pages.shared.person_request import PersonRequest
from pages.shared.texts import hand_out_for_coordinator
from vouchers.actions.life import lifecycle, reveals
from vouchers.letters import LettersFailed
from vouchers.models import HandOut

STAGES = (UNPRINTED, PRINTED, GIVEN, ALL)
MOST_AT_ONCE = 1_000


@roles_required(Role.COORDINATOR)
@require_safe
def letters(request: PersonRequest) -> HttpResponse:
    """The codes that are there, those without a printed letter first and ticked."""
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
    """Buttons for the ticked letters; the filter goes along, for who takes the whole list."""
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
    """By default those not printed yet, when the code still works."""
    return hand_out.revealed_at is None and hand_out.last_day >= today


@roles_required(Role.COORDINATOR)
@fresh_sign_in
@require_POST
@never_cache
def letters_print(request: PersonRequest) -> HttpResponse:
    """First what printing means; confirmed, the PDF. Never kept by a browser or a proxy."""
    codes = chosen(request, stage_filter(request, *STAGES))
    if not codes or len(codes) > MOST_AT_ONCE:
        messages.warning(request, _how_many(len(codes)))
        return _back(request)
    if not _is_confirmed(request):
        return _confirm(request, codes)
    try:
        pdf = reveals.print_letters(
            hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        on_page(request, refusal)
        return _back(request)
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


def _is_confirmed(request: PersonRequest) -> bool:
    """Did the question name these very letters? The whole list is asked first, always: what its
    filter leaves may have changed."""
    return "confirmed" in request.POST and not request.POST.get("everything")


def _how_many(number: int) -> str:
    if not number:
        return _("Vink eerst aan voor welke leerlingen je een brief wil.")
    return _("Kies ten hoogste {n} brieven tegelijk.").format(n=as_number(MOST_AT_ONCE))


def _back(request: PersonRequest) -> HttpResponseRedirect:
    query = request.GET.urlencode()
    return redirect(reverse("letters") + (f"?{query}" if query else ""))


def _confirm(request: PersonRequest, codes: Sequence[HandOut]) -> HttpResponse:
    again = sum(each.revealed_at is not None for each in codes)
    title = ngettext("{n} brief afdrukken?", "{n} brieven afdrukken?", len(codes))
    context = {
        "title": title.format(n=len(codes)),
        "codes": codes,
        "again": again,
        "query": request.GET.urlencode(),
    }
    return render(request, "coordinator/letters_confirm.html", context)


@roles_required(Role.COORDINATOR)
@require_POST
def letters_given(request: PersonRequest) -> HttpResponse:
    """The ticked letters went home: first how many, and that it stays so; confirmed, it is kept."""
    codes = chosen(request, stage_filter(request, *STAGES))
    if not codes:
        messages.warning(request, _("Vink eerst aan welke brieven je meegaf."))
        return _back(request)
    ready = [each for each in codes if each.revealed_at and not each.given_at]
    if ready and not _is_confirmed(request):
        return _confirm_given(request, ready, _unprinted(codes))
    try:
        given = lifecycle.mark_given(
            hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        on_page(request, refusal)
        return _back(request)
    left = _unprinted(codes)
    if given or not left:
        message = ngettext(
            "{n} brief staat als meegegeven.", "{n} brieven staan als meegegeven.", given
        )
        messages.success(request, message.format(n=given))
    for sentence in left:
        messages.warning(request, sentence)
    return _back(request)


def _unprinted(codes: Sequence[HandOut]) -> list[str]:
    """That some of these stay as they are, since nobody printed them."""
    n = sum(each.revealed_at is None for each in codes)
    sentence = ngettext(
        "{n} brief is nog niet afgedrukt en blijft staan. Druk ze eerst af.",
        "{n} brieven zijn nog niet afgedrukt en blijven staan. Druk ze eerst af.",
        n,
    )
    return [sentence.format(n=n)] if n else []


def _confirm_given(
    request: PersonRequest, ready: Sequence[HandOut], left: Sequence[str]
) -> HttpResponse:
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
    query = request.GET.urlencode()
    context = {
        "title": title.format(n=n),
        "happens": [happens.format(n=n), *left],
        "undo": _("Vergist? Kies de brieven dan bij Gezinnen en zeg ‘Toch niet meegegeven’."),
        "action": f"{reverse('letters_given')}?{query}",
        "fields": [*(("selected", each.pk) for each in ready), ("confirmed", "1")],
        "button": _("Markeer als meegegeven"),
        "cancel_url": f"{reverse('letters')}?{query}",
        "parent_url": reverse("letters"),
        "parent_label": _("Brieven"),
    }
    return render(request, "components/confirmation.html", context)
