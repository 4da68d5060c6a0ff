"""Reports as files, and the list of files that were made: for who works at the ministry.

Tested in `reports.tests.test_exports`.
"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.lists import page_of
from common.tables.csv_out import download_headers
from pages.ministry.reports import filter_of
from pages.ministry.shared import readers_only
from pages.shared.person_request import PersonRequest
from reports.exports import export
from reports.figures import Dimension
from reports.filters import address
from vouchers.models import Export


# Each file leaves a row: by POST only, so that no link makes an export in somebody's name.
@readers_only
@require_POST
def report_file(request: PersonRequest, dimension: Dimension, file_format: str) -> HttpResponse:
    """The table on screen with all its figures, as a spreadsheet; the export is recorded before it
    is sent."""
    form = filter_of(request, dimension)
    if not form.is_valid():
        return redirect(address(request, reverse("report", args=[dimension])))
    made = export(form.question, dimension, file_format, by=request.user, now=timezone.now())
    return HttpResponse(
        made.content,
        content_type=made.content_type,
        headers=download_headers(made.name),
    )


@readers_only
@require_safe
def report_exports(request: PersonRequest) -> HttpResponse:
    """Every file of figures that was exported, newest first: who, when, what, how many rows,
    hash."""
    made = Export.objects.visible_to(request.user).select_related("made_by")
    context = {"title": _("Exports"), "page": page_of(request, made.order_by("-pk"))}
    return render(request, "reports/exports.html", context)
