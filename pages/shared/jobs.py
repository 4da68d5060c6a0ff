"""How far a job is, and trying it again: for the provider and the ministry alike."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import MINISTRY, Role, User
from common.access import roles_required
from common.refused import Refused, allowed
from common.refused_shown import on_page
from pages.ministry.division_forms import address_of
from pages.shared.files import file_url, progress
from pages.shared.person_request import PersonRequest
from pages.shared.texts import erased_in_words
from vouchers import policies
from vouchers.actions.hand_out.shortages import Plan
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, Pool
from vouchers.states import UNFINISHED_JOBS

who_has_jobs = roles_required(Role.PROVIDER, *MINISTRY)


@who_has_jobs
@require_safe
@never_cache
def job_progress(request: PersonRequest, pk: int) -> HttpResponse:
    """How far a job is. Asked again and again by the page of its file, or by itself when it hands
    out a period; led to the whole page of that when it ended."""
    job = _job(request, pk)
    address = _page_of(request.user, job)
    if request.headers.get("HX-Request") and job.state not in UNFINISHED_JOBS:
        return HttpResponseClientRedirect(address)
    context = {
        "title": _title(job),
        "job": job,
        "parent_url": address if job.file else reverse("ministry_jobs"),
        "parent_label": job.file.name if job.file else _("Taken"),
        "progress": progress(job, *_result_link(job, address)),
        "result": _result(job),
        "erased": erased_in_words(job.result) if job.kind == Job.Kind.ERASE else [],
        "can_retry": allowed(policies.check_can_retry, request.user, job),
    }
    return render(request, "files/job.html", context)


def _title(job: Job) -> str:
    if job.period and job.kind == Job.Kind.ERASE:
        return _("{period} wissen").format(period=job.period)
    if job.period:
        return _("Codes uitreiken voor heel {period}").format(period=job.period)
    return str(job.get_kind_display()).capitalize()


def _page_of(user: User, job: Job) -> str:
    """Where one reads what a job came to: the page of its file, else its own."""
    return file_url(user, job.file) if job.file else reverse("job_progress", args=[job.pk])


def _result_link(job: Job, address: str) -> tuple[str, str]:
    """Where one goes on when a job ended: an address and what stands on the button."""
    if job.file:
        return address, ""
    if job.kind == Job.Kind.ERASE:
        return reverse("ministry_periods"), _("Naar de golven")
    if job.result:
        return _served_url(job), _("Bekijk de aanvragen")
    page = reverse("ministry_period_hand_out", args=[job.period_id])
    asked = address_of(Plan(**job.plan)) if job.plan else ""
    return f"{page}?{asked}" if asked else page, _("Bekijk waarom")


def _served_url(job: Job) -> str:
    return reverse("ministry_requests") + f"?staat=alle&taak={job.pk}"


def _result(job: Job) -> dict[str, Any] | None:
    """What a hand-out of a period came to, each count with the address of what it counts."""
    if job.kind != Job.Kind.HAND_OUT or not job.result:
        return None
    codes: dict[str, int] = job.result["pools"]
    pools = Pool.objects.with_last_day().filter(pk__in=codes).select_related("agreement__provider")
    return {
        "period": job.period,
        "codes": job.result["codes"],
        "requests": job.result["requests"],
        "requests_url": _served_url(job),
        "division": job.result.get("division"),
        "pools": [(pool, codes[str(pool.pk)]) for pool in pools.order_by("pk")],
    }


@who_has_jobs
@require_POST
def job_retry(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a job that failed wait again."""
    job = _job(request, pk)
    try:
        job = jobs.retry(job=job, by=request.user, now=timezone.now())
    except Refused as refused:
        on_page(request, refused)
    else:
        messages.info(request, _("We proberen het opnieuw."))
    return redirect(_page_of(request.user, job))


def _job(request: PersonRequest, pk: int) -> Job:
    found = Job.objects.visible_to(request.user).select_related("file", "period")
    return get_object_or_404(found, pk=pk)
