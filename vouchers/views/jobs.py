"""How far a job is, and trying it again: for the provider and the ministry alike."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from schools.models import MINISTRY, Role
from schools.scoping import PersonRequest
from voucherportal.access import roles_required
from vouchers import policies
from vouchers.actions import jobs
from vouchers.models import Job
from vouchers.policies import NotAllowed, allowed
from vouchers.states import UNFINISHED_JOBS
from vouchers.views.files import file_url, progress

who_has_jobs = roles_required(Role.PROVIDER, *MINISTRY)


@who_has_jobs
@require_safe
@never_cache
def job_progress(request: PersonRequest, pk: int) -> HttpResponse:
    """How far a job is. Asked again and again by the page of its file; led there when it ended."""
    job = _job(request, pk)
    address = file_url(request.user, job.file) if job.file else ""
    if address and request.headers.get("HX-Request") and job.state not in UNFINISHED_JOBS:
        return HttpResponseClientRedirect(address)
    context = {
        "title": str(job.get_kind_display()).capitalize(),
        "job": job,
        "file": job.file,
        "file_url": address,
        "progress": progress(job, address),
        "can_retry": allowed(policies.check_can_retry, request.user, job),
    }
    return render(request, "files/job.html", context)


@who_has_jobs
@require_POST
def job_retry(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a job that failed wait again."""
    job = _job(request, pk)
    try:
        jobs.retry(job=job, by=request.user, now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.message)
    else:
        messages.info(request, _("We proberen het opnieuw."))
    return redirect(file_url(request.user, job.file) if job.file else "home")


def _job(request: PersonRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("file"), pk=pk)
