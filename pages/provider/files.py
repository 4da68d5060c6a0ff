"""Files with activations: upload one, see what it comes to, apply it, undo it.

Tested in `pages.provider.tests.test_views`.
"""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.kept_form import kept_beside_file
from common.lists import page_of, sort_of
from common.methods import GET_OR_POST
from common.tables.csv_out import csv_response
from common.uploads import upload_refusal
from pages.provider.forms import ActivationFileForm
from pages.provider.shared import ProviderRequest, own_provider, provider_only
from pages.shared.files import (
    FILE_SORTS,
    FileUrls,
    ask_and_undo,
    discard,
    file_context,
    file_state,
    let_apply,
    receive_upload,
    rows_csv,
)
from vouchers.actions.files import activation_files
from vouchers.actions.files.file_rows import EXAMPLE
from vouchers.models import ProviderFile
from vouchers.models.files import ProviderFileQuerySet
from vouchers.states import FileKind, RowOutcome

EXAMPLE_DAY = "14/09/2020"


@provider_only
@require_safe
def provider_files_list(request: ProviderRequest) -> HttpResponse:
    """All files with activations of the reader's own provider, newest first."""
    sort, order = sort_of(request, FILE_SORTS, otherwise="-geladen")
    files = own_files(request).with_stuck().order_by(*order).defer("content")
    page = page_of(request, files)
    context = {
        "title": _("Bestanden met activaties"),
        "page": page,
        "rows": [(file, file_state(file), _totals(file)) for file in page],
        "total": page.paginator.count,
        "sort": sort,
    }
    return render(request, "provider/files.html", context)


@provider_only
@GET_OR_POST
def provider_file_new(request: ProviderRequest) -> HttpResponse:
    """Upload a file with activations; it is checked in the background."""
    provider = own_provider(request)
    form = ActivationFileForm(initial=kept_beside_file(request))
    if request.method == "POST":
        refusal = upload_refusal(request)
        form = ActivationFileForm(request.POST, request.FILES, refusal=refusal)
        if form.is_valid():
            file = receive_upload(
                request,
                form,
                kind=FileKind.ACTIVATIONS,
                provider=provider,
                complete_until=form.cleaned_data["complete_until"],
            )
            if file:
                return redirect("provider_file", file.pk)
    context = {
        "title": _("Activaties doorgeven"),
        "form": form,
        "provider": provider,
        "example": f"{EXAMPLE}-1234",
        "example_day": EXAMPLE_DAY,
        "date_column": activation_files.DATE,
        "extra_columns": _(" of ").join([activation_files.POOL, *provider.secret_columns]),
    }
    return render(request, "provider/file_new.html", context)


@provider_only
@require_safe
def provider_file_template(request: ProviderRequest) -> HttpResponseBase:
    """An example to fill in; its own row is recognised by content and refused when it is left
    in."""
    column = own_provider(request).code_column
    return csv_response(
        "activaties.csv",
        [column, activation_files.DATE],
        [(f"{EXAMPLE}-1234", EXAMPLE_DAY)],
    )


@provider_only
@require_safe
@never_cache
def provider_file(request: ProviderRequest, pk: int) -> HttpResponse:
    """The state of a file, what its rows come to, and what can be done with it now."""
    people = ("provider", "pool", "uploaded_by", "applied_by", "undone_by")
    files = own_files(request).with_stuck().select_related(*people).defer("content")
    file = get_object_or_404(files, pk=pk)
    context = file_context(request, file, user=request.user, urls=_urls(file))
    return render(request, "files/file.html", context)


@provider_only
@require_POST
def provider_file_apply(request: ProviderRequest, pk: int) -> HttpResponse:
    """Queue the file to be applied in the background."""
    file = get_object_or_404(own_files(request), pk=pk)
    return let_apply(request, file, _urls(file))


@provider_only
@require_POST
def provider_file_discard(request: ProviderRequest, pk: int) -> HttpResponse:
    """Discard the file; nothing of it is applied."""
    file = get_object_or_404(own_files(request), pk=pk)
    return discard(request, file, _urls(file))


@provider_only
@GET_OR_POST
def provider_file_undo(request: ProviderRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then withdraw what the file reported."""
    file = get_object_or_404(own_files(request), pk=pk)
    return ask_and_undo(request, file, _urls(file))


@provider_only
@require_safe
def provider_file_rows(request: ProviderRequest, pk: int) -> HttpResponseBase:
    """The outcome of each row, as CSV."""
    return rows_csv(get_object_or_404(own_files(request), pk=pk))


def own_files(request: ProviderRequest) -> ProviderFileQuerySet:
    """The files with activations of the reader's own provider."""
    return ProviderFile.objects.visible_to(request.user).filter(kind=FileKind.ACTIVATIONS)


def _totals(file: ProviderFile) -> dict[str, int | None]:
    """The number of rows, and of new ones; unknown before the check."""
    if not file.counts:
        return {"total": None, "new": None}
    return {"total": sum(file.counts.values()), "new": file.counts.get(RowOutcome.NEW, 0)}


def _urls(file: ProviderFile) -> FileUrls:
    def url(name: str) -> str:
        return reverse(name, args=[file.pk])

    return FileUrls(
        here=url("provider_file"),
        files=reverse("provider_files"),
        files_label=_("Bestanden"),
        new=reverse("provider_file_new"),
        apply=url("provider_file_apply"),
        discard=url("provider_file_discard"),
        rows=url("provider_file_rows"),
        undo=url("provider_file_undo"),
    )
