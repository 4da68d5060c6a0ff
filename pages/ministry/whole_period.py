"""Handing out a whole period: what it would come to, then a job that does it.

When there are too few codes the same page shows how each rule would divide them; nothing moves
until an officer confirms what it showed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common.refused import Refused
from common.refused_shown import on_page
from common.templatetags.portal import getal
from pages.ministry.division_forms import PlanForm, address_of, fields_of
from pages.ministry.divisions import shares_of, table_of, tally
from pages.ministry.forms import RequestFilter
from pages.ministry.requests import list_url
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.person_request import PersonRequest
from pages.shared.texts import plan_in_words, rule_in_words
from vouchers import policies
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import Foreseen
from vouchers.actions.hand_out.shortages import DivisionChanged, Outcome, Plan, Situation
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, Period
from vouchers.states import UNFINISHED_JOBS, DivisionRule


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule in the words of the page, and what it comes to."""

    label: str
    explained: str
    url: str
    chosen: bool
    full: int
    part: int
    none: int


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def hand_out_period(request: PersonRequest, pk: int) -> HttpResponse:
    """How many codes would go out, from which pools, what stays; confirmed a job does it."""
    period = get_object_or_404(Period, pk=pk)
    if going_on := period.jobs.filter(state__in=UNFINISHED_JOBS).first():
        return redirect("job_progress", pk=going_on.pk)
    plan, now = PlanForm(request.POST or request.GET).plan(), timezone.now()
    enqueue = partial(
        jobs.enqueue, kind=Job.Kind.HAND_OUT, period=period, by=request.user, now=now
    )  # fmt: skip
    try:
        if request.method == "POST" and "checksum" not in request.POST:
            job = enqueue(plan=Plan(only_queue=plan.only_queue))
            return redirect("job_progress", pk=job.pk)
        found = handing_out.situation_of(period, now, only_queue=plan.only_queue)
        foreseen = handing_out.foreseen_of(found.under(plan))
        policies.check_can_hand_out_period(request.user, period, foreseen.waiting)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.WARNING)
        return redirect("ministry_periods")
    if request.method == "POST":
        return _divide(request, period, plan, foreseen, enqueue)
    return _page(request, period, plan, found, foreseen, now)


def _page(
    request: PersonRequest, period: Period, plan: Plan, found: Situation, foreseen: Foreseen,
    now: datetime,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "title": _title(period, foreseen, only_queue=plan.only_queue),
        "period": period,
        "plan": plan,
        "form": PlanForm(request.GET),
        "fields": fields_of(plan),
        "foreseen": foreseen,
        "waiting_url": f"{list_url(RequestFilter.WAITING)}&golf={period.slug}",
    }
    if foreseen.refusal:
        context["stock"] = handing_out.free_stock(period, timezone.localdate(now))
    if foreseen.refusal and foreseen.outcome and foreseen.count:
        context |= {
            "choices": _choices(plan, found, foreseen.outcome),
            "table": table_of(request, shares_of(foreseen.outcome)),
            "csv_url": f"{reverse('ministry_period_foreseen_csv', args=[period.pk])}"
            f"?{address_of(plan)}",
        }
    return render(request, "ministry/hand_out_period.html", context)


def _choices(plan: Plan, found: Situation, chosen: Outcome) -> list[Choice]:
    """Each rule beside the others: how many organisations get everything, a part, nothing."""
    choices = []
    for rule in DivisionRule:
        minimum = 0 if rule == DivisionRule.FIRST_COME else plan.minimum
        other = Plan(rule.value, minimum, plan.only_queue)
        shares = shares_of(chosen if other == plan else found.under(other))
        choices.append(
            Choice(
                plan_in_words(rule, minimum), rule_in_words(rule), f"?{address_of(other)}",
                other == plan,
                **tally(shares),
            )
        )  # fmt: skip
    return choices


def _divide(
    request: PersonRequest, period: Period, plan: Plan, foreseen: Foreseen,
    enqueue: Callable[..., Job],
) -> HttpResponse:  # fmt: skip
    """Ask once more, then let a job do what the officer saw, if it is still so."""
    back = f"{reverse('ministry_period_hand_out', args=[period.pk])}?{address_of(plan)}"
    seen = request.POST["checksum"]
    if not (foreseen.refusal and foreseen.outcome and foreseen.outcome.checksum == seen):
        messages.warning(request, DivisionChanged().message)
        return redirect(back)
    if request.POST.get("confirmed"):
        return redirect("job_progress", pk=enqueue(plan=replace(plan, checksum=seen)).pk)
    waits = foreseen.waiting - foreseen.count
    happens = [
        rule_in_words(plan.rule),
        ngettext(
            "{n} leerling krijgt nu een code.", "{n} leerlingen krijgen nu een code.",
            foreseen.count,
        ).format(n=getal(foreseen.count)),
        ngettext(
            "{n} leerling blijft wachten en komt het eerst aan de beurt bij nieuwe codes.",
            "{n} leerlingen blijven wachten en komen het eerst aan de beurt bij nieuwe codes.",
            waits,
        ).format(n=getal(waits)),
    ]  # fmt: skip
    return confirmation(
        request,
        title=_("De codes van {period} zo verdelen?").format(period=period),
        happens=happens,
        undo=_("Je kan codes terugnemen zolang hun brief niet afgedrukt is."),
        fields=[("checksum", seen), ("confirmed", "1"), *fields_of(plan)],
        button=_("Verdeel zo"),
        cancel_url=back,
        parent_url=back,
        parent_label=_("Uitreiken"),
    )  # fmt: skip


def _title(period: Period, foreseen: Foreseen, *, only_queue: bool) -> str:
    if foreseen.refusal and only_queue:
        return _("Niet genoeg codes voor wie wacht in {period}").format(period=period)
    if foreseen.refusal:
        return _("Niet genoeg codes voor heel {period}").format(period=period)
    if only_queue:
        sentence = ngettext(
            "{n} code uitreiken aan wie wacht in {period}?",
            "{n} codes uitreiken aan wie wacht in {period}?",
            foreseen.count,
        )
        return sentence.format(n=getal(foreseen.count), period=period)
    sentence = ngettext(
        "{n} code uitreiken voor heel {period}?",
        "{n} codes uitreiken voor heel {period}?",
        foreseen.count,
    )
    return sentence.format(n=getal(foreseen.count), period=period)
