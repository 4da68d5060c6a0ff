"""What the pages about a provider's file show and do, for the provider and the ministry alike.

Tested in `pages.provider.tests.test_views`, `pages.ministry.tests.test_files`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrPromise

from accounts.models import User
from common.confirm import Done, Question, ask_first
from common.days import in_words
from common.formats import as_day, as_moment, as_number
from common.lists import page_of
from common.refused import Refused, allowed
from common.refused_shown import in_form, on_page
from common.state_text import StateText
from common.tables.csv_out import csv_response
from pages.shared.job_pages import page_for
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.files import provider_files
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, ProviderFile, ProviderFileRow, Voucher
from vouchers.models.files import reported_until
from vouchers.states import UNFINISHED_JOBS, FileKind, FileState, JobState, RowOutcome

FILE_SORTS = {"bestand": ("name", "pk"), "geladen": ("uploaded_at", "pk")}
TONES = {RowOutcome.NEW: "success", RowOutcome.KNOWN: "neutral"}


@dataclass(frozen=True, slots=True)
class FileUrls:
    """The pages around a file for one role; each role has its own views. `code` names the page of a
    single code, "" for those who may not open it."""

    here: str
    files: str
    files_label: str
    new: str
    apply: str
    discard: str
    rows: str
    undo: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many rows had the same outcome, and the link that shows them (all rows, when these are
    shown)."""

    label: str
    count: int
    tone: str
    url: str
    chosen: bool


def receive_upload(
    request: PersonRequest, form: forms.Form, **delivered: Any
) -> ProviderFile | None:
    """Store the file of a valid form; it is checked in the background.

    A file we already have gets a message that says so. None when the file is refused: the form then
    says why.
    """
    upload = form.cleaned_data["file"]
    try:
        received = provider_files.upload(
            name=upload.name,
            content=upload.read(),
            by=request.user,
            now=timezone.now(),
            **delivered,
        )
    except Refused as refused:
        in_form(form, refused, otherwise="file")
        return None
    file = received.file
    if not received.is_new:
        sentence = _("Dit bestand kennen we al: geladen op {day} als {name}. Er verandert niets.")
        messages.info(request, sentence.format(day=in_words(file.uploaded_at), name=file.name))
    return file


def let_apply(request: PersonRequest, file: ProviderFile, urls: FileUrls) -> HttpResponse:
    """Queue a checked file to be applied in the background; its page has shown the consequences."""
    try:
        jobs.enqueue(kind=Job.Kind.APPLY_FILE, file=file, by=request.user, now=timezone.now())
    except Refused as refused:
        on_page(request, refused)
    return redirect(urls.here)


def discard(request: PersonRequest, file: ProviderFile, urls: FileUrls) -> HttpResponse:
    """Discard a file: nothing of it is applied, and the same content may be uploaded again."""
    try:
        provider_files.discard(file=file, by=request.user, now=timezone.now())
    except Refused as refused:
        on_page(request, refused)
    return redirect(urls.here)


def ask_and_undo(request: PersonRequest, file: ProviderFile, urls: FileUrls) -> HttpResponse:
    """Ask for confirmation, then withdraw the activations that a file reported."""
    question = Question(
        title=_("{file} ongedaan maken?").format(file=file.name),
        happens=_before_undo(file),
        undo=_("Terugdraaien kan door het bestand opnieuw te laden."),
        button=_("Ongedaan maken"),
        danger=True,
        back=urls.here,
        parent_label=file.name,
    )

    def act() -> Done:
        count = provider_files.undo(file=file, by=request.user, now=timezone.now())
        return Done(_undone(file.kind, count))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_undo(request.user, file)
    )


def file_state(file: ProviderFile) -> StateText:
    """The state of a file as every reader sees it; with `with_stuck()` also whether its check
    failed."""
    if vars(file).get("stuck"):
        return StateText(_("Nakijken mislukt"), "error")
    match file.state:
        case FileState.CHECKED:
            return StateText(_("Nagekeken, nog niet toegepast"), "warning")
        case FileState.APPLIED:
            return StateText(_("Toegepast op {day}").format(day=_day(file.applied_at)), "success")
        case FileState.REFUSED:
            return _refused_state(file)
        case FileState.UNDONE:
            return StateText(_("Ongedaan gemaakt op {day}").format(day=_day(file.undone_at)))
    return StateText(_("Wordt nagekeken"), "info")


def _refused_state(file: ProviderFile) -> StateText:
    """With counts a person discarded it after the check; without, it could not be read."""
    if file.counts:
        return StateText(_("Niet toegepast"))
    return StateText(_("Geweigerd"), "error")


def file_context(
    request: HttpRequest, file: ProviderFile, *, user: User, urls: FileUrls
) -> dict[str, Any]:
    """Everything that `files/file.html` needs; the number of queries is the same for any file.

    file: with `provider`, `pool`, `uploaded_by`, `applied_by` and `undone_by` selected, and
    `with_stuck()`.
    """
    job = file.jobs.order_by("-id").first()
    page = page_for(job, user) if job else None
    counts: dict[str, int] = file.counts
    chosen = request.GET.get("uitkomst", "")
    return {
        "title": file.name,
        "file": file,
        "urls": urls,
        "state": file_state(file),
        "facts": facts(file),
        "job": job,
        "progress": page.progress if page and page.job.state in UNFINISHED_JOBS else None,
        "failed": page is not None and page.job.state == JobState.FAILED and page.makes_sense,
        "can_act": allowed(policies.check_can_deliver, user, file.provider, file.kind),
        "can_undo": bool(urls.undo) and allowed(policies.check_can_undo, user, file),
        "happens": consequences(file, counts) if file.state == FileState.CHECKED else [],
        "result": _result(file, counts.get(RowOutcome.NEW, 0)),
        "outcomes": outcome_counts(counts, here=urls.here, chosen=chosen),
        "page": rows_page(request, file, counts, urls.code),
    }


def facts(file: ProviderFile) -> list[dict[str, str]]:
    """Rows of a summary list: what the file is, who uploaded it and when."""
    rows = [(_("Wat"), capfirst(file.get_kind_display())), (_("Provider"), str(file.provider))]
    if file.kind == FileKind.CODES:
        rows.append((_("Voorraad"), str(file.pool)))
    else:
        rows.append((_("Volledig tot en met"), as_day(file.complete_until)))
    rows.append((_("Geladen"), _by(as_moment(file.uploaded_at), file.uploaded_by)))
    if file.applied_at:
        rows.append((_("Toegepast"), _by(as_moment(file.applied_at), file.applied_by)))
    if file.undone_at:
        rows.append((_("Ongedaan gemaakt"), _by(as_moment(file.undone_at), file.undone_by)))
    if file.is_erased:
        rows.append((_("Inhoud"), _("gewist")))
    return [{"label": label, "value": value} for label, value in rows]


def consequences(file: ProviderFile, counts: dict[str, int]) -> list[str]:
    """What applying the file will do, one sentence per consequence."""
    new, known = counts.get(RowOutcome.NEW, 0), counts.get(RowOutcome.KNOWN, 0)
    if file.kind == FileKind.CODES:
        sentences = [_new_codes(new, file), *_above_promise(new, file)]
    else:
        sentences = [_new_activations(new), *_reference_day(file)]
    if known:
        sentences.append(
            ngettext(
                "{n} rij verandert niets: we wisten het al.",
                "{n} rijen veranderen niets: we wisten het al.",
                known,
            ).format(n=as_number(known))
        )
    left_out = sum(counts.values()) - new - known
    if left_out:
        sentences.append(
            ngettext(
                "{n} rij wordt overgeslagen. Hieronder staat waarom.",
                "{n} rijen worden overgeslagen. Hieronder staat waarom.",
                left_out,
            ).format(n=as_number(left_out))
        )
    return sentences


def outcome_counts(counts: dict[str, int], *, here: str, chosen: str) -> list[OutcomeCount]:
    """The outcomes that occur, in the order of `Outcome`; each links to its rows."""
    return [
        OutcomeCount(
            label=capfirst(str(outcome.label)),
            count=counts[outcome],
            tone=TONES.get(outcome, "warning"),
            url=f"{here}#rijen" if outcome == chosen else f"{here}?uitkomst={outcome}#rijen",
            chosen=outcome == chosen,
        )
        for outcome in RowOutcome
        if outcome in counts
    ]


def rows_page(
    request: HttpRequest, file: ProviderFile, counts: dict[str, int], code_url: str
) -> Page[Any]:
    """A page of the file's rows, filtered by the outcome in the address; `counts` spares the count
    query."""
    rows = file.rows.final().order_by("line")
    chosen = request.GET.get("uitkomst", "")
    if chosen in counts:
        rows = rows.filter(outcome=chosen)
    count = counts[chosen] if chosen in counts else sum(counts.values())
    page = page_of(request, rows if counts else rows.none(), count=count)
    page.object_list = [_shown(row, file.kind, code_url) for row in page.object_list]
    return page


def rows_csv(file: ProviderFile) -> StreamingHttpResponse:
    """The outcome of each row as a download: line, outcome, explanation, day; never a code."""
    header = [_("regel"), _("uitkomst"), _("uitleg"), _("datum")]
    return csv_response(f"uitkomsten-{file.pk}.csv", header, _csv_rows(file))


def _csv_rows(file: ProviderFile) -> Iterator[tuple[object, ...]]:
    for row in file.rows.final().order_by("line").iterator():
        yield row.line, row.get_outcome_display(), row.detail, row.on


def _shown(row: ProviderFileRow, kind: str, code_url: str) -> dict[str, Any]:
    nobodys = code_url and row.outcome == RowOutcome.NOT_HANDED_OUT and row.voucher_id
    return {
        "line": row.line,
        "url": reverse(code_url, args=[row.voucher_id]) if nobodys else "",
        "outcome": capfirst(row.get_outcome_display()),
        "tone": TONES.get(RowOutcome(row.outcome), "warning"),
        "detail": row.detail or _plain_detail(row, kind),
    }


def _plain_detail(row: ProviderFileRow, kind: str) -> str:
    if kind == FileKind.CODES or row.on is None:
        return ""
    return _("Geactiveerd op {day}.").format(day=in_words(row.on))


def _result(file: ProviderFile, new: int) -> str:
    known = file.counts.get(RowOutcome.KNOWN, 0)
    if not new:
        return _nothing_added(file.kind, known)
    if file.kind == FileKind.ACTIVATIONS:
        return _new_activations(new)
    return ngettext(
        "{n} code zit in voorraad {pool}.", "{n} codes zitten in voorraad {pool}.", new
    ).format(n=as_number(new), pool=file.pool)


def _nothing_added(kind: str, known: int) -> str:
    if not known:
        return _("Er kwam niets bij.")
    if kind == FileKind.CODES:
        return ngettext(
            "Er kwam niets bij: deze code was al geladen.",
            "Er kwam niets bij: de {n} codes waren al geladen.",
            known,
        ).format(n=as_number(known))
    return ngettext(
        "Er kwam niets bij: deze activatie was al gemeld.",
        "Er kwam niets bij: de {n} activaties waren al gemeld.",
        known,
    ).format(n=as_number(known))


def _above_promise(new: int, file: ProviderFile) -> list[str]:
    """A warning when there would be more codes than the agreement promises; a promise of 0 means no
    limit."""
    if file.pool is None or not new:
        return []
    promised = file.pool.agreement.promised
    total = new + Voucher.objects.loaded().filter(pool__agreement=file.pool.agreement).count()
    if not promised or total <= promised:
        return []
    return [
        ngettext(
            "Let op: de afspraak belooft {promised} code; hiermee worden het er {total}.",
            "Let op: de afspraak belooft {promised} codes; hiermee worden het er {total}.",
            promised,
        ).format(promised=as_number(promised), total=as_number(total))
    ]


def _new_codes(new: int, file: ProviderFile) -> str:
    return ngettext(
        "{n} code komt in voorraad {pool}.", "{n} codes komen in voorraad {pool}.", new
    ).format(n=as_number(new), pool=file.pool)


def _new_activations(new: int) -> str:
    return ngettext(
        "{n} nieuwe activatie telt mee.", "{n} nieuwe activaties tellen mee.", new
    ).format(n=as_number(new))


def _before_undo(file: ProviderFile) -> list[str]:
    if file.kind == FileKind.CODES:
        n = file.vouchers.count()
        gone = ngettext(
            "{n} code gaat uit voorraad {pool} en wordt nooit uitgereikt.",
            "{n} codes gaan uit voorraad {pool} en worden nooit uitgereikt.",
            n,
        )
        return [
            gone.format(n=as_number(n), pool=file.pool),
            _("Dezelfde codes kan je daarna opnieuw laden, ook in een andere voorraad."),
        ]
    n = file.activations.standing().count()
    sentence = ngettext(
        "{n} activatie telt vanaf nu niet meer mee.",
        "{n} activaties tellen vanaf nu niet meer mee.",
        n,
    )
    return [
        sentence.format(n=as_number(n)),
        _("Wat een ander bestand ook meldde, blijft gelden."),
        _("In cijfers over een vroegere dag blijft staan wat toen bekend was."),
    ]


def _undone(kind: str, count: int) -> str:
    if kind == FileKind.CODES:
        sentence = ngettext(
            "{n} code is uit de voorraad.", "{n} codes zijn uit de voorraad.", count
        )
    else:
        sentence = ngettext(
            "{n} activatie telt niet meer mee.", "{n} activaties tellen niet meer mee.", count
        )
    return sentence.format(n=as_number(count))


def _reference_day(file: ProviderFile) -> list[str]:
    """The day up to which the file is complete, with a note when it contains later days."""
    if file.complete_until is None:
        return []
    day = in_words(file.complete_until)
    sentences = [_("We noteren dat je alles meldde tot en met {day}.").format(day=day)]
    reported = reported_until().get(file.provider_id)
    if reported and reported > file.complete_until:
        sentence = _("Je meldde al alles tot en met {later}; dat blijft zo.")
        sentences = [sentence.format(later=in_words(reported))]
    later = file.rows.final().filter(outcome=RowOutcome.NEW, on__gt=file.complete_until).count()
    if later:
        sentences.append(
            ngettext(
                "{n} activatie is van na {day}. Ze telt mee; kijk na of je peildatum klopt.",
                "{n} activaties zijn van na {day}. Ze tellen mee; kijk na of je peildatum klopt.",
                later,
            ).format(n=as_number(later), day=day)
        )
    return sentences


def _by(moment: str, person: User | StrPromise | None) -> str:
    return _("{moment}, door {person}").format(moment=moment, person=person) if person else moment


def _day(moment: Any) -> str:
    return in_words(moment) if moment else ""
