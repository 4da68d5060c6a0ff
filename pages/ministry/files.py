"""Providers' files: load codes, see what each row comes to, apply, discard, undo."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.lists import page_of, sort_of
from common.methods import GET_OR_POST
from common.uploads import upload_refusal
from pages.ministry.forms import FileFilter
from pages.ministry.shared import ministry_only
from pages.ministry.stock_forms import LoadCodesForm
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
from pages.shared.person_request import PersonRequest
from vouchers.models import Pool, ProviderFile
from vouchers.states import FileKind

PEOPLE = ("provider", "pool__agreement", "uploaded_by", "applied_by", "undone_by")


@ministry_only
@GET_OR_POST
def load_codes(request: PersonRequest, pk: int) -> HttpResponse:
    """Upload a file with codes for a pool; it is checked in the background."""
    pools = Pool.objects.visible_to(request.user).select_related("agreement__provider")
    pool = get_object_or_404(pools, pk=pk)
    form = LoadCodesForm()
    if request.method == "POST":
        refusal = upload_refusal(request)
        form = LoadCodesForm(request.POST, request.FILES, refusal=refusal)
        if form.is_valid():
            file = receive_upload(
                request, form, kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool
            )
            if file:
                return redirect("ministry_file", pk=file.pk)
    url = reverse("ministry_pool", args=[pk])
    form.shown(cancel=url)
    provider = pool.agreement.provider
    context = {
        "title": _("Codes laden in {pool}").format(pool=pool),
        "lead": _("Het bestand van {provider} heeft deze kolommen: {columns}.").format(
            provider=provider, columns=", ".join([provider.code_column, *provider.secret_columns])
        ),
        "form": form,
        "parent_url": url,
        "parent_label": f"{provider}, {pool}",
    }
    return render(request, "ministry/form.html", context)


@ministry_only
@require_safe
def file_list(request: PersonRequest) -> HttpResponse:
    """Every file, newest first, filtered by state and provider from the address."""
    everything = ProviderFile.objects.visible_to(request.user).defer("content")
    filters = FileFilter(request.GET, path=request.path)
    found = filters.found(everything).select_related("provider", "uploaded_by")
    sort, order = sort_of(request, FILE_SORTS, otherwise="-geladen")
    page = page_of(request, found.with_stuck().order_by(*order))
    context = {
        "title": _("Bestanden van providers"),
        "filters": filters,
        "page": page,
        "rows": [(file, file_state(file)) for file in page.object_list],
        "total": everything.count(),
        "sort": sort,
    }
    return render(request, "ministry/files.html", context)


@ministry_only
@require_safe
@never_cache
def file_page(request: PersonRequest, pk: int) -> HttpResponse:
    """The state of a file, what its rows come to, and what can be done with it now."""
    file = _file(request, pk)
    context = file_context(request, file, user=request.user, urls=_urls(file))
    return render(request, "files/file.html", context)


def _file(request: PersonRequest, pk: int) -> ProviderFile:
    rows = ProviderFile.objects.visible_to(request.user).with_stuck().defer("content")
    return get_object_or_404(rows.select_related(*PEOPLE), pk=pk)


def _urls(file: ProviderFile) -> FileUrls:
    def url(name: str) -> str:
        return reverse(name, args=[file.pk])

    files = reverse("ministry_files")
    return FileUrls(
        here=url("ministry_file"),
        files=files,
        files_label=_("Bestanden"),
        new=reverse("ministry_load_codes", args=[file.pool_id]) if file.pool_id else files,
        apply=url("ministry_file_apply"),
        discard=url("ministry_file_discard"),
        rows=url("ministry_file_rows"),
        code="ministry_code",
        undo=url("ministry_file_undo"),
    )


@ministry_only
@require_POST
def file_apply(request: PersonRequest, pk: int) -> HttpResponse:
    """Queue a checked file to be applied in the background."""
    file = _file(request, pk)
    return let_apply(request, file, _urls(file))


@ministry_only
@require_POST
def file_discard(request: PersonRequest, pk: int) -> HttpResponse:
    """Discard a file; nothing of it is applied."""
    file = _file(request, pk)
    return discard(request, file, _urls(file))


@ministry_only
@GET_OR_POST
def file_undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then withdraw the activations that a file reported."""
    file = _file(request, pk)
    return ask_and_undo(request, file, _urls(file))


@ministry_only
@require_safe
def file_rows(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The outcome of each row as CSV; never a code."""
    return rows_csv(_file(request, pk))
