"""Handing out a whole period: first a preview, then a job that does it.

When there are too few codes the same page shows how each rule would divide them; nothing moves
until an officer confirms what was shown.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.confirm import Done, Question, ask_first, is_answer
from common.formats import as_number
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import on_page
from pages.ministry.division_forms import PlanForm, address_of, fields_of
from pages.ministry.divisions import shares_of, table_of, tally
from pages.ministry.forms import RequestFilter
from pages.ministry.requests import list_url
from pages.ministry.shared import ministry_only
from pages.shared.person_request import PersonRequest
from pages.shared.texts import plan_in_words, rule_in_words
from vouchers import policies
from vouchers.actions.hand_out.plan import Allocation, AllocationInput, DivisionChanged, Plan
from vouchers.actions.hand_out.preview import Preview, free_stock, period_input, preview_of
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, Period
from vouchers.states import UNFINISHED_JOBS, DivisionRule


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule in the words of the page, and its result."""

    label: str
    explained: str
    url: str
    chosen: bool
    full: int
    part: int
    none: int


@ministry_only
@GET_OR_POST
def ask_whole_period(request: PersonRequest, pk: int) -> HttpResponse:
    """How many codes would go out, from which pools, and what is left; a job does what was
    confirmed."""
    period = get_object_or_404(Period, pk=pk)
    if going_on := period.jobs.filter(state__in=UNFINISHED_JOBS).first():
        return redirect("job_progress", pk=going_on.pk)
    plan, now = PlanForm(request.POST or request.GET).plan(), timezone.now()
    found = period_input(period, now, only_queue=plan.only_queue)
    lately = policies.admitted_lately(request.user, now)
    preview = preview_of(found.allocate(plan), without=lately)
    try:
        policies.check_can_hand_out_period(request.user, period, preview.waiting)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.WARNING)
        return redirect("ministry_periods")
    if "checksum" in request.POST:
        return _divide(request, period, plan, preview)
    if preview.refusal:
        if is_answer(request):
            messages.warning(request, DivisionChanged().message)
        context = _context(period, plan, preview) | _short(request, period, plan, found, preview)
        return render(request, "ministry/hand_out_period.html", context)
    return ask_first(
        request,
        _question(period, plan, preview),
        lambda: _enqueued(request, period, _everybody(plan, preview)),
        template="ministry/hand_out_period.html",
        context=_context(period, plan, preview),
    )


def _everybody(plan: Plan, preview: Preview) -> Plan:
    """A code for everybody who was shown to get one, or for nobody."""
    return Plan(only_queue=plan.only_queue, checksum=_checksum(preview))


def _checksum(preview: Preview) -> str:
    assert preview.allocation
    return preview.allocation.checksum


def _enqueued(request: PersonRequest, period: Period, plan: Plan) -> Done:
    job = jobs.enqueue(
        kind=Job.Kind.HAND_OUT,
        period=period,
        plan=plan.as_json(),
        by=request.user,
        now=timezone.now(),
    )
    return Done(to=reverse("job_progress", args=[job.pk]))


def _question(period: Period, plan: Plan, preview: Preview) -> Question:
    return Question(
        title=_title(period, preview, only_queue=plan.only_queue),
        happens=[
            _(
                "Alle leerlingen die wachten krijgen hun code, of niemand als er intussen te "
                "weinig zijn."
            ),
            _("De aanvragers kunnen daarna hun brieven afdrukken."),
            *_passed_over(preview),
        ],
        undo=_("Je kan codes terugnemen zolang hun brief niet afgedrukt is."),
        about=[_checksum(preview), preview.passed_over],
        fields=fields_of(plan),
        button=_("Uitreiken"),
        back=reverse("ministry_periods"),
    )


def _passed_over(preview: Preview) -> list[str]:
    """Whom this officer leaves to a colleague, in a sentence."""
    if not preview.passed_over:
        return []
    sentence = ngettext(
        "{n} leerling blijft wachten: jij liet bij die organisatie de voorbije {days} dagen iemand "
        "toe, dus reikt een collega daar uit.",
        "{n} leerlingen blijven wachten: jij liet bij hun organisatie de voorbije {days} dagen "
        "iemand toe, dus reikt een collega daar uit.",
        preview.passed_over,
    )
    return [sentence.format(n=as_number(preview.passed_over), days=policies.DAYS_OFF.days)]


def _context(period: Period, plan: Plan, preview: Preview) -> dict[str, Any]:
    """The context of the page, whether there are enough codes or not."""
    return {
        "title": _title(period, preview, only_queue=plan.only_queue),
        "period": period,
        "plan": plan,
        "preview": preview,
        "waiting_url": f"{list_url(RequestFilter.WAITING)}&golf={period.slug}",
    }


def _short(
    request: PersonRequest, period: Period, plan: Plan, found: AllocationInput, preview: Preview
) -> dict[str, Any]:
    """What is added when there are too few: each rule, and the result of this one."""
    context: dict[str, Any] = {
        "form": PlanForm(request.GET),
        "fields": fields_of(plan),
        "stock": free_stock(period, timezone.localdate()),
    }
    if preview.allocation and preview.count:
        context |= {
            "choices": _choices(plan, found, preview.allocation),
            "table": table_of(request, shares_of(preview.allocation)),
            "csv_url": f"{reverse('ministry_period_preview_csv', args=[period.pk])}"
            f"?{address_of(plan)}",
        }
    return context


def _choices(plan: Plan, found: AllocationInput, chosen: Allocation) -> list[Choice]:
    """The rules side by side: how many organisations get everything, a part, nothing."""
    choices = []
    for rule in DivisionRule:
        minimum = 0 if rule == DivisionRule.FIRST_COME else plan.minimum
        other = Plan(rule.value, minimum, plan.only_queue)
        shares = shares_of(chosen if other == plan else found.allocate(other))
        choices.append(
            Choice(
                plan_in_words(rule, minimum),
                rule_in_words(rule),
                f"?{address_of(other)}",
                other == plan,
                **tally(shares),
            )
        )
    return choices


def _divide(request: PersonRequest, period: Period, plan: Plan, preview: Preview) -> HttpResponse:
    """Ask once more, then let a job carry out what the officer saw, if it is still true."""
    back = f"{reverse('ministry_period_hand_out', args=[period.pk])}?{address_of(plan)}"
    seen = request.POST["checksum"]
    if not (preview.refusal and preview.allocation and preview.allocation.checksum == seen):
        # Only that page shows what every organisation gets, so that is where to look again.
        messages.warning(request, DivisionChanged().message)
        return redirect(back)
    waits = preview.waiting - preview.count
    happens = [
        rule_in_words(plan.rule),
        ngettext(
            "{n} leerling krijgt nu een code.", "{n} leerlingen krijgen nu een code.", preview.count
        ).format(n=as_number(preview.count)),
        ngettext(
            "{n} leerling blijft wachten en komt het eerst aan de beurt bij nieuwe codes.",
            "{n} leerlingen blijven wachten en komen het eerst aan de beurt bij nieuwe codes.",
            waits,
        ).format(n=as_number(waits)),
    ]
    question = Question(
        title=_("De codes van {period} zo verdelen?").format(period=period),
        happens=happens,
        undo=_("Je kan codes terugnemen zolang hun brief niet afgedrukt is."),
        about=[seen],
        fields=[("checksum", seen), *fields_of(plan)],
        button=_("Verdeel zo"),
        back=back,
        parent_label=_("Uitreiken"),
    )
    return ask_first(
        request,
        question,
        lambda: _enqueued(request, period, replace(plan, checksum=seen)),
        check=lambda: policies.check_can_divide(request.user, period, timezone.now()),
    )


def _title(period: Period, preview: Preview, *, only_queue: bool) -> str:
    if preview.refusal and only_queue:
        return _("Niet genoeg codes voor wie wacht in {period}").format(period=period)
    if preview.refusal:
        return _("Niet genoeg codes voor heel {period}").format(period=period)
    if only_queue:
        sentence = ngettext(
            "{n} code uitreiken aan wie wacht in {period}?",
            "{n} codes uitreiken aan wie wacht in {period}?",
            preview.count,
        )
        return sentence.format(n=as_number(preview.count), period=period)
    sentence = ngettext(
        "{n} code uitreiken voor heel {period}?",
        "{n} codes uitreiken voor heel {period}?",
        preview.count,
    )
    return sentence.format(n=as_number(preview.count), period=period)
