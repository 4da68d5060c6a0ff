"""Codes that askers want replaced: give another one, or say why not."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.refused import Refused
from common.refused_shown import on_page
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.life_forms import RefuseReplacementForm
from pages.shared.lists import numbers, page_shown, sort_of
from pages.shared.person_request import PersonRequest
from vouchers.actions.life import lifecycle, replacements
from vouchers.models import ReplacementAsk
from vouchers.models.handouts import ReplacementAskQuerySet
from vouchers.states import VoidReason

SORTS = {
    "organisatie": ("hand_out__line__organisation__name", "asked_at", "pk"),
    "gevraagd": ("asked_at", "pk"),
}


def _open(request: PersonRequest) -> ReplacementAskQuerySet:
    return ReplacementAsk.objects.visible_to(request.user).open()


def _as_shown(asks: ReplacementAskQuerySet) -> ReplacementAskQuerySet:
    return asks.select_related(
        "hand_out__line__organisation", "hand_out__line__request__period",
        "hand_out__voucher__provider",
    )  # fmt: skip


@ministry_only
@require_safe
def ask_list(request: PersonRequest) -> HttpResponse:
    """What was asked, the longest waiting first; never a code, never a reference."""
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
    """Replace or refuse the ticked ones: first what it means, then, confirmed, done."""
    asks = _open(request)
    if not request.POST.get("everything"):
        asks = asks.filter(pk__in=numbers(request.POST.getlist("selected")))
    found = list(asks.select_related("hand_out__line").order_by("asked_at", "pk"))
    if not found:
        messages.warning(request, _("Kies eerst een of meer vragen."))
        return redirect("ministry_replacements")
    confirmed = "confirmed" in request.POST
    refusing = request.POST.get("action") == "refuse"
    form = RefuseReplacementForm(request.POST if confirmed else None) if refusing else None
    if not confirmed or (form and not form.is_valid()):
        return _confirm(request, found, form)
    if form:
        n = replacements.refuse(
            asks=[each.pk for each in found], why=form.cleaned_data["reason"],
            by=request.user, now=timezone.now(),
        )  # fmt: skip
        sentence = ngettext("{n} vraag geweigerd.", "{n} vragen geweigerd.", n)
        messages.success(request, sentence.format(n=n))
    else:
        _replace(request, found)
    return redirect("ministry_replacements")


def _replace(request: PersonRequest, asks: list[ReplacementAsk]) -> None:
    """One after the other, the longest waiting first; says how many, and why not the rest."""
    done = 0
    for each in asks:
        try:
            lifecycle.replace(
                hand_out=each.hand_out, reason=VoidReason(each.reason), by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            on_page(request, refusal)
            break
        done += 1
    if done:
        sentence = ngettext(
            "{n} nieuwe code uitgereikt. De aanvrager drukt een nieuwe brief af.",
            "{n} nieuwe codes uitgereikt. De aanvragers drukken nieuwe brieven af.",
            done,
        )
        messages.success(request, sentence.format(n=done))


def _confirm(
    request: PersonRequest, asks: list[ReplacementAsk], form: RefuseReplacementForm | None
) -> HttpResponse:
    n, url = len(asks), reverse("ministry_replacements")
    if form:
        title = ngettext("{n} vraag weigeren?", "{n} vragen weigeren?", n)
        happens = [_("De aanvrager leest je reden. De oude code blijft bij de leerling.")]
    else:
        title = ngettext("{n} nieuwe code geven?", "{n} nieuwe codes geven?", n)
        happens = [
            _("De oude code wordt ongeldig en wordt nooit meer uitgereikt."),
            _("De aanvrager krijgt een mail en drukt een nieuwe brief af."),
        ]
    return confirmation(
        request, title=title.format(n=n), happens=happens, form=form,
        undo=_("Dit kan je niet ongedaan maken."),
        fields=[
            *(("selected", each.pk) for each in asks),
            ("action", "refuse" if form else "replace"),
            ("confirmed", "1"),
        ],
        button=_("Weigeren") if form else _("Nieuwe code geven"), danger=bool(form),
        action=reverse("ministry_replacement_act"), cancel_url=url, parent_url=url,
        parent_label=_("Nieuwe codes gevraagd"),
    )  # fmt: skip
