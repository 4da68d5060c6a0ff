"""Renewals that wait for the ministry: pass them on to the provider, or refuse them."""

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
from pages.ministry.forms import RefuseRenewalsForm
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.lists import numbers, page_shown, sort_of
from pages.shared.person_request import PersonRequest
from vouchers.actions.life import renewals
from vouchers.models import Renewal
from vouchers.models.handouts import HandOut, RenewalQuerySet
from vouchers.states import RenewalState

SORTS = {
    "organisatie": ("hand_out__line__organisation__name", "asked_at", "pk"),
    "gevraagd": ("asked_at", "pk"),
}


def _waiting(request: PersonRequest) -> RenewalQuerySet:
    return Renewal.objects.visible_to(request.user).filter(state=RenewalState.ASKED)


def _as_shown(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """These renewals with what the list says of each."""
    return renewals.select_related(
        "hand_out__line__organisation", "hand_out__line__school", "hand_out__voucher__provider"
    )


@ministry_only
@require_safe
def renewal_list(request: PersonRequest) -> HttpResponse:
    """What was asked, the longest waiting first; never a code, never a reference."""
    sort, order = sort_of(request, SORTS, otherwise="gevraagd")
    page = page_shown(request, _waiting(request).order_by(*order), _as_shown)
    shown = HandOut.objects.filter(pk__in=[each.hand_out_id for each in page.object_list])
    last_days = {each.pk: vars(each)["last_day"] for each in shown.with_last_day()}
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
    """Pass on or refuse the ticked ones: first what it means, then, confirmed, done."""
    refusing = request.POST.get("action") == "refuse"
    confirmed = request.POST.get("confirmed") == "1"
    form = RefuseRenewalsForm(request.POST if confirmed else None) if refusing else None
    ids = _ids(request, confirmed=confirmed)
    if not ids:
        messages.warning(request, _("Kies eerst een of meer verlengingen."))
        return redirect("ministry_renewals")
    if not confirmed or (form and not form.is_valid()):
        return _confirm(request, ids, form)
    now = timezone.now()
    try:
        if form:
            reason = form.cleaned_data["reason"]
            n = renewals.refuse(renewals=ids, reason=reason, by=request.user, now=now)
            sentence = ngettext("{n} verlenging geweigerd.", "{n} verlengingen geweigerd.", n)
        else:
            n = renewals.pass_on(renewals=ids, by=request.user, now=now)
            sentence = ngettext(
                "{n} verlenging doorgegeven. De provider voert ze nu uit.",
                "{n} verlengingen doorgegeven. De provider voert ze nu uit.",
                n,
            )
    except Refused as refusal:
        if on_page(request, refusal, form):
            return _confirm(request, ids, form)
    else:
        messages.success(request, sentence.format(n=n))
    return redirect("ministry_renewals")


def _ids(request: PersonRequest, *, confirmed: bool) -> list[int]:
    """The ids that were confirmed, or the ticked ones that wait (or all that wait)."""
    if not confirmed and request.POST.get("everything"):
        return list(_waiting(request).values_list("pk", flat=True))
    texts = (
        request.POST.get("ids", "").split(",") if confirmed else request.POST.getlist("selected")
    )
    return list(_waiting(request).filter(pk__in=numbers(texts)).values_list("pk", flat=True))


def _confirm(
    request: PersonRequest, ids: list[int], form: RefuseRenewalsForm | None
) -> HttpResponse:
    n = len(ids)
    if form:
        title = ngettext("{n} verlenging weigeren?", "{n} verlengingen weigeren?", n)
        happens = [_("De scholen lezen je reden. De codes blijven geldig tot hun laatste dag.")]
    else:
        title = ngettext("{n} verlenging doorgeven?", "{n} verlengingen doorgeven?", n)
        happens = [_("De provider krijgt deze codes op zijn lijst en verlengt ze.")]
    url = reverse("ministry_renewals")
    return confirmation(
        request, title=title.format(n=n), happens=happens,
        undo=_("Dit kan je niet ongedaan maken."), form=form,
        fields=[
            ("action", "refuse" if form else "pass"),
            ("confirmed", "1"),
            ("ids", ",".join(map(str, ids))),
        ],
        button=_("Weigeren") if form else _("Doorgeven"), danger=bool(form),
        action=reverse("ministry_renewal_act"), cancel_url=url, parent_url=url,
        parent_label=_("Verlengingen"),
    )  # fmt: skip
