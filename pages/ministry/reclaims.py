"""Codes that are reclaimed automatically: after how many days in a wave, and which ones when."""

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common.days import in_words
from common.lists import page_shown, sort_of
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import on_page
from common.state_text import StateText
from pages.ministry.reclaim_forms import ReclaimFilter, ReclaimRuleForm
from pages.ministry.shared import ministry_only, supervising_only
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.life import reclaims
from vouchers.actions.life.holidays import runs_out, school_days
from vouchers.models import Period, ReclaimNotice
from vouchers.models.reclaims import ReclaimNoticeQuerySet

SORTS = {
    "terug": ("due_on", "pk"),
    "organisatie": ("request__organisation__name", "request__organisation", "pk"),
}


@ministry_only
@require_safe
def reclaim_list(request: PersonRequest) -> HttpResponse:
    """What is, or was, reclaimed per request: how many codes, when, and what the organisation
    answered.

    Never a code, never a reference.
    """
    everything = ReclaimNotice.objects.visible_to(request.user)
    filters = ReclaimFilter(request.GET, path=request.path)
    found = filters.found(everything)
    sort, order = sort_of(request, SORTS, otherwise="terug")
    page = page_shown(request, found.order_by(*order), _as_shown)
    notified = set(
        ReclaimNotice.objects.filter(pk__in=[each.pk for each in page.object_list])
        .notified_before(timezone.now())
        .values_list("pk", flat=True)
    )
    context = {
        "title": _("Codes die teruggaan"),
        "filters": filters,
        "page": page,
        "rows": [(each, _state(each, notified=each.pk in notified)) for each in page.object_list],
        "total": everything.count(),
        "codes": found.with_codes().aggregate(n=Sum("codes"))["n"] or 0,
        "sort": sort,
    }
    return render(request, "ministry/reclaims.html", context)


def _as_shown(notices: ReclaimNoticeQuerySet) -> ReclaimNoticeQuerySet:
    """These announcements with what the list shows of each."""
    return notices.with_codes().select_related("request__organisation", "request__period")


def _state(notice: ReclaimNotice, *, notified: bool) -> StateText:
    if notice.kept_until:
        return StateText(
            _("Nog in gebruik: blijft tot en met {day}").format(day=in_words(notice.kept_until)),
            "success",
        )
    if notice.ended_at and notice.taken:
        return StateText(_("Teruggenomen op {day}").format(day=in_words(notice.ended_at)))
    if notice.ended_at:
        return StateText(_("Alles op tijd afgedrukt"), "success")
    if not notice.is_open:
        return StateText(_("Gaat niet door"))
    if not notified:
        return StateText(_("Niemand kreeg al een mail: blijft staan"), "warning")
    return StateText(_("Aangekondigd"), "info")


@supervising_only
@GET_OR_POST
def reclaim_rule(request: PersonRequest, pk: int) -> HttpResponse:
    """After how many days unseen codes of a wave are reclaimed automatically; set, change or switch
    off."""
    period = get_object_or_404(Period.objects.select_related("reclaim_set_by"), pk=pk)
    back = reverse("ministry_periods")
    off = "off" in request.POST
    posted = request.POST if request.method == "POST" and not off else None
    form = ReclaimRuleForm(
        posted, initial={"days": period.reclaim_after_days or reclaims.SUGGESTED_DAYS}
    )
    try:
        policies.check_can_set_reclaim(request.user, period)
        if off or form.is_valid():
            days = None if off else form.cleaned_data["days"]
            reclaims.set_rule(period=period, days=days, by=request.user, now=timezone.now())
            messages.success(request, _saved(period, days))
            return redirect(back)
    except Refused as refusal:
        on_page(request, refusal)
        return redirect(back)
    if period.reclaim_after_days:
        form.button = _("Bewaren")
    form.shown(cancel=back)
    days = school_days()
    open_ones = ReclaimNotice.objects.open().filter(request__period=period)
    context = {
        "title": _("Terugnemen in {period}").format(period=period),
        "period": period,
        "form": form,
        "stopped": Period.objects.reclaiming_stopped().filter(pk=pk).exists(),
        "announced": open_ones.count(),
        "known_until": days.known_until,
        "runs_out": runs_out(days, timezone.localdate()),
    }
    return render(request, "ministry/reclaim_rule.html", context)


def _saved(period: Period, days: int | None) -> str:
    if days is None:
        return _("In {period} gaan geen codes meer vanzelf terug.").format(period=period)
    return ngettext(
        "In {period} gaan codes die niemand zag, na {n} dag terug.",
        "In {period} gaan codes die niemand zag, na {n} dagen terug.",
        days,
    ).format(period=period, n=days)
