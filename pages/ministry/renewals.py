"""Renewals that wait for the ministry: pass them on to the provider, or refuse them.

Tested in `pages.ministry.tests.test_files`.
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
from pages.ministry.asks import REFUSE, Answer, Asked, answer
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
            {"value": REFUSE, "label": _("Weigeren")},
        ],
    }
    return render(request, "ministry/renewals.html", context)


def _passed_on(request: PersonRequest, ids: list[int], _typed: dict[str, Any]) -> Done:
    n = renewals.pass_on(renewals=ids, by=request.user, now=timezone.now())
    sentence = ngettext(
        "{n} verlenging doorgegeven. De provider voert ze nu uit.",
        "{n} verlengingen doorgegeven. De provider voert ze nu uit.",
        n,
    )
    return Done(sentence.format(n=n))


def _refused(request: PersonRequest, ids: list[int], typed: dict[str, Any]) -> Done:
    now = timezone.now()
    n = renewals.refuse(renewals=ids, reason=typed["reason"], by=request.user, now=now)
    sentence = ngettext("{n} verlenging geweigerd.", "{n} verlengingen geweigerd.", n)
    return Done(sentence.format(n=n))


ASKED = Asked(
    page="ministry_renewals",
    acts_at="ministry_renewal_act",
    label=gettext_lazy("Verlengingen"),
    none_chosen=gettext_lazy("Kies eerst een of meer verlengingen."),
    grants="pass",
    granting=Answer(
        title=lambda n: ngettext(
            "{n} verlenging doorgeven?", "{n} verlengingen doorgeven?", n
        ).format(n=n),
        happens=(gettext_lazy("De provider krijgt deze codes op zijn lijst en verlengt ze."),),
        button=gettext_lazy("Doorgeven"),
        act=_passed_on,
    ),
    refusing=Answer(
        title=lambda n: ngettext(
            "{n} verlenging weigeren?", "{n} verlengingen weigeren?", n
        ).format(n=n),
        happens=(
            gettext_lazy("De scholen lezen je reden. De codes blijven geldig tot hun laatste dag."),
        ),
        button=gettext_lazy("Weigeren"),
        act=_refused,
        form=RefuseRenewalsForm,
    ),
)


@ministry_only
@require_POST
def renewal_act(request: PersonRequest) -> HttpResponse:
    """Pass on or refuse the ticked ones."""
    return answer(request, ASKED, _waiting(request))
