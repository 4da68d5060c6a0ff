"""Reports as files, and the list of the files that were made: for the ministry only."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from common.lists import page_of
from common.tables.csv_out import download_headers
from pages.ministry.reports import filter_of, ministry_only
from pages.shared.person_request import PersonRequest
from reports.exports import export
from reports.figures import Dimension
from reports.filters import address
from vouchers.models import Export


# HEAD would leave a trace of a file that nobody got.
@ministry_only
@require_GET
def report_file(request: PersonRequest, dimension: Dimension, file_format: str) -> HttpResponse:
    """The table of the screen with all its figures, for a spreadsheet; noted before it leaves."""
    form = filter_of(request, dimension)
    if not form.is_valid():
        return redirect(address(request, reverse("report", args=[dimension])))
    made = export(form.question, dimension, file_format, by=request.user, now=timezone.now())
    return HttpResponse(
        made.content,
        content_type=made.content_type,
        headers=download_headers(made.name),
    )


@ministry_only
@require_safe
def report_exports(request: PersonRequest) -> HttpResponse:
    """Every file of figures that left, the newest first: who, when, what, how many rows, hash."""
    made = Export.objects.visible_to(request.user).select_related("made_by")
    context = {"title": _("Exports"), "page": page_of(request, made.order_by("-pk"))}
    return render(request, "reports/exports.html", context)
