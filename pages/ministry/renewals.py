"""Renewals that wait for the ministry: pass them on to the provider, or refuse them.

Tested in `pages.ministry.tests.test_files`.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.confirm import Done, Question, ask_first, chosen_of, nothing_chosen, typed
from common.lists import page_shown, sort_of
from pages.ministry.forms import RefuseRenewalsForm
from pages.ministry.shared import ministry_only
from pages.shared.person_request import PersonRequest
from vouchers.actions.life import renewals
from vouchers.models import Renewal
from vouchers.models.hand_outs import HandOut, RenewalQuerySet
from vouchers.states import RenewalState

SORTS = {
    "organisatie": ("hand_out__line__organisation__name", "asked_at", "pk"),
    "gevraagd": ("asked_at", "pk"),
}


def _waiting(request: PersonRequest) -> RenewalQuerySet:
    return Renewal.objects.visible_to(request.user).filter(state=RenewalState.ASKED)


def _as_shown(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """These renewals with what the list shows of each."""
    return renewals.select_related(
        "hand_out__line__organisation", "hand_out__line__school", "hand_out__voucher__provider"
    )


@ministry_only
@require_safe
def renewal_list(request: PersonRequest) -> HttpResponse:
    """Requested renewals, longest waiting first; never a code, never a reference."""
    sort, order = sort_of(request, SORTS, otherwise="gevraagd")
    page = page_shown(request, _waiting(request).order_by(*order), _as_shown)
    shown = HandOut.objects.filter(pk__in=[each.hand_out_id for each in page.object_list])
    last_days = {each.pk: each.last_day for each in shown.with_last_day()}
    context = {
        "title": _("Verlengingen"),
        "page": page,
        "rows": [(each, last_days[each.hand_out_id]) for each in page.object_list],
        "total": page.paginator.count,
        "sort": sort,
        "actions": [
            {"value": "pass", "label": _("Doorgeven aan de provider"), "tone": "primary"},
            {"value": "refuse", "label": _("Weigeren")},
        ],
    }
    return render(request, "ministry/renewals.html", context)


@ministry_only
@require_POST
def renewal_act(request: PersonRequest) -> HttpResponse:
    """Pass on or refuse the ticked ones."""
    rows = chosen_of(request, _waiting(request))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        sentence = _("Kies eerst een of meer verlengingen.")
        messages.warning(request, nothing_chosen(request, sentence))
        return redirect("ministry_renewals")
    refusing = request.POST.get("action") == "refuse"
    return _refuse(request, ids) if refusing else _pass_on(request, ids)


def _pass_on(request: PersonRequest, ids: list[int]) -> HttpResponse:
    title = ngettext("{n} verlenging doorgeven?", "{n} verlengingen doorgeven?", len(ids))
    question = Question(
        title=title.format(n=len(ids)),
        happens=[_("De provider krijgt deze codes op zijn lijst en verlengt ze.")],
        button=_("Doorgeven"),
        fields=[("action", "pass")],
        **_of(ids),
    )

    def act() -> Done:
        n = renewals.pass_on(renewals=ids, by=request.user, now=timezone.now())
        sentence = ngettext(
            "{n} verlenging doorgegeven. De provider voert ze nu uit.",
            "{n} verlengingen doorgegeven. De provider voert ze nu uit.",
            n,
        )
        return Done(sentence.format(n=n))

    return ask_first(request, question, act)


def _refuse(request: PersonRequest, ids: list[int]) -> HttpResponse:
    form = RefuseRenewalsForm(typed(request))
    title = ngettext("{n} verlenging weigeren?", "{n} verlengingen weigeren?", len(ids))
    question = Question(
        title=title.format(n=len(ids)),
        happens=[_("De scholen lezen je reden. De codes blijven geldig tot hun laatste dag.")],
        button=_("Weigeren"),
        danger=True,
        form=form,
        fields=[("action", "refuse")],
        **_of(ids),
    )

    def act() -> Done:
        reason = form.cleaned_data["reason"]
        n = renewals.refuse(renewals=ids, reason=reason, by=request.user, now=timezone.now())
        sentence = ngettext("{n} verlenging geweigerd.", "{n} verlengingen geweigerd.", n)
        return Done(sentence.format(n=n))

    return ask_first(request, question, act)


def _of(ids: list[int]) -> dict[str, Any]:
    """What both confirmation questions say about these renewals."""
    return {
        "ids": ids,
        "undo": _("Dit kan je niet ongedaan maken."),
        "action": reverse("ministry_renewal_act"),
        "back": reverse("ministry_renewals"),
        "parent_label": _("Verlengingen"),
    }
