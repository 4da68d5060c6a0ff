"""Files of providers: load codes, see what each row comes to, apply, lay aside, take back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from voucherportal.uploads import upload_refusal
from vouchers import policies
from vouchers.actions import jobs, provider_files
from vouchers.actions.provider_files import FileRefused
from vouchers.forms.ministry import LoadCodesForm
from vouchers.models import Job, Pool, ProviderFile
from vouchers.policies import NotAllowed
from vouchers.states import FileKind, FileState, JobState, Outcome
from vouchers.texts import StateText
from vouchers.views.lists import page_of
from vouchers.views.ministry.shared import MinistryRequest, confirmation, ministry_only

TONES = {
    FileState.RECEIVED: "info",
    FileState.CHECKED: "warning",
    FileState.APPLIED: "success",
    FileState.REFUSED: "error",
    FileState.UNDONE: "neutral",
}


def file_state(file: ProviderFile) -> StateText:
    """The state of a file in words."""
    return StateText(file.get_state_display(), TONES[FileState(file.state)])


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def load_codes(request: MinistryRequest, pk: int) -> HttpResponse:
    """Take a file with codes for a pool; checking it is a job."""
    pools = Pool.objects.visible_to(request.user).select_related("agreement__provider")
    pool = get_object_or_404(pools, pk=pk)
    url = reverse("ministry_pool", args=[pk])
    form = LoadCodesForm()
    if request.method == "POST":
        too_large = upload_refusal(request)
        form = LoadCodesForm(request.POST, request.FILES)
        if too_large:
            form.errors.clear()
            form.add_error("file", too_large)
        elif form.is_valid() and (answer := _received(request, pool, form)):
            return answer
    form.shown(cancel=url)
    columns = [pool.agreement.provider.code_column, *pool.agreement.provider.secret_columns]
    context = {
        "title": _("Codes laden in {pool}").format(pool=pool),
        "lead": _("Het bestand heeft deze kolommen nodig: {columns}.").format(
            columns=", ".join(columns)
        ),
        "form": form,
        "parent_url": url,
        "parent_label": f"{pool.agreement.provider}, {pool}",
    }
    return render(request, "ministry/form.html", context)


def _received(request: MinistryRequest, pool: Pool, form: LoadCodesForm) -> HttpResponse | None:
    """Keep the file and start the check; None when the form has to say why not."""
    upload = form.cleaned_data["file"]
    now = timezone.now()
    try:
        received = provider_files.receive(
            kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool,
            name=upload.name, content=upload.read(), by=request.user, now=now,
        )  # fmt: skip
        if received.is_new:
            jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=received.file, by=request.user, now=now)
    except (NotAllowed, FileRefused) as refusal:
        form.add_error("file", refusal.message)
        return None
    if not received.is_new:
        sentence = _("Dit bestand is al geladen op {day}. Er is niets veranderd.")
        day = timezone.localtime(received.file.uploaded_at)
        messages.info(request, sentence.format(day=f"{day:%d/%m/%Y}"))
    return redirect("ministry_file", pk=received.file.pk)


@ministry_only
@require_safe
def file_list(request: MinistryRequest) -> HttpResponse:
    """Every file, the newest first, perhaps of one state."""
    everything = ProviderFile.objects.visible_to(request.user).defer("content")
    state = request.GET.get("staat", "")
    state = state if state in FileState.values else ""
    found = everything.filter(state=state) if state else everything
    page = page_of(request, found.select_related("provider", "uploaded_by").latest_first())
    context = {
        "title": _("Bestanden van providers"),
        "states": FileState.choices,
        "state": state,
        "chips": [
            {
                "label": _("Status: {state}").format(state=FileState(state).label),
                "url": reverse("ministry_files"),
            }
        ]
        if state
        else [],
        "page": page,
        "rows": [(file, file_state(file)) for file in page.object_list],
        "total": everything.count(),
    }
    return render(request, "ministry/files.html", context)


@ministry_only
@require_safe
def file_page(request: MinistryRequest, pk: int) -> HttpResponse:
    """One file: its progress, what its rows come to, what one can do with it."""
    file = _file(request, pk)
    job = file.jobs.order_by("-pk").first()
    counts = file.rows.final().counts()
    outcome = request.GET.get("uitkomst", "")
    rows = file.rows.final().order_by("line")
    shown = rows.filter(outcome=outcome) if outcome in Outcome.values else rows
    context = {
        "title": file.name,
        "file": file,
        "state": file_state(file),
        "facts": _facts(file),
        "job": _progress(job),
        "job_failed": job if job and job.state == JobState.FAILED else None,
        "outcomes": [
            {"value": value, "label": label, "n": counts[value]}
            for value, label in Outcome.choices
            if value in counts
        ],
        "outcome": outcome,
        "total": sum(counts.values()),
        "page": page_of(request, shown),
        "can_apply": file.state == FileState.CHECKED,
        "can_discard": file.state in (FileState.RECEIVED, FileState.CHECKED),
        "can_undo": policies.allowed(policies.check_can_undo, request.user, file),
    }
    return render(request, "ministry/file.html", context)


def _file(request: MinistryRequest, pk: int) -> ProviderFile:
    rows = ProviderFile.objects.visible_to(request.user).defer("content")
    return get_object_or_404(rows.select_related("provider", "pool", "uploaded_by"), pk=pk)


def _facts(file: ProviderFile) -> list[dict[str, Any]]:
    uploaded = timezone.localtime(file.uploaded_at)
    rows: list[dict[str, Any]] = [
        {"label": _("Soort"), "value": file.get_kind_display()},
        {"label": _("Provider"), "value": file.provider},
        {
            "label": _("Geladen op"),
            "value": f"{uploaded:%d/%m/%Y om %H.%M uur}",
            "hint": str(file.uploaded_by),
        },
    ]
    if file.pool:
        rows.insert(
            2,
            {
                "label": _("Voorraad"),
                "value": file.pool,
                "url": reverse("ministry_pool", args=[file.pool_id]),
                "link_label": _("Bekijken"),
            },
        )
    if file.complete_until:
        rows.append({"label": _("Volledig tot en met"), "value": f"{file.complete_until:%d/%m/%Y}"})
    return rows


def _progress(job: Job | None) -> dict[str, Any] | None:
    """What the progress component shows of a job that is not finished."""
    if job is None or job.state not in (JobState.QUEUED, JobState.RUNNING):
        return None
    if job.state == JobState.QUEUED:
        return {"percentage": None, "sentence": _("Het bestand wacht op zijn beurt.")}
    doing = {
        Job.Kind.CHECK_FILE: _("{done} van {total} rijen nagekeken"),
        Job.Kind.APPLY_FILE: _("Het bestand wordt toegepast."),
    }
    sentence = doing[Job.Kind(job.kind)].format(done=job.done, total=job.total)
    return {"percentage": job.percentage if job.total else None, "sentence": sentence}


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def file_apply(request: MinistryRequest, pk: int) -> HttpResponse:
    """Apply a checked file, as a job."""
    file = _file(request, pk)
    url = reverse("ministry_file", args=[pk])
    if file.state != FileState.CHECKED:
        messages.info(request, _("Dit bestand wacht niet op toepassen."))
        return redirect(url)
    if request.method == "POST":
        try:
            jobs.enqueue(kind=Job.Kind.APPLY_FILE, file=file, by=request.user, now=timezone.now())
        except NotAllowed as refusal:
            messages.error(request, refusal.message)
        return redirect(url)
    counts = file.rows.final().counts()
    good = counts.get(Outcome.NEW, 0)
    left_out = sum(counts.values()) - good
    what = (
        ngettext("{n} code komt in de voorraad.", "{n} codes komen in de voorraad.", good)
        if file.kind == FileKind.CODES
        else ngettext("{n} activatie wordt geteld.", "{n} activaties worden geteld.", good)
    )
    happens = [what.format(n=good)]
    if left_out:
        sentence = ngettext("{n} rij blijft weg.", "{n} rijen blijven weg.", left_out)
        happens.append(sentence.format(n=left_out))
    is_codes = file.kind == FileKind.CODES
    return confirmation(
        request, title=_("{file} toepassen?").format(file=file.name), happens=happens,
        undo=_("Geladen codes kan je niet meer weghalen.") if is_codes
        else _("Je kan dit later ongedaan maken."),
        button=_("Toepassen"), cancel_url=url, parent_url=url, parent_label=file.name,
    )  # fmt: skip


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def file_discard(request: MinistryRequest, pk: int) -> HttpResponse:
    """Lay a file aside that was not applied."""
    file = _file(request, pk)
    url = reverse("ministry_file", args=[pk])
    if request.method == "POST":
        try:
            provider_files.discard(file=file, by=request.user, now=timezone.now())
        except (NotAllowed, FileRefused) as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("{file} is weggelegd.").format(file=file.name))
        return redirect(url)
    return confirmation(
        request, title=_("{file} wegleggen?").format(file=file.name),
        happens=[_("Er wordt niets van dit bestand toegepast.")],
        undo=_("Je kan hetzelfde bestand daarna opnieuw laden."),
        button=_("Wegleggen"), cancel_url=url, parent_url=url, parent_label=file.name,
    )  # fmt: skip


@ministry_only
@require_http_methods(["GET", "HEAD", "POST"])
def file_undo(request: MinistryRequest, pk: int) -> HttpResponse:
    """Withdraw the activations that a file told."""
    file = _file(request, pk)
    url = reverse("ministry_file", args=[pk])
    try:
        policies.check_can_undo(request.user, file)
        if request.method == "POST":
            n = provider_files.undo(file=file, by=request.user, now=timezone.now())
            sentence = ngettext(
                "{n} activatie is ingetrokken.", "{n} activaties zijn ingetrokken.", n
            )
            messages.success(request, sentence.format(n=n))
            return redirect(url)
    except (NotAllowed, FileRefused) as refusal:
        messages.error(request, refusal.message)
        return redirect(url)
    return confirmation(
        request, title=_("{file} ongedaan maken?").format(file=file.name),
        happens=[
            _("De activaties uit dit bestand tellen vanaf nu niet meer."),
            _("Cijfers van een dag die voorbij is, veranderen niet."),
        ],
        undo=_("Je kan het bestand daarna opnieuw laden."), danger=True,
        button=_("Ongedaan maken"), cancel_url=url, parent_url=url, parent_label=file.name,
    )  # fmt: skip
