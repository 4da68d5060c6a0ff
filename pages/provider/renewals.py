"""Renewals: the list with codes to fetch, and telling what was done with them."""

from datetime import date
from typing import Any

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
from common.refused import Refused
from common.refused_shown import on_page
from common.tables.csv_out import csv_response
from common.templatetags.portal import getal
from pages.provider.forms import ConfirmRenewalsForm, RefuseRenewalsForm
from pages.provider.shared import ProviderRequest, own_provider, provider_only
from pages.shared.lists import numbers, page_shown, sort_of
from vouchers.actions.life import renewals
from vouchers.models import HandOut, Renewal
from vouchers.models.handouts import RenewalQuerySet
from vouchers.states import RenewalState

SORTS = {"nummer": ("pk",), "gevraagd": ("asked_at", "pk")}
HEADER = ["nummer", "code", "voorraad", "gevraagd op", "geldig tot en met"]


@provider_only
@require_safe
@never_cache
def provider_renewals(request: ProviderRequest) -> HttpResponse:
    """What is to be fetched, and what was fetched and waits for an answer."""
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
        "page_obj": page,
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
    """The list with the codes: each time it is fetched is recorded, nobody keeps it on the way."""
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
    """Of the chosen renewals: ask the days (or why not), then confirm (or refuse) them."""
    chosen = _chosen(request)
    if not chosen:
        messages.warning(request, _("Kies eerst welke verlengingen je bedoelt."))
        return redirect("provider_renewals")
    refuse = request.POST.get("action") == "refuse"
    kind = RefuseRenewalsForm if refuse else ConfirmRenewalsForm
    if "answered" not in request.POST:
        return _ask(request, chosen, kind(), refuse=refuse)
    form = kind(request.POST)
    if not form.is_valid():
        return _ask(request, chosen, form, refuse=refuse)
    act = renewals.refuse_by_provider if refuse else renewals.confirm
    try:
        count = act(renewals=chosen, by=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        if on_page(request, refused, form):
            return _ask(request, chosen, form, refuse=refuse)
        return redirect("provider_renewals")
    messages.success(request, _done(count, refuse))
    return redirect("provider_renewals")


def _with_pool(renewals: RenewalQuerySet) -> RenewalQuerySet:
    return renewals.select_related("hand_out__voucher__pool")


def _unreadable(count: int) -> str:
    return ngettext(
        "{n} code konden we niet lezen: ze staat niet op de lijst. Vraag het ministerie na te "
        "kijken wat er scheelt.",
        "{n} codes konden we niet lezen: ze staan niet op de lijst. Vraag het ministerie na te "
        "kijken wat er scheelt.",
        count,
    ).format(n=getal(count))


def _sent(request: ProviderRequest) -> RenewalQuerySet:
    return Renewal.objects.visible_to(request.user).filter(state=RenewalState.SENT)


def _chosen(request: ProviderRequest) -> list[int]:
    """The ticked renewals, or all up to the last that was there when "all" was ticked."""
    sent = _sent(request)
    if "everything" in request.POST:
        last = numbers(request.POST.getlist("last"))
        chosen = sent.filter(pk__lte=max(last, default=0)) if "last" in request.POST else sent
    else:
        chosen = sent.filter(pk__in=numbers(request.POST.getlist("selected")))
    return list(chosen.values_list("pk", flat=True))


def _ask(
    request: ProviderRequest, chosen: list[int], form: forms.Form, *, refuse: bool
) -> HttpResponse:
    """The page that asks; what was chosen goes along, as "all" or one by one."""
    count = len(chosen)
    fields: list[tuple[str, Any]] = [("answered", "1")]
    fields.append(("action", "refuse" if refuse else "confirm"))
    if "everything" in request.POST:
        fields += [("everything", "1"), ("last", max(chosen))]
    else:
        fields += [("selected", pk) for pk in chosen]
    context = {
        "title": _question(count, refuse),
        "happens": [_happens(refuse), *_shortly()],
        "form": form,
        "fields": fields,
        "button": _("Weigeren") if refuse else _("Bevestigen"),
        "danger": refuse,
        "cancel_url": reverse("provider_renewals"),
        "parent_url": reverse("provider_renewals"),
        "parent_label": _("Verlengingen"),
    }
    return render(request, "components/confirmation.html", context)


def _question(count: int, refuse: bool) -> str:
    if refuse:
        return ngettext("{n} verlenging weigeren?", "{n} verlengingen weigeren?", count).format(
            n=getal(count)
        )
    return ngettext("{n} verlenging bevestigen?", "{n} verlengingen bevestigen?", count).format(
        n=getal(count)
    )


def _happens(refuse: bool) -> str:
    if refuse:
        return _("De school leest je reden bij de leerling en kan opnieuw vragen.")
    return _("De codes zijn geldig tot en met de dag die je invult, en de school ziet dat.")


def _shortly() -> list[str]:
    return [_("Dit kan je niet terugdraaien.")]


def _done(count: int, refuse: bool) -> str:
    if refuse:
        return ngettext(
            "{n} verlenging is geweigerd.", "{n} verlengingen zijn geweigerd.", count
        ).format(n=getal(count))
    return ngettext(
        "{n} verlenging is bevestigd.", "{n} verlengingen zijn bevestigd.", count
    ).format(n=getal(count))


def _last_days(hand_outs: list[int]) -> dict[int, date]:
    found = HandOut.objects.filter(pk__in=hand_outs).with_last_day()
    return {each.pk: vars(each)["last_day"] for each in found}
