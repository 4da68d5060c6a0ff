"""The progress of a job, and retrying it: for the provider and the ministry alike.

Tested in `pages.provider.tests.test_views`, `pages.ministry.tests.test_whole_period`.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import MINISTRY, Role
from common.access import roles_required
from common.refused import Refused, allowed
from common.refused_shown import on_page
from pages.shared.job_pages import page_for
from pages.shared.person_request import PersonRequest
from vouchers.actions.upkeep import jobs
from vouchers.models import Job
from vouchers.states import UNFINISHED_JOBS

who_has_jobs = roles_required(Role.PROVIDER, *MINISTRY)


@who_has_jobs
@require_safe
@never_cache
def job_progress(request: PersonRequest, pk: int) -> HttpResponse:
    """How far a job is. Polled by the page of its file, or by the job's own page when it hands out
    a period; once the job has ended, a poll sends the browser to that page as a whole."""
    job = _job(request, pk)
    page = page_for(job, request.user)
    if request.headers.get("HX-Request") and job.state not in UNFINISHED_JOBS:
        return HttpResponseClientRedirect(page.address)
    context = {
        "title": page.title,
        "job": job,
        "parent_url": page.parent.url,
        "parent_label": page.parent.label,
        "progress": page.progress,
        "can_retry": allowed(jobs.check_can_retry, request.user, job),
    }
    return render(request, "files/job.html", context | page.result)


@who_has_jobs
@require_POST
def job_retry(request: PersonRequest, pk: int) -> HttpResponse:
    """Queue a failed job again."""
    job = _job(request, pk)
    try:
        job = jobs.retry(job=job, by=request.user, now=timezone.now())
    except Refused as refused:
        on_page(request, refused)
    else:
        messages.info(request, _("We proberen het opnieuw."))
    return redirect(page_for(job, request.user).address)


def _job(request: PersonRequest, pk: int) -> Job:
    found = Job.objects.visible_to(request.user).select_related("file", "period")
    return get_object_or_404(found, pk=pk)
