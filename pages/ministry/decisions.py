"""Acts on one request: grant, refuse, return, undo a decision, take codes back, hand out.

Tested in `pages.ministry.tests.test_requests`.
"""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.confirm import Done, Question, ask_first, carried_over, typed
from common.formats import as_number
from common.methods import GET_OR_POST
from common.refused import Refused, allowed
from common.refused_shown import in_form, on_page
from pages.ministry.forms import DecisionForm, ReturnForm
from pages.ministry.requests import list_url, visible_requests, wish_in_words
from pages.ministry.shared import ministry_only
from pages.shared.life_forms import MistakeForm
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.actions.hand_out.preview import Preview, free_stock, preview_request
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.models import HandOut, VoucherRequest
from vouchers.states import LineState


@ministry_only
@GET_OR_POST
def decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Which pupils are granted and which refused: a form, then its consequences, then the
    decision."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    try:
        policies.check_can_decide(request.user, voucher_request)
        _check_did_not_admit(request, voucher_request)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.WARNING)
        return redirect("ministry_request", pk=pk)
    waiting = voucher_request.lines.filter(state=LineState.ASKED).order_by("position", "pk")
    lines = list(waiting.select_related("school", "wish_provider"))
    form = DecisionForm(request.POST if request.method == "POST" else None, lines=lines)
    if not form.is_valid():
        return _decision_page(request, voucher_request, form)
    return ask_first(
        request,
        _question(request, voucher_request, form),
        lambda: _decided(request, voucher_request, form),
    )


def _check_did_not_admit(request: PersonRequest, voucher_request: VoucherRequest) -> None:
    policies.check_did_not_admit(request.user, voucher_request.organisation, timezone.now())


def _decision_page(
    request: PersonRequest, voucher_request: VoucherRequest, form: DecisionForm
) -> HttpResponse:
    context = {
        "title": _("Beslissen over {number}").format(number=voucher_request.label),
        "voucher_request": voucher_request,
        "form": form,
        "rows": [
            {
                "number": number,
                "line": line,
                "wish": wish_in_words(line),
                "refuse": refuse,
                "reason": reason,
            }
            for number, (line, refuse, reason) in enumerate(form.rows(), 1)
        ],
    }
    return render(request, "ministry/decide.html", context)


def _question(
    request: PersonRequest, voucher_request: VoucherRequest, form: DecisionForm
) -> Question:
    granted, refused = len(form.granted), len(form.refused)
    happens = [
        ngettext("Je keurt {n} leerling goed.", "Je keurt {n} leerlingen goed.", granted).format(
            n=granted
        )
    ]
    for reason in dict.fromkeys(form.refused.values()):
        n = list(form.refused.values()).count(reason)
        sentence = ngettext(
            "Je weigert {n} leerling: {reason}", "Je weigert {n} leerlingen: {reason}", n
        )
        happens.append(sentence.format(n=n, reason=reason))
    title = _("Alle {n} leerlingen goedkeuren?") if not refused else _("Deze beslissing nemen?")
    return Question(
        title=title.format(n=granted) if granted != 1 or refused else _("De leerling goedkeuren?"),
        happens=happens if granted else happens[1:],
        undo=_("Je kan dit ongedaan maken zolang er geen codes uitgereikt zijn."),
        about=[voucher_request.submitted_at, *sorted(form.granted), *sorted(form.refused.items())],
        fields=carried_over(request.POST, "save"),
        button=_("Goedkeuren") if not refused else _("Beslissen"),
        action=reverse("ministry_decide", args=[voucher_request.pk]),
        back=reverse("ministry_request", args=[voucher_request.pk]),
        parent_label=voucher_request.label,
    )


def _decided(
    request: PersonRequest, voucher_request: VoucherRequest, form: DecisionForm
) -> Done | HttpResponse:
    """The decision, or the form with what was typed when it is refused."""
    try:
        requests.decide(
            request=voucher_request,
            granted=form.granted,
            refused=form.refused,
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        on_page(request, refusal)
        return _decision_page(request, voucher_request, form)
    sentence = _("Beslist: {granted} goedgekeurd, {refused} geweigerd.")
    return Done(
        sentence.format(granted=len(form.granted), refused=len(form.refused)),
        undo_url=reverse("ministry_undo_decision", args=[voucher_request.pk]),
    )


@ministry_only
@GET_OR_POST
def send_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Return a request to the organisation with a question."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            requests.return_to_asker(
                request=voucher_request,
                question=form.cleaned_data["question"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(
                request, _("{number} is teruggestuurd.").format(number=voucher_request.label)
            )
            return redirect(list_url())
    url = reverse("ministry_request", args=[pk])
    form.shown(cancel=url)
    context = {
        "title": _("{number} terugsturen met een vraag").format(number=voucher_request.label),
        "lead": _("De aanvraag verdwijnt uit je lijst tot de aanvrager ze opnieuw verstuurt."),
        "form": form,
        "parent_url": url,
        "parent_label": voucher_request.label,
    }
    return render(request, "ministry/form.html", context)


@ministry_only
@GET_OR_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo a decision as long as nothing was handed out."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    question = Question(
        title=_("Beslissing over {number} ongedaan maken?").format(number=voucher_request.label),
        happens=[
            _("De aanvraag wacht opnieuw op een beslissing."),
            _("In het verloop blijft staan wat je besliste en dat je het introk."),
        ],
        undo=_("Je kan daarna opnieuw beslissen."),
        about=[voucher_request.decided_at],
        button=_("Ongedaan maken"),
        back=reverse("ministry_request", args=[pk]),
        parent_label=voucher_request.label,
    )

    def act() -> Done:
        requests.undo_decision(request=voucher_request, by=request.user, now=timezone.now())
        sentence = _("De beslissing is ongedaan gemaakt. {number} wacht weer op jou.")
        return Done(sentence.format(number=voucher_request.label))

    return ask_first(
        request,
        question,
        act,
        check=lambda: policies.check_can_undo_decision(request.user, voucher_request),
    )


@ministry_only
@GET_OR_POST
def hand_out(request: PersonRequest, pk: int) -> HttpResponse:
    """How many codes would go out, from which pools, and what is left; only what was shown is
    handed out."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    url, now = reverse("ministry_request", args=[pk]), timezone.now()
    preview = preview_request(voucher_request, now)
    may = allowed(policies.check_can_hand_out, request.user, voucher_request)
    if may and not preview.waiting:
        messages.info(request, _("Op deze aanvraag wacht niemand meer op een code."))
        return redirect(url)
    short = _("Niet genoeg codes voor {number}").format(number=voucher_request.label)
    title = ngettext("{n} code uitreiken?", "{n} codes uitreiken?", preview.count)
    question = Question(
        title=short if preview.refusal else title.format(n=preview.count),
        happens=[_waiting(preview)],
        about=[(each.pool.pk, each.codes) for each in preview.from_pools],
        undo=_("Je kan codes terugnemen zolang hun brief niet afgedrukt is."),
        button=_("Uitreiken"),
        back=url,
        parent_label=voucher_request.label,
    )
    stock = free_stock(voucher_request.period, timezone.localdate(now))

    def check() -> None:
        policies.check_can_hand_out(request.user, voucher_request)
        _check_did_not_admit(request, voucher_request)

    return ask_first(
        request,
        question,
        lambda: _hand_out(request, voucher_request, preview, now),
        check=check,
        template="ministry/hand_out.html",
        context={"voucher_request": voucher_request, "preview": preview, "stock": stock},
    )


def _hand_out(
    request: PersonRequest, voucher_request: VoucherRequest, preview: Preview, now: datetime
) -> Done:
    done = handing_out.hand_out(
        request=voucher_request,
        by=request.user,
        now=now,
        as_many_as_there_are=bool(preview.refusal),
    )
    return Done(_handed_out(done), undo_url=reverse("ministry_reclaim", args=[voucher_request.pk]))


@ministry_only
@GET_OR_POST
def reclaim(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back the codes of a request that nobody has seen."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    unseen = list(HandOut.objects.filter(line__request=voucher_request).reclaimable())
    if not unseen:
        messages.info(request, _("Op deze aanvraag is er geen code meer om terug te nemen."))
        return redirect("ministry_request", pk=pk)
    found, form = sorted(row.pk for row in unseen), MistakeForm(typed(request))

    def act() -> Done:
        count = lifecycle.reclaim(
            hand_outs=found,
            by=request.user,
            now=timezone.now(),
            keep_waiting=form.cleaned_data["keep_waiting"] is True,
        )
        return Done(_reclaimed(count))

    return ask_first(
        request,
        _before_reclaiming(voucher_request, found, form),
        act,
        check=lambda: policies.check_can_reclaim(request.user, unseen),
    )


def _before_reclaiming(
    voucher_request: VoucherRequest, found: list[int], form: MistakeForm
) -> Question:
    n = len(found)
    happens = [
        ngettext(
            "{n} code waarvan de brief nog niet afgedrukt is, gaat terug naar de voorraad.",
            "{n} codes waarvan de brief nog niet afgedrukt is, gaan terug naar de voorraad.",
            n,
        ),
        _("Codes die al bekeken of in gebruik zijn, blijven bij hun leerling."),
    ]
    return Question(
        title=ngettext("{n} code terugnemen?", "{n} codes terugnemen?", n).format(n=n),
        happens=[sentence.format(n=n) for sentence in happens],
        undo=_("Dit kan je niet ongedaan maken. Opnieuw uitreiken of aanvragen kan wel."),
        about=found,
        form=form,
        button=_("Terugnemen"),
        danger=True,
        back=reverse("ministry_request", args=[voucher_request.pk]),
        parent_label=voucher_request.label,
    )


def _reclaimed(count: int) -> str:
    return ngettext(
        "{n} code is teruggenomen en zit weer in de voorraad.",
        "{n} codes zijn teruggenomen en zitten weer in de voorraad.",
        count,
    ).format(n=count)


def _waiting(preview: Preview) -> str:
    return ngettext(
        "{n} leerling wacht op een code.", "{n} leerlingen wachten op een code.", preview.waiting
    ).format(n=as_number(preview.waiting))


def _handed_out(done: HandedOut) -> str:
    sentence = ngettext(
        "{n} code uitgereikt. De aanvrager kan de brief nu afdrukken.",
        "{n} codes uitgereikt. De aanvrager kan de brieven nu afdrukken.",
        done.count,
    ).format(n=done.count)
    if not done.waiting:
        return sentence
    rest = ngettext(
        "{n} leerling wacht nog op een code.",
        "{n} leerlingen wachten nog op een code.",
        done.waiting,
    )
    return f"{sentence} {rest.format(n=done.waiting)}"
