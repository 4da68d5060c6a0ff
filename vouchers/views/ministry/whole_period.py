"""Handing out a whole period: what it would come to, then a job that does it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from schools.scoping import PersonRequest
from voucherportal.templatetags.portal import getal
from vouchers import policies
from vouchers.actions import handing_out, jobs
from vouchers.actions.handing_out import Foreseen
from vouchers.forms.ministry import RequestFilter
from vouchers.models import Job, Period
from vouchers.policies import NotAllowed
from vouchers.states import UNFINISHED_JOBS
from vouchers.views.ministry.requests import list_url
from vouchers.views.ministry.shared import ministry_only


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def hand_out_period(request: PersonRequest, pk: int) -> HttpResponse:
    """How many codes would go out, from which pools, what stays; confirmed a job does it."""
    period = get_object_or_404(Period, pk=pk)
    if going_on := period.jobs.filter(state__in=UNFINISHED_JOBS).first():
        return redirect("job_progress", pk=going_on.pk)
    now = timezone.now()
    try:
        if request.method == "POST":
            kind = Job.Kind.HAND_OUT
            job = jobs.enqueue(kind=kind, period=period, by=request.user, now=now)
            return redirect("job_progress", pk=job.pk)
        foreseen = handing_out.foresee_period(period, now)
        policies.check_can_hand_out_period(request.user, period, foreseen.waiting)
    except NotAllowed as refusal:
        messages.warning(request, refusal.message)
        return redirect("ministry_periods")
    context = {
        "title": _title(period, foreseen),
        "period": period,
        "foreseen": foreseen,
        "waiting_url": f"{list_url(RequestFilter.WAITING)}&golf={period.slug}",
        "stock": handing_out.free_stock(period, timezone.localdate(now))
        if foreseen.refusal
        else [],
    }
    return render(request, "ministry/hand_out_period.html", context)


def _title(period: Period, foreseen: Foreseen) -> str:
    if foreseen.refusal:
        return _("Niet genoeg codes voor heel {period}").format(period=period)
    sentence = ngettext(
        "{n} code uitreiken voor heel {period}?",
        "{n} codes uitreiken voor heel {period}?",
        foreseen.count,
    )
    return sentence.format(n=getal(foreseen.count), period=period)
