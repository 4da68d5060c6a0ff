"""Codes that coordinators want replaced: give another one, or say why not.

Tested in `pages.shared.tests.test_life`.
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
from common.refused import Refused
from pages.ministry.shared import ministry_only
from pages.shared.life_forms import RefuseReplacementForm
from pages.shared.person_request import PersonRequest
from vouchers.actions.life import lifecycle, replacements
from vouchers.models import ReplacementAsk
from vouchers.models.hand_outs import ReplacementAskQuerySet
from vouchers.states import VoidReason

SORTS = {
    "organisatie": ("hand_out__line__organisation__name", "asked_at", "pk"),
    "gevraagd": ("asked_at", "pk"),
}


def _open(request: PersonRequest) -> ReplacementAskQuerySet:
    return ReplacementAsk.objects.visible_to(request.user).open()


def _as_shown(asks: ReplacementAskQuerySet) -> ReplacementAskQuerySet:
    return asks.select_related(
        "hand_out__line__organisation",
        "hand_out__line__request__period",
        "hand_out__voucher__provider",
    )


@ministry_only
@require_safe
def ask_list(request: PersonRequest) -> HttpResponse:
    """Requested replacements, longest waiting first; never a code, never a reference."""
    sort, order = sort_of(request, SORTS, otherwise="gevraagd")
    page = page_shown(request, _open(request).order_by(*order), _as_shown)
    context = {
        "title": _("Nieuwe codes gevraagd"),
        "page": page,
        "rows": page.object_list,
        "total": page.paginator.count,
        "sort": sort,
        "actions": [
            {"value": "replace", "label": _("Nieuwe code geven"), "tone": "primary"},
            {"value": "refuse", "label": _("Weigeren")},
        ],
    }
    return render(request, "ministry/replacements.html", context)


@ministry_only
@require_POST
def ask_act(request: PersonRequest) -> HttpResponse:
    """Replace or refuse the ticked ones."""
    rows = chosen_of(request, _open(request)).select_related("hand_out__line")
    asks = list(rows.order_by("asked_at", "pk"))
    if not asks:
        sentence = _("Kies eerst een of meer vragen.")
        messages.warning(request, nothing_chosen(request, sentence))
        return redirect("ministry_replacements")
    refusing = request.POST.get("action") == "refuse"
    return _refuse(request, asks) if refusing else _replace(request, asks)


def _replace(request: PersonRequest, asks: list[ReplacementAsk]) -> HttpResponse:
    title = ngettext("{n} nieuwe code geven?", "{n} nieuwe codes geven?", len(asks))
    question = Question(
        title=title.format(n=len(asks)),
        happens=[
            _("De oude code wordt ongeldig en wordt nooit meer uitgereikt."),
            _("De aanvrager krijgt een mail en drukt een nieuwe brief af."),
        ],
        button=_("Nieuwe code geven"),
        fields=[("action", "replace")],
        **_of(asks),
    )
    return ask_first(request, question, lambda: _replaced(request, asks))


def _replaced(request: PersonRequest, asks: list[ReplacementAsk]) -> Done:
    """Replace one by one, longest waiting first; reports how many, and why the others were not."""
    done, refused = 0, []
    for each in asks:
        try:
            lifecycle.replace(
                hand_out=each.hand_out,
                reason=VoidReason(each.reason),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            refused.append(refusal.message)
            break
        done += 1
    sentence = ngettext(
        "{n} nieuwe code uitgereikt. De aanvrager drukt een nieuwe brief af.",
        "{n} nieuwe codes uitgereikt. De aanvragers drukken nieuwe brieven af.",
        done,
    )
    return Done(sentence.format(n=done) if done else "", warnings=refused)


def _refuse(request: PersonRequest, asks: list[ReplacementAsk]) -> HttpResponse:
    form = RefuseReplacementForm(typed(request))
    title = ngettext("{n} vraag weigeren?", "{n} vragen weigeren?", len(asks))
    question = Question(
        title=title.format(n=len(asks)),
        happens=[_("De aanvrager leest je reden. De oude code blijft bij de leerling.")],
        button=_("Weigeren"),
        danger=True,
        form=form,
        fields=[("action", "refuse")],
        **_of(asks),
    )

    def act() -> Done:
        n = replacements.refuse(
            asks=[each.pk for each in asks],
            why=form.cleaned_data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        return Done(ngettext("{n} vraag geweigerd.", "{n} vragen geweigerd.", n).format(n=n))

    return ask_first(request, question, act)


def _of(asks: list[ReplacementAsk]) -> dict[str, Any]:
    """What both confirmation questions say about these replacements."""
    return {
        "ids": [each.pk for each in asks],
        "undo": _("Dit kan je niet ongedaan maken."),
        "action": reverse("ministry_replacement_act"),
        "back": reverse("ministry_replacements"),
        "parent_label": _("Nieuwe codes gevraagd"),
    }
