"""One code as the ministry may see it: where it is and who saw it, never the code itself.

It is reached from an alert or a file row about it, from the list of codes that a pool has set
apart, or by typing what somebody reads out on the telephone.
Tested in `pages.ministry.tests.test_alerts`.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from common.access import nothing_kept
from common.confirm import Done, Question, ask_first, typed
from common.formats import as_day, as_moment
from common.lists import page_of, page_shown
from common.methods import GET_OR_POST
from common.refused import Refused, allowed
from common.refused_shown import in_form
from common.state_text import StateText
from pages.ministry.shared import ministry_only
from pages.ministry.watching_forms import LookupForm, ReasonForm
from pages.shared.person_request import PersonRequest
from pages.shared.reveals import shown_turns
from vouchers import policies
from vouchers.actions.stock import holding, lookups
from vouchers.models import CodeLookup, HandOut, Holding, Pool, Reveal, Voucher
from vouchers.models.pools import VoucherQuerySet
from vouchers.states import HandOutStage, VoucherState

EVENTS_SHOWN = 50
TONES = {
    VoucherState.AVAILABLE: "success",
    VoucherState.OUT: "info",
    VoucherState.HELD: "warning",
    VoucherState.VOID: "error",
}


def _visible(request: PersonRequest) -> VoucherQuerySet:
    rows = Voucher.objects.visible_to(request.user).defer("secret", "file__content")
    return rows.select_related("pool__agreement", "provider", "file", "voided_by")


def _state(voucher: Voucher) -> StateText:
    text = capfirst(voucher.get_state_display())
    if voucher.void_reason:
        text = f"{text}: {voucher.get_void_reason_display()}"
    return StateText(text, TONES[VoucherState(voucher.state)])


@ministry_only
@sensitive_post_parameters("code")
@nothing_kept
@never_cache
@GET_OR_POST
def code_lookup(request: PersonRequest) -> HttpResponse:
    """Find the code that somebody reads out; what is typed is neither stored nor shown again."""
    form = LookupForm(request.POST or None)
    if form.is_valid():
        try:
            found = lookups.look_up(
                provider=form.cleaned_data["provider"],
                code=form.cleaned_data["code"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            in_form(form, refusal)
        else:
            if found:
                return redirect("ministry_code", pk=found.pk)
            form.add_error(
                "code",
                _(
                    "We kennen deze code niet bij deze provider. Laat ze letter voor letter "
                    "voorlezen en kijk na of de provider klopt."
                ),
            )
    url = reverse("ministry_pools")
    form.shown(cancel=url)
    context = {
        "title": _("Code opzoeken"),
        "lead": _(
            "Belt iemand over een code? Typ ze hier en zie waar ze is. We noteren dat jij dit "
            "opzoekt, en wanneer."
        ),
        "form": form,
        "parent_url": url,
        "parent_label": _("Voorraden"),
    }
    return render(request, "ministry/form.html", context)


@ministry_only
@require_safe
def code_page(request: PersonRequest, pk: int) -> HttpResponse:
    """Where a code is, who had it, who saw it, and what can be done with it now."""
    voucher = get_object_or_404(_visible(request), pk=pk)
    hand_outs = HandOut.objects.filter(voucher=voucher).with_last_day().with_activation()
    had = list(
        hand_outs.select_related("line__organisation", "line__request__period").order_by("-pk")
    )
    reveals = Reveal.objects.visible_to(request.user).filter(voucher=voucher)
    page = page_of(request, reveals.by_turn())
    page.object_list = shown_turns(page)
    context = {
        "title": voucher.shown_name,
        "voucher": voucher,
        "state": _state(voucher),
        "facts": _facts(voucher, had),
        "had": [(each, HandOutStage(each.stage).label) for each in had],
        "page": page,
        "events": _events(voucher),
        "live": next((each for each in had if each.ended_at is None), None),
        "can_hold": allowed(policies.check_can_hold, request.user, voucher),
        "can_release": allowed(policies.check_can_release, request.user, voucher),
    }
    return render(request, "ministry/code.html", context)


def _facts(voucher: Voucher, had: list[HandOut]) -> list[dict[str, Any]]:
    pool = Pool.objects.with_last_day().get(pk=voucher.pool_id)
    last = max([pool.last_day, *(each.last_day for each in had if not each.ended_at)])
    return [
        {"label": _("Provider"), "value": voucher.provider},
        {
            "label": _("Voorraad"),
            "value": pool.name,
            "url": reverse("ministry_pool", args=[pool.pk]),
            "link_label": _("bekijken"),
        },
        {
            "label": _("Bestand"),
            "value": voucher.file.name,
            "hint": _("regel {line}, geladen {moment}").format(
                line=voucher.line, moment=as_moment(voucher.loaded_at)
            ),
            "url": reverse("ministry_file", args=[voucher.file_id]),
            "link_label": _("bekijken"),
        },
        {"label": _("Geldig tot en met"), "value": as_day(last)},
    ]


def _events(voucher: Voucher) -> list[dict[str, Any]]:
    """Why the code was set apart or released, and who looked it up; the latest ones, newest
    first."""
    held = Holding.objects.filter(voucher=voucher).select_related("done_by", "file")
    seen = CodeLookup.objects.filter(voucher=voucher).select_related("looked_up_by")
    events = [
        {
            "at": each.done_at,
            "title": _("Vastgehouden") if each.held else _("Vrijgegeven"),
            "by": each.done_by,
            "text": each.reason or _because(each),
        }
        for each in held.defer("file__content").order_by("-pk")[:EVENTS_SHOWN]
    ]
    events += [
        {"at": each.looked_up_at, "title": _("Opgezocht"), "by": each.looked_up_by}
        for each in seen.order_by("-pk")[:EVENTS_SHOWN]
    ]
    return sorted(events, key=lambda event: event["at"], reverse=True)[:EVENTS_SHOWN]


def _because(done: Holding) -> str:
    sentence = (
        _("Bestand {file} meldde deze code in gebruik, en niemand had ze.")
        if done.held
        else _("Bestand {file} werd ongedaan gemaakt.")
    )
    return sentence.format(file=done.file.name if done.file else "")


@ministry_only
@GET_OR_POST
def code_hold(request: PersonRequest, pk: int) -> HttpResponse:
    """Set a code apart while something is looked into."""
    voucher = get_object_or_404(_visible(request), pk=pk)
    return _ask_why(
        request,
        voucher,
        act=holding.hold,
        check=policies.check_can_hold,
        done=_("De code wordt vastgehouden. Niemand krijgt ze."),
        undo_by="ministry_code_release",
        title=_("Deze code vasthouden?"),
        happens=[
            _("De code blijft in de voorraad staan, maar wordt niet uitgereikt."),
            _("Ze staat in de lijst van vastgehouden codes, met je reden."),
        ],
        undo=_("Je kan de code later weer vrijgeven."),
        button=_("Vasthouden"),
    )


@ministry_only
@GET_OR_POST
def code_release(request: PersonRequest, pk: int) -> HttpResponse:
    """Put a code that was set apart back in stock."""
    voucher = get_object_or_404(_visible(request), pk=pk)
    happens = [_("De code kan weer uitgereikt worden, aan gelijk wie.")]
    last = Holding.objects.filter(voucher=voucher).order_by("-pk").first()
    if last and last.file_id:
        happens.append(
            _(
                "De provider meldde deze code in gebruik. Geef ze alleen vrij als de provider "
                "bevestigt dat dat een vergissing was: anders krijgt een gezin een gebruikte code."
            )
        )
    return _ask_why(
        request,
        voucher,
        act=holding.release,
        check=policies.check_can_release,
        done=_("De code is vrij en kan weer uitgereikt worden."),
        undo_by="ministry_code_hold",
        title=_("Deze code vrijgeven?"),
        happens=happens,
        undo=_("Zolang ze niet uitgereikt is, kan je ze opnieuw vasthouden."),
        button=_("Vrijgeven"),
    )


def _ask_why(
    request: PersonRequest,
    voucher: Voucher,
    *,
    act: Any,
    check: Any,
    done: str,
    undo_by: str,
    **question: Any,
) -> HttpResponse:
    """Ask for a reason, then act; the page of the code shows what was done or why it was
    refused."""
    form = ReasonForm(typed(request))
    back = reverse("ministry_code", args=[voucher.pk])

    def acted() -> Done:
        reason = form.cleaned_data["reason"]
        act(voucher=voucher, reason=reason, by=request.user, now=timezone.now())
        return Done(done, undo_url=reverse(undo_by, args=[voucher.pk]))

    return ask_first(
        request,
        Question(form=form, back=back, parent_label=voucher.shown_name, **question),
        acted,
        check=lambda: check(request.user, voucher),
    )


@ministry_only
@require_safe
def held_of_pool(request: PersonRequest, pk: int) -> HttpResponse:
    """The codes of a pool that are set apart: since when, why, after which file."""
    pools = Pool.objects.visible_to(request.user).select_related("agreement__provider")
    pool = get_object_or_404(pools, pk=pk)
    page = page_shown(request, Voucher.objects.held().filter(pool=pool).order_by("-pk"), _with_file)
    why = _last_holdings(page.object_list)
    context = {
        "title": _("Vastgehouden codes van {pool}").format(pool=pool),
        "pool": pool,
        "page": page,
        "rows": [(each, each.shown_name, why.get(each.pk)) for each in page.object_list],
    }
    return render(request, "ministry/held.html", context)


def _with_file(vouchers: VoucherQuerySet) -> VoucherQuerySet:
    return vouchers.select_related("file").defer("secret", "file__content")


def _last_holdings(vouchers: Any) -> dict[int, dict[str, Any]]:
    """For each of these codes: when it was last set apart, by whom and why."""
    last = (
        Holding.objects.filter(voucher__in=vouchers, held=True)
        .order_by("voucher", "-pk")
        .distinct("voucher")
        .select_related("done_by", "file")
        .defer("file__content")
    )
    return {
        each.voucher_id: {
            "at": each.done_at,
            "by": each.done_by,
            "reason": each.reason,
            "file": each.file,
        }
        for each in last
    }
