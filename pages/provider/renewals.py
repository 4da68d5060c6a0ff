"""Renewals: the list of codes to download, and reporting what was done with them.

Tested in `pages.provider.tests.test_views`.
"""

from datetime import date

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import fresh_sign_in
from common.confirm import Done, Question, ask_first, chosen_of, nothing_chosen, typed
from common.formats import as_number
from common.lists import page_shown, sort_of
from common.refused import Refused
from common.refused_shown import on_page
from common.tables.csv_out import csv_response
from pages.provider.forms import ConfirmRenewalsForm, RefuseRenewalsForm
from pages.provider.shared import ProviderRequest, own_provider, provider_only
from vouchers.actions.life import renewals
from vouchers.models import HandOut, Renewal
from vouchers.models.hand_outs import RenewalQuerySet
from vouchers.states import RenewalState

SORTS = {"nummer": ("pk",), "gevraagd": ("asked_at", "pk")}
HEADER = ["nummer", "code", "voorraad", "gevraagd op", "geldig tot en met"]


@provider_only
@require_safe
@never_cache
def provider_renewals(request: ProviderRequest) -> HttpResponse:
    """What is ready to download, and what was downloaded and waits for an answer."""
    own = (
        Renewal.objects.visible_to(request.user)
        .open()
        .aggregate(
            to_fetch=Count("pk", filter=Q(state=RenewalState.PASSED)),
            sent=Count("pk", filter=Q(state=RenewalState.SENT)),
        )
    )
    sort, order = sort_of(request, SORTS, otherwise="nummer")
    page = page_shown(request, _sent(request).order_by(*order), _with_pool, count=own["sent"])
    to_fetch = own["to_fetch"]
    days = _last_days([each.hand_out_id for each in page])
    context = {
        "title": _("Verlengingen"),
        "to_fetch": to_fetch,
        "total": page.paginator.count,
        "sort": sort,
        "page": page,
        "rows": [(each, days[each.hand_out_id]) for each in page],
        "actions": [
            {
                "value": "confirm",
                "label": _("Verlengd: bevestigen"),
                "tone": "secondary" if to_fetch else "primary",
            },
            {"value": "refuse", "label": _("Kan niet: weigeren")},
        ],
    }
    return render(request, "provider/renewals.html", context)


@provider_only
@fresh_sign_in
@require_POST
def provider_renewals_list(request: ProviderRequest) -> HttpResponseBase:
    """The list with the codes: every download is recorded, and nothing on the way may store it."""
    provider = own_provider(request)
    try:
        taken = renewals.take_list(provider=provider, by=request.user, now=timezone.now())
    except Refused as refused:
        on_page(request, refused)
        return redirect("provider_renewals")
    if taken.unreadable:
        messages.error(request, _unreadable(taken.unreadable))
        if not taken.rows:
            return redirect("provider_renewals")
    return csv_response(
        f"verlengen-{timezone.localdate():%Y-%m-%d}.csv",
        HEADER,
        [(row.renewal, row.code, row.pool, row.asked_on, row.last_day) for row in taken.rows],
    )


@provider_only
@require_POST
def provider_renewals_confirm(request: ProviderRequest) -> HttpResponse:
    """Confirm the ticked renewals with their days, or refuse them with a reason."""
    rows = chosen_of(request, _sent(request))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        sentence = _("Kies eerst welke verlengingen je bedoelt.")
        messages.warning(request, nothing_chosen(request, sentence))
        return redirect("provider_renewals")
    refuse = request.POST.get("action") == "refuse"
    form = (RefuseRenewalsForm if refuse else ConfirmRenewalsForm)(typed(request))

    def do() -> Done:
        act = renewals.refuse_by_provider if refuse else renewals.confirm
        count = act(renewals=ids, by=request.user, now=timezone.now(), **form.cleaned_data)
        return Done(_done(count, refuse))

    return ask_first(request, _question(ids, form, refuse=refuse), do)


def _with_pool(renewals: RenewalQuerySet) -> RenewalQuerySet:
    return renewals.select_related("hand_out__voucher__pool")


def _unreadable(count: int) -> str:
    return ngettext(
        "{n} code konden we niet lezen: ze staat niet op de lijst. Vraag het ministerie na te "
        "kijken wat er scheelt.",
        "{n} codes konden we niet lezen: ze staan niet op de lijst. Vraag het ministerie na te "
        "kijken wat er scheelt.",
        count,
    ).format(n=as_number(count))


def _sent(request: ProviderRequest) -> RenewalQuerySet:
    return Renewal.objects.visible_to(request.user).filter(state=RenewalState.SENT)


def _question(ids: list[int], form: forms.Form, *, refuse: bool) -> Question:
    back = reverse("provider_renewals")
    return Question(
        title=_title(len(ids), refuse),
        happens=[_happens(refuse)],
        undo=_("Dit kan je niet ongedaan maken."),
        form=form,
        ids=ids,
        fields=[("action", "refuse" if refuse else "confirm")],
        button=_("Weigeren") if refuse else _("Bevestigen"),
        danger=refuse,
        back=back,
        parent_label=_("Verlengingen"),
    )


def _title(count: int, refuse: bool) -> str:
    if refuse:
        return ngettext("{n} verlenging weigeren?", "{n} verlengingen weigeren?", count).format(
            n=as_number(count)
        )
    return ngettext("{n} verlenging bevestigen?", "{n} verlengingen bevestigen?", count).format(
        n=as_number(count)
    )


def _happens(refuse: bool) -> str:
    if refuse:
        return _("De school leest je reden bij de leerling en kan opnieuw vragen.")
    return _("De codes zijn geldig tot en met de dag die je invult, en de school ziet dat.")


def _done(count: int, refuse: bool) -> str:
    if refuse:
        return ngettext(
            "{n} verlenging is geweigerd.", "{n} verlengingen zijn geweigerd.", count
        ).format(n=as_number(count))
    return ngettext(
        "{n} verlenging is bevestigd.", "{n} verlengingen zijn bevestigd.", count
    ).format(n=as_number(count))


def _last_days(hand_outs: list[int]) -> dict[int, date]:
    found = HandOut.objects.filter(pk__in=hand_outs).with_last_day()
    return {each.pk: each.last_day for each in found}
