"""Acts on one request: grant, refuse, return, take a decision or codes back, hand out."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common.refused import Refused
from common.refused_shown import in_form, on_page
from pages.ministry.forms import DecisionForm, ReturnForm
from pages.ministry.requests import list_url, visible_requests, wish_in_words
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.life_forms import MistakeForm
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import Foreseen, HandedOut
from vouchers.actions.hand_out.shelves import NotEnoughCodes
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.models import HandOut, VoucherRequest
from vouchers.states import LineState

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@ministry_only
@GET_OR_POST
def decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Which pupils are granted and which refused: a form, then what it comes to, then done."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    try:
        policies.check_can_decide(request.user, asked)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.WARNING)
        return redirect("ministry_request", pk=pk)
    waiting = asked.lines.filter(state=LineState.ASKED).order_by("position", "pk")
    lines = list(waiting.select_related("school", "wish_provider"))
    form = DecisionForm(request.POST if request.method == "POST" else None, lines=lines)
    if not form.is_valid():
        return _decision_page(request, asked, form)
    if request.POST.get("confirmed") != _mark(form):
        return _confirm_decision(request, asked, form)
    return _decided(request, asked, form)


def _mark(form: DecisionForm) -> str:
    """What was confirmed, so that a request that changed meanwhile is asked again."""
    return ",".join(str(line.pk) for line in form.lines)


def _decision_page(
    request: PersonRequest, asked: VoucherRequest, form: DecisionForm
) -> HttpResponse:
    context = {
        "title": _("Beslissen over {number}").format(number=asked.label),
        "asked": asked,
        "form": form,
        "rows": [
            {
                "number": number, "line": line, "wish": wish_in_words(line),
                "refuse": refuse, "reason": reason,
            }
            for number, (line, refuse, reason) in enumerate(form.rows(), 1)
        ],
    }  # fmt: skip
    return render(request, "ministry/decide.html", context)


def _confirm_decision(
    request: PersonRequest, asked: VoucherRequest, form: DecisionForm
) -> HttpResponse:
    granted, refused = len(form.granted), len(form.refused)
    url = reverse("ministry_request", args=[asked.pk])
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
    return confirmation(
        request,
        title=title.format(n=granted) if granted != 1 or refused else _("De leerling goedkeuren?"),
        happens=happens if granted else happens[1:],
        undo=_("Je kan dit ongedaan maken zolang er geen codes uitgereikt zijn."),
        fields=[("confirmed", _mark(form)), *_typed(request.POST)],
        button=_("Goedkeuren") if not refused else _("Beslissen"),
        action=reverse("ministry_decide", args=[asked.pk]),
        cancel_url=url,
        parent_url=url,
        parent_label=asked.label,
    )


def _typed(posted: QueryDict) -> list[tuple[str, Any]]:
    """What a form sent, to send again after a confirmation."""
    skipped = {"csrfmiddlewaretoken", "confirmed", "save"}
    return [(name, posted[name]) for name in posted if posted[name] and name not in skipped]


def _decided(request: PersonRequest, asked: VoucherRequest, form: DecisionForm) -> HttpResponse:
    try:
        requests.decide(
            request=asked, granted=form.granted, refused=form.refused,
            by=request.user, now=timezone.now(),
        )  # fmt: skip
    except Refused as refusal:
        on_page(request, refusal)
        return _decision_page(request, asked, form)
    granted, refused = len(form.granted), len(form.refused)
    sentence = _("Beslist: {granted} goedgekeurd, {refused} geweigerd.")
    messages.success(request, sentence.format(granted=granted, refused=refused))
    return redirect("ministry_request", pk=asked.pk)


@ministry_only
@GET_OR_POST
def send_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Return a request to its asker with a question."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            requests.return_to_asker(
                request=asked, question=form.cleaned_data["question"],
                by=request.user, now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(request, _("{number} is teruggestuurd.").format(number=asked.label))
            return redirect(list_url())
    url = reverse("ministry_request", args=[pk])
    form.shown(cancel=url)
    context = {
        "title": _("{number} terugsturen met een vraag").format(number=asked.label),
        "lead": _("De aanvraag verdwijnt uit je lijst tot de aanvrager ze opnieuw verstuurt."),
        "form": form, "parent_url": url, "parent_label": asked.label,
    }  # fmt: skip
    return render(request, "ministry/form.html", context)


@ministry_only
@GET_OR_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a decision back while nothing was handed out."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    url = reverse("ministry_request", args=[pk])
    if request.method == "POST":
        try:
            requests.undo_decision(request=asked, by=request.user, now=timezone.now())
        except Refused as refusal:
            on_page(request, refusal)
        else:
            sentence = _("De beslissing is ongedaan gemaakt. {number} wacht weer op jou.")
            messages.success(request, sentence.format(number=asked.label))
        return redirect(url)
    return confirmation(
        request,
        title=_("Beslissing over {number} ongedaan maken?").format(number=asked.label),
        happens=[
            _("De aanvraag wacht opnieuw op een beslissing."),
            _("In het verloop blijft staan wat je besliste en dat je het introk."),
        ],
        undo=_("Je kan daarna opnieuw beslissen."),
        button=_("Ongedaan maken"),
        cancel_url=url,
        parent_url=url,
        parent_label=asked.label,
    )


@ministry_only
@GET_OR_POST
def hand_out(request: PersonRequest, pk: int) -> HttpResponse:
    """How many codes would go out, from which pools, what stays; confirmed they go."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    url = reverse("ministry_request", args=[pk])
    now = timezone.now()
    if request.method == "POST":
        try:
            done = handing_out.hand_out(
                request=asked, by=request.user, now=now,
                as_many_as_there_are=request.POST.get("as_many") == "1",
            )  # fmt: skip
        except NotEnoughCodes:
            pass  # the page below says it, with the way out
        except Refused as refusal:
            on_page(request, refusal)
            return redirect(url)
        else:
            messages.success(request, _handed_out(done))
            return redirect(url)
    try:
        policies.check_can_hand_out(request.user, asked)
    except Refused as refusal:
        on_page(request, refusal, tone=messages.WARNING)
        return redirect(url)
    foreseen = handing_out.foresee(asked, now)
    if not foreseen.waiting:
        messages.info(request, _("Op deze aanvraag wacht niemand meer op een code."))
        return redirect(url)
    return render(request, "ministry/hand_out.html", _hand_out_context(asked, foreseen, now))


@ministry_only
@GET_OR_POST
def reclaim(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back the codes of a request that nobody saw: how many, then done."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    url = reverse("ministry_request", args=[pk])
    unseen = list(HandOut.objects.filter(line__request=asked).reclaimable())
    try:
        policies.check_can_reclaim(request.user, unseen)
        if unseen and request.POST.get("confirmed") == str(len(unseen)):
            found = [row.pk for row in unseen]
            form = MistakeForm(request.POST)
            count = lifecycle.reclaim(
                hand_outs=found, by=request.user, now=timezone.now(),
                keep_waiting=form.is_valid() and form.cleaned_data["keep_waiting"] is True,
            )  # fmt: skip
            messages.success(request, _reclaimed(count))
            return redirect(url)
    except Refused as refusal:
        on_page(request, refusal)
        return redirect(url)
    if not unseen:
        messages.info(request, _("Op deze aanvraag is er geen code meer om terug te nemen."))
        return redirect(url)
    return _confirm_reclaim(request, asked, len(unseen))


def _confirm_reclaim(request: PersonRequest, asked: VoucherRequest, n: int) -> HttpResponse:
    url = reverse("ministry_request", args=[asked.pk])
    title = ngettext("{n} code terugnemen?", "{n} codes terugnemen?", n)
    happens = [
        ngettext(
            "{n} code waarvan de brief nog niet afgedrukt is, gaat terug naar de voorraad.",
            "{n} codes waarvan de brief nog niet afgedrukt is, gaan terug naar de voorraad.",
            n,
        ),
        _("Codes die al bekeken of in gebruik zijn, blijven bij hun leerling."),
    ]
    return confirmation(
        request,
        title=title.format(n=n),
        happens=[sentence.format(n=n) for sentence in happens],
        undo=_("Dit kan je niet ongedaan maken. Opnieuw uitreiken of aanvragen kan wel."),
        form=MistakeForm(),
        fields=[("confirmed", str(n))],
        button=_("Terugnemen"),
        danger=True,
        cancel_url=url,
        parent_url=url,
        parent_label=asked.label,
    )


def _reclaimed(count: int) -> str:
    return ngettext(
        "{n} code is teruggenomen en zit weer in de voorraad.",
        "{n} codes zijn teruggenomen en zitten weer in de voorraad.",
        count,
    ).format(n=count)


def _hand_out_context(asked: VoucherRequest, foreseen: Foreseen, now: Any) -> Mapping[str, Any]:
    title = ngettext("{n} code uitreiken?", "{n} codes uitreiken?", foreseen.count)
    short = _("Niet genoeg codes voor {number}").format(number=asked.label)
    return {
        "title": short if foreseen.refusal else title.format(n=foreseen.count),
        "asked": asked,
        "foreseen": foreseen,
        "stock": handing_out.free_stock(asked.period, timezone.localdate(now)),
    }


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
