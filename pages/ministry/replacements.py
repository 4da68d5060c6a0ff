"""Codes that coordinators want replaced: give another one, or say why not.

Tested in `pages.shared.tests.test_life`.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from common.confirm import Done
from common.lists import page_shown, sort_of
from common.refused import Refused
from pages.ministry.asks import REFUSE, Answer, Asked, answer
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
            {"value": REFUSE, "label": _("Weigeren")},
        ],
    }
    return render(request, "ministry/replacements.html", context)


def _replaced(request: PersonRequest, ids: list[int], _typed: dict[str, Any]) -> Done:
    """Replace one by one, longest waiting first; reports how many, and why the others were not."""
    done, refused = 0, []
    asks = ReplacementAsk.objects.filter(pk__in=ids).select_related("hand_out__line")
    for each in asks.order_by("asked_at", "pk"):
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


def _refused(request: PersonRequest, ids: list[int], typed: dict[str, Any]) -> Done:
    now = timezone.now()
    n = replacements.refuse(asks=ids, why=typed["reason"], by=request.user, now=now)
    return Done(ngettext("{n} vraag geweigerd.", "{n} vragen geweigerd.", n).format(n=n))


ASKED = Asked(
    page="ministry_replacements",
    acts_at="ministry_replacement_act",
    label=gettext_lazy("Nieuwe codes gevraagd"),
    none_chosen=gettext_lazy("Kies eerst een of meer vragen."),
    grants="replace",
    granting=Answer(
        title=lambda n: ngettext("{n} nieuwe code geven?", "{n} nieuwe codes geven?", n).format(
            n=n
        ),
        happens=(
            gettext_lazy("De oude code wordt ongeldig en wordt nooit meer uitgereikt."),
            gettext_lazy("De aanvrager krijgt een mail en drukt een nieuwe brief af."),
        ),
        button=gettext_lazy("Nieuwe code geven"),
        act=_replaced,
    ),
    refusing=Answer(
        title=lambda n: ngettext("{n} vraag weigeren?", "{n} vragen weigeren?", n).format(n=n),
        happens=(
            gettext_lazy("De aanvrager leest je reden. De oude code blijft bij de leerling."),
        ),
        button=gettext_lazy("Weigeren"),
        act=_refused,
        form=RefuseReplacementForm,
    ),
)


@ministry_only
@require_POST
def ask_act(request: PersonRequest) -> HttpResponse:
    """Replace or refuse the ticked ones."""
    return answer(request, ASKED, _open(request))
