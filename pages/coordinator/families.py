"""Families: who has not used the code yet, and renewal of the codes in use.

Tested in `pages.coordinator.tests.test_views`.
"""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from common.days import in_words
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import on_page
from common.state_text import StateText
from pages.coordinator.corrections import actions
from pages.coordinator.hand_outs import (
    EXPIRED,
    IN_USE,
    OF_FAMILIES,
    askable,
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
from vouchers.actions.life import renewals as renewal_actions
from vouchers.models import HandOut, Provider, Renewal
from vouchers.models.files import reported_until
from vouchers.models.hand_outs import in_use
from vouchers.states import RenewalRule, RenewalState


@coordinator_only
@require_safe
def families(request: PersonRequest) -> HttpResponse:
    """Which families have not used their code yet, as far as the providers have reported."""
    form = stage_filter(request, *OF_FAMILIES)
    found = shown(request, form, own_codes(request.user))
    today = timezone.localdate()
    context = {
        "title": _("Gezinnen opvolgen"),
        "filters": form,
        "page": found.page,
        "rows": [(each, hand_out_for_coordinator(each, today)) for each in found.page],
        "total": found.total,
        "sort": found.sort,
        "several": len(form.own) > 1,
        "notices": notices_of(request.user),
        "reported": _reported(request.user),
        "actions": actions(),
        "query": request.GET.urlencode(),
    }
    return render(request, "coordinator/families.html", context)


def _reported(user: User) -> list[str]:
    """For each provider of this person's codes, up to which day it has reported activations."""
    own = own_codes(user).filter(voucher__provider=OuterRef("pk"))
    until = reported_until()
    return [
        _("{provider} meldde activaties tot en met {day}.").format(
            provider=provider, day=in_words(until[provider.pk])
        )
        if provider.pk in until
        else _("{provider} meldde nog geen activaties.").format(provider=provider)
        for provider in Provider.objects.filter(Exists(own)).order_by("name")
    ]


@coordinator_only
@GET_OR_POST
def renewals(request: PersonRequest) -> HttpResponse:
    """The codes in use; posting requests renewal of all or of the ticked ones."""
    form = stage_filter(request, ALL, IN_USE, EXPIRED)
    if request.method == "POST":
        codes = [each for each in chosen(request, form) if each.active_since]
        return _ask(request, codes)
    used = own_codes(request.user).filter(in_use())
    found = shown(request, form, used, otherwise="geldig")
    page = found.page
    context = {
        "title": _("Codes verlengen"),
        "filters": form,
        "page": page,
        "rows": _renewal_rows(list(page)),
        "total": found.total,
        "sort": found.sort,
        "askable": askable(used.filter(form.condition())).count(),
        "several": len(form.own) > 1,
        "actions": [{"value": "ask", "label": _("Vraag verlenging")}],
        "query": request.GET.urlencode(),
    }
    return render(request, "coordinator/renewals.html", context)


def _renewal_rows(rows: Sequence[HandOut]) -> list[tuple[HandOut, StateText, bool]]:
    """Each code with the state of its renewal and whether one can be requested."""
    last = {
        each.hand_out_id: each
        for each in Renewal.objects.filter(hand_out__in=list(rows)).order_by("pk")
    }
    found = []
    for row in rows:
        can_ask = not row.renewal_open
        if row.voucher.pool.renewal_rule == RenewalRule.NEVER:
            can_ask = False
        found.append((row, _renewal_text(row, last.get(row.pk)), can_ask))
    return found


def _renewal_text(row: HandOut, renewal: Renewal | None) -> StateText:
    if renewal and row.renewal_open:
        text = _("Verlenging gevraagd op {day}").format(day=in_words(renewal.asked_at))
        return StateText(text, "info")
    if row.voucher.pool.renewal_rule == RenewalRule.NEVER:
        return StateText(_("Wordt niet verlengd"))
    if renewal and renewal.state == RenewalState.REFUSED:
        reason = renewal.reason.rstrip(".")
        return StateText(_("Niet verlengd: {reason}.").format(reason=reason), "error")
    if renewal and renewal.on:
        return StateText(_("Verlengd op {day}").format(day=in_words(renewal.on)), "success")
    return StateText(_("Nog niet gevraagd"))


def _ask(request: PersonRequest, codes: Sequence[HandOut]) -> HttpResponse:
    """Request renewal of these codes and show the result."""
    if not codes:
        messages.warning(request, _("Vink eerst aan welke codes je wil verlengen."))
        return redirect("renewals")
    try:
        result = renewal_actions.ask(
            hand_outs=[each.pk for each in codes], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        on_page(request, refusal)
        return redirect("renewals")
    if result.passed:
        message = ngettext(
            "De provider krijgt de vraag om {n} code te verlengen.",
            "De provider krijgt de vraag om {n} codes te verlengen.",
            result.passed,
        )
        messages.success(request, message.format(n=result.passed))
    if result.asked:
        message = ngettext(
            "Het ministerie kijkt de vraag voor {n} code na.",
            "Het ministerie kijkt de vraag voor {n} codes na.",
            result.asked,
        )
        messages.success(request, message.format(n=result.asked))
    for sentence, number in Counter(text for _pk, text in result.refused).items():
        counted = ngettext("{n} code niet: {why}", "{n} codes niet: {why}", number)
        messages.warning(request, counted.format(n=number, why=sentence))
    return redirect("renewals")
