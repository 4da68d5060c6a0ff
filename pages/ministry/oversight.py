"""Does everything add up, is everything running: the books and the jobs.

Tested in `pages.ministry.tests.test_files` and `pages.ministry.tests.test_alerts`.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.lists import page_of, sort_of
from common.state_text import StateText
from history.seals import unsealed
from pages.ministry import alert_texts
from pages.ministry.shared import ministry_only, readers_only
from pages.shared.job_pages import page_for
from pages.shared.person_request import PersonRequest
from vouchers.actions.watch.sealing import ABOUT_SEALS
from vouchers.books import balance, miscounted_requests
from vouchers.models import Alert, Job
from vouchers.states import JobState

TONES = {
    JobState.QUEUED: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "error",
}


@readers_only
@require_safe
def balance_page(request: PersonRequest) -> HttpResponse:
    """Each equation of rule 2, per pool, with a tick or the difference; and whether history is
    sealed and whole."""
    pools = balance()
    alerts = Alert.objects.visible_to(request.user).open().filter(kind__in=ABOUT_SEALS)
    context = {
        "title": _("Boekhouding van de codes"),
        "pools": pools,
        "off": [pool for pool in pools if pool.off],
        "miscounted": miscounted_requests(),
        "history": unsealed(),
        "alerts_of_seals": [(each, alert_texts.title(each)) for each in alerts.latest_first()],
        "now": timezone.now(),
    }
    return render(request, "ministry/balance.html", context)


@ministry_only
@require_safe
def job_list(request: PersonRequest) -> HttpResponse:
    """Every job, newest first."""
    jobs = Job.objects.visible_to(request.user).select_related("created_by", "file", "period")
    sort, order = sort_of(request, {"gestart": ("pk",)}, otherwise="-gestart")
    page = page_of(request, jobs.defer("file__content").order_by(*order))
    context = {
        "title": _("Taken"),
        "page": page,
        "rows": [
            (
                job,
                page_for(job, request.user).about,
                StateText(job.get_state_display(), TONES[JobState(job.state)]),
            )
            for job in page.object_list
        ],
        "total": page.paginator.count,
        "sort": sort,
    }
    return render(request, "ministry/jobs.html", context)
