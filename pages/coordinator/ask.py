"""Making a request: pupils, a check, sending it. Tested in `pages.coordinator.tests.test_views`."""

from collections import Counter
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common import search
from common.days import in_words
from common.lists import numbers
from common.methods import GET_OR_POST
from common.refused import Refused, allowed
from common.refused_shown import on_page
from pages.coordinator.forms import Pasted, RequestForms
from pages.coordinator.shared import coordinator_only
from pages.shared.person_request import PersonRequest
from schools.models import EducationType, Organisation
from vouchers import policies
from vouchers.actions.requests import requests
from vouchers.actions.requests.request_checks import no_line
from vouchers.models import Period, VoucherRequest
from vouchers.models.periods import PeriodQuerySet
from vouchers.states import RequestState

KEEPING = frozenset({"save", "check"})
ANSWERED = "answered"  # the ministry's questions that were answered in this session
SHOWN_SCHOOLS = 20


@coordinator_only
@GET_OR_POST
def request_new(request: PersonRequest) -> HttpResponse:
    """An empty form; somebody who serves several organisations first chooses one."""
    own = Organisation.objects.visible_to(request.user).order_by("name", "pk")
    chosen = request.GET.get("organisatie", "")
    if chosen:
        organisation = get_object_or_404(own, pk__in=numbers([chosen]))
    elif own.count() == 1:
        organisation = own.get()
    else:
        return _choose_organisation(request, list(own))
    if request.method != "POST" and not _open_periods().exists():
        return _closed_now(request)
    return _form_page(request, organisation, None)


@coordinator_only
@GET_OR_POST
def request_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The form of a request that was not sent yet, or that was returned with a question."""
    draft = _own_request(request, pk)
    try:
        policies.check_can_edit(request.user, draft)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
        return redirect("request_detail", pk=pk)
    return _form_page(request, draft.organisation, draft)


@coordinator_only
@GET_OR_POST
def request_check(request: PersonRequest, pk: int) -> HttpResponse:
    """A last look before the request is sent; posting sends it."""
    draft = _own_request(request, pk)
    try:
        policies.check_can_submit(request.user, draft)
        if draft.state == RequestState.RETURNED and not draft.note:
            return redirect("request_edit", pk=pk)
        if request.method == "POST":
            requests.submit(request=draft, by=request.user, now=timezone.now())
            messages.success(request, _("Je aanvraag {n} is verstuurd.").format(n=draft.label))
            return redirect("request_detail", pk=pk)
    except requests.SubmitRefused:
        return _with_problems(draft)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
        return redirect("request_detail", pk=pk)
    if requests.problems_before_sending(draft, timezone.now()):
        return _with_problems(draft)
    return render(request, "coordinator/request_check.html", _check_context(draft))


@coordinator_only
@require_safe
def request_schools(request: PersonRequest) -> HttpResponse:
    """Schools of the public register that match what is being typed, as options for the field."""
    text = search.cut(str(next(iter(request.GET.values()), "")))
    found = Organisation.objects.schools().existing_on(timezone.localdate())
    matching = found.matching(text).order_by("name", "pk")[:SHOWN_SCHOOLS] if text else []
    return render(request, "coordinator/school_options.html", {"schools": matching})


def _own_request(request: PersonRequest, pk: int) -> VoucherRequest:
    rows = VoucherRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("organisation", "period", "wish_provider"), pk=pk)


def _open_periods() -> PeriodQuerySet:
    return Period.objects.open_for_requests(timezone.localdate())


def _choose_organisation(request: PersonRequest, own: list[Organisation]) -> HttpResponse:
    context = {"title": _("Voor welke organisatie vraag je aan?"), "organisations": own}
    return render(request, "coordinator/request_organisation.html", context)


def _closed_now(request: PersonRequest) -> HttpResponse:
    today = timezone.localdate()
    coming = (
        Period.objects.filter(closed_at=None, asks_from__gt=today).order_by("asks_from").first()
    )
    past = Period.objects.filter(asks_from__lte=today).latest_first().first()
    context = {"title": _("Je kan nu geen vouchers aanvragen"), "coming": coming, "past": past}
    return render(request, "coordinator/request_closed.html", context)


def _form_page(
    request: PersonRequest, organisation: Organisation, draft: VoucherRequest | None
) -> HttpResponse:
    today = timezone.localdate()
    if request.method != "POST":
        pages = RequestForms(organisation=organisation, draft=draft, day=today)
        if draft and "nakijken" in request.GET:
            pages = pages.as_kept()
            pages.add_problems(requests.problems_before_sending(draft, timezone.now()))
        return _show_form(request, pages)
    pages = RequestForms(organisation=organisation, draft=draft, day=today, data=request.POST)
    action = request.POST.get("action", "more")
    pasted = pages.pasted
    if pasted is None:
        return _show_form(request, pages)
    if action in KEEPING and not pasted.lines:
        return _keep(request, pages, check=action == "check")
    if pasted.lines:
        action = "paste"
        messages.info(request, _pasted_message(pasted))
    pages.rearranged(action)
    return _show_form(request, pages)


def _pasted_message(pasted: Pasted) -> str:
    number = len(pasted.lines)
    sentences = [
        ngettext(
            "{n} geplakte leerling staat in de lijst. Kijk ze na: er is nog niets bewaard.",
            "{n} geplakte leerlingen staan in de lijst. Kijk ze na: er is nog niets bewaard.",
            number,
        ).format(n=number)
    ]
    if pasted.heading:
        sentences.append(_("De eerste regel is een titel: die hebben we overgeslagen."))
    if pasted.left_out:
        sentences.append(_("Kolom 2 hebben we niet overgenomen."))
    return " ".join(sentences)


def _keep(request: PersonRequest, pages: RequestForms, *, check: bool) -> HttpResponse:
    """Save the draft, or show beside the fields why not; then the check page or the list."""
    valid = pages.is_valid()
    lines = pages.inputs() if valid else []
    if check:
        pages.add_problems(no_line(pages.typed()))
        pages.add_problems(pages.answer_problems(answered=_has_answered(request, pages.draft)))
    if not (valid and pages.is_valid()):
        return _show_form(request, pages)
    note_before = pages.draft.note if pages.draft else ""
    try:
        draft = _kept(request, pages, lines)
    except requests.DraftRefused as refusal:
        pages.add_problems(refusal.problems)
        return _show_form(request, pages)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.INFO)
        return redirect("request_list")
    if not allowed(policies.check_can_edit, request.user, draft):
        return _sent_already(request, pages, draft)
    if draft.note != note_before:
        _note_answered(request, draft)
    if check:
        problems = requests.problems_before_sending(draft, timezone.now())
        return _with_problems(draft) if problems else redirect("request_check", pk=draft.pk)
    messages.success(
        request, _("Aanvraag {n} is bewaard. Ze is nog niet verstuurd.").format(n=draft.label)
    )
    return redirect("request_detail", pk=draft.pk)


def _question_of(draft: VoucherRequest) -> str:
    """The question with which a request was returned, as an entry in the session."""
    return f"{draft.pk}:{draft.returned_at}"


def _has_answered(request: PersonRequest, draft: VoucherRequest | None) -> bool:
    """Has this person saved a different answer since the question?"""
    return draft is not None and _question_of(draft) in request.session.get(ANSWERED, [])


def _note_answered(request: PersonRequest, draft: VoucherRequest) -> None:
    if draft.state == RequestState.RETURNED and not _has_answered(request, draft):
        request.session[ANSWERED] = [*request.session.get(ANSWERED, []), _question_of(draft)]


def _sent_already(
    request: PersonRequest, pages: RequestForms, draft: VoucherRequest
) -> HttpResponse:
    """The same form posted again: show the request it made. Changed since: show it as a new
    request."""
    sent = draft.lines.standing_or_draft().order_by("position", "pk")
    if [line.reference for line in pages.typed()] == [line.reference for line in sent]:
        messages.info(request, _("Dit formulier is al verstuurd, als aanvraag hieronder."))
        return redirect("request_detail", pk=draft.pk)
    messages.warning(
        request,
        _(
            "Dit formulier is al verstuurd, als aanvraag {n}. "
            "Wat je nu typte, kan je als nieuwe aanvraag versturen."
        ).format(n=draft.label),
    )
    pages.as_new()
    return _show_form(request, pages)


def _kept(
    request: PersonRequest, pages: RequestForms, lines: list[requests.LineInput]
) -> VoucherRequest:
    now = timezone.now()
    defaults = pages.head.defaults()
    if pages.draft:
        return requests.save_draft(
            request=pages.draft, lines=lines, defaults=defaults, by=request.user, now=now
        )
    return requests.begin(
        organisation=pages.organisation,
        period=pages.head.cleaned_data["period"],
        lines=lines,
        defaults=defaults,
        by=request.user,
        now=now,
        form_token=pages.head.cleaned_data["form_token"],
    )


def _with_problems(draft: VoucherRequest) -> HttpResponse:
    return redirect(reverse("request_edit", args=[draft.pk]) + "?nakijken=1")


def _show_form(request: PersonRequest, pages: RequestForms) -> HttpResponse:
    draft = pages.draft
    context = {
        "title": _("Aanvraag {n}").format(n=draft.label) if draft else _("Nieuwe aanvraag"),
        "form": pages.head,
        "lines": pages.lines,
        "organisation": pages.organisation,
        "draft": draft,
        "answering": draft is not None and draft.state == RequestState.RETURNED,
        "nearby": _nearby(pages.organisation, timezone.localdate()),
        "check_errors": pages.head.is_bound,
    }
    return render(request, "coordinator/request_form.html", context)


def _nearby(organisation: Organisation, day: date) -> list[Organisation]:
    """Schools in the same municipality, to choose from before anything is typed."""
    if organisation.is_school:
        return []
    found = Organisation.objects.schools().existing_on(day)
    return list(found.filter(nis_code=organisation.nis_code).order_by("name", "pk")[:200])


def _check_context(draft: VoucherRequest) -> dict[str, object]:
    lines = list(
        draft.lines.standing_or_draft().select_related("school").order_by("position", "pk")
    )
    per_school = Counter(str(line.school) for line in lines)
    wish = _("geen voorkeur")
    if draft.wish_provider:
        wish = f"{draft.get_wish_display()}: {draft.wish_provider}"
    rows = [
        {"label": _("Organisatie"), "value": draft.organisation},
        {
            "label": _("Golf"),
            "value": _("{period}, aanvragen tot en met {day}").format(
                period=draft.period, day=in_words(draft.period.asks_until)
            ),
        },
        {"label": _("Aantal leerlingen"), "value": len(lines)},
        *_type_row(draft),
        {"label": _("Provider"), "value": wish},
        {
            "label": _("Jouw antwoord")
            if draft.state == RequestState.RETURNED
            else _("Toelichting"),
            "value": draft.note or "–",
        },
    ]
    return {
        "title": _("Kijk je aanvraag na"),
        "draft": draft,
        "rows": rows,
        "lines": lines,
        "per_school": sorted(per_school.items()) if not draft.organisation.is_school else [],
    }


def _type_row(draft: VoucherRequest) -> list[dict[str, object]]:
    only = draft.organisation.only_education_type
    if only is None and not draft.education_type:
        return []
    value = EducationType(only or draft.education_type).label
    return [{"label": _("Type onderwijs"), "value": value}]
