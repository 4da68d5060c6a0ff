"""Letters: which ones to print, the PDF, and that they went home."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, User
from accounts.sessions import fresh_sign_in
from common.access import roles_required
from common.refused import Refused
from common.refused_shown import on_page
from common.templatetags.portal import getal
from pages.coordinator.handouts import (
    ALL,
    GIVEN,
    PRINTED,
    UNPRINTED,
    as_shown,
    chosen,
    own_codes,
    shown,
    stage_filter,
)
from pages.coordinator.reclaims import notices_of
from pages.shared.lists import chips
from pages.shared.person_request import PersonRequest
from pages.shared.texts import hand_out_for_coordinator
from vouchers.actions.life import lifecycle
from vouchers.letters.pdf import Letter, LettersFailed, letters_pdf
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
        "filter_form": form,
        "chips": chips(request, form),
        "page_obj": found.page,
        "rows": [
            (each, hand_out_for_coordinator(each, today), _ticked(each, today))
            for each in found.page
        ],
        "total": found.total,
        "sort": found.sort,
        "stage": form.stage(),
        "several": len(form.own) > 1,
        "notices": notices_of(request.user),
        "schools": any(not each.is_school for each in form.own),
        "query": request.GET.urlencode(),
        "actions": _actions(request, form.stage()),
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
    return hand_out.revealed_at is None and vars(hand_out)["last_day"] >= today


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
    if "confirmed" not in request.POST:
        return _confirm(request, codes)
    try:
        # Seen is what was printed: without a PDF nothing is recorded.
        with transaction.atomic():
            pdf = _pdf([each.pk for each in codes], by=request.user)
    except Refused as refusal:
        on_page(request, refusal)
        return _back(request)
    except LettersFailed:
        messages.error(
            request,
            _("De brieven konden niet gemaakt worden. Er is niets afgedrukt. Mail {email}.").format(
                email=settings.SUPPORT_EMAIL
            ),
        )
        return _back(request)
    name = f"brieven-{timezone.localdate():%Y-%m-%d}.pdf"
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _how_many(number: int) -> str:
    if not number:
        return _("Vink eerst aan voor welke leerlingen je een brief wil.")
    return _("Kies ten hoogste {n} brieven tegelijk.").format(n=getal(MOST_AT_ONCE))


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


def _pdf(hand_outs: Sequence[int], *, by: User) -> bytes:
    """The letters of these codes: printing is revealing, and is recorded."""
    revealed = lifecycle.reveal(hand_outs=hand_outs, by=by, now=timezone.now())
    if not revealed:
        raise Refused(
            _("Deze codes zijn net teruggenomen. Er is niets afgedrukt."), code="codes-taken-back"
        )
    facts = as_shown(own_codes(by)).in_bulk([each.hand_out.pk for each in revealed])
    return letters_pdf([_letter(each, facts[each.hand_out.pk]) for each in revealed])


def _letter(revealed: lifecycle.Revealed, hand_out: HandOut) -> Letter:
    line, provider = hand_out.line, hand_out.voucher.provider
    return Letter(
        organisation_name=line.organisation.name,
        reference=line.reference,
        provider_name=provider.name,
        start_url=provider.start_url,
        fields=[
            (name.replace("_", " ").capitalize(), value) for name, value in revealed.fields.items()
        ],
        valid_until=vars(hand_out)["last_day"],
        instructions=provider.instructions,
        support_contact=line.organisation.name,
        request_number=line.request.label,
    )


@roles_required(Role.COORDINATOR)
@require_POST
def letters_given(request: PersonRequest) -> HttpResponse:
    """The ticked letters went home: first how many, and that it stays so; confirmed, it is kept."""
    codes = chosen(request, stage_filter(request, *STAGES))
    if not codes:
        messages.warning(request, _("Vink eerst aan welke brieven je meegaf."))
        return _back(request)
    ready = sum(each.revealed_at is not None and each.given_at is None for each in codes)
    if ready and "confirmed" not in request.POST:
        return _confirm_given(request, codes, ready)
    try:
        given = lifecycle.mark_given(
            hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        on_page(request, refusal)
        return _back(request)
    unprinted = sum(each.revealed_at is None for each in codes)
    if given or not unprinted:
        message = ngettext(
            "{n} brief staat als meegegeven.", "{n} brieven staan als meegegeven.", given
        )
        messages.success(request, message.format(n=given))
    if unprinted:
        message = ngettext(
            "{n} brief is nog niet afgedrukt en blijft staan. Druk ze eerst af.",
            "{n} brieven zijn nog niet afgedrukt en blijven staan. Druk ze eerst af.",
            unprinted,
        )
        messages.warning(request, message.format(n=unprinted))
    return _back(request)


def _confirm_given(request: PersonRequest, codes: Sequence[HandOut], ready: int) -> HttpResponse:
    title = ngettext(
        "{n} brief als meegegeven markeren?", "{n} brieven als meegegeven markeren?", ready
    )
    happens = ngettext(
        "{n} gezin heeft de brief dan gekregen. Je ziet het daarna bij Gezinnen.",
        "{n} gezinnen hebben de brief dan gekregen. Je ziet ze daarna bij Gezinnen.",
        ready,
    )
    everything = request.POST.get("everything")
    chosen_ones = (
        [("everything", everything)] if everything else [("selected", each.pk) for each in codes]
    )
    query = request.GET.urlencode()
    context = {
        "title": title.format(n=ready),
        "happens": [happens.format(n=ready)],
        "undo": _("Vergist? Kies de brieven dan bij Gezinnen en zeg ‘Toch niet meegegeven’."),
        "action": f"{reverse('letters_given')}?{query}",
        "fields": [*chosen_ones, ("confirmed", "1")],
        "button": _("Markeer als meegegeven"),
        "cancel_url": f"{reverse('letters')}?{query}",
        "parent_url": reverse("letters"),
        "parent_label": _("Brieven"),
    }
    return render(request, "components/confirmation.html", context)
