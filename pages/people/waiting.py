"""What waits for a second person: the list, one act, and the answers to it (ADR 36)."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Min, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policies
from accounts.mails import MailNotSent
from accounts.models import MINISTRY, Role, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import kind_of, others, subjects, waiting_for
from common import confirm
from common.access import roles_required
from common.confirm import Done, Question, typed
from common.formats import as_moment
from common.lists import page_of
from common.refused import Refused, allowed
from common.state_text import StateText
from pages.people.waiting_forms import Stand, WaitingFilter, WhyNotForm, stand_of
from pages.shared.person_request import PersonRequest
from pages.shared.tasklist import Task, since_oldest

who_may_see = roles_required(Role.COORDINATOR, *MINISTRY)
ask_first = partial(confirm.ask_first, refusals=(Refused, MailNotSent))
TONES = {
    Stand.WAITS: "info",
    Stand.LET_GO: "success",
    Stand.REFUSED: "error",
    Stand.WITHDRAWN: "neutral",
    Stand.UNDONE: "warning",
}


def waiting_task(user: User, today: date) -> Task:
    """How much waits for this person, for their start page."""
    found = waiting_for(user)
    oldest = found.aggregate(oldest=Min("asked_at"))["oldest"]
    count = found.count()
    return Task(
        title=ngettext("vraag wacht op jou als tweede", "vragen wachten op jou als tweede", count),
        url=reverse("waiting_acts"),
        count=count,
        since=since_oldest(oldest, today),
        hint=_("Een collega vroeg iets dat pas doorgaat als jij het nakeek.") if count else "",
    )


def _visible(request: PersonRequest) -> QuerySet[WaitingAct]:
    rows = WaitingAct.objects.visible_to(request.user)
    people = ("asked_by", "let_go_by", "refused_by", "withdrawn_by", "undone_by")
    return rows.select_related("organisation", *people)


@who_may_see
@require_safe
def waiting_acts(request: PersonRequest) -> HttpResponse:
    """What waits for a second person, newest first; on request also what was answered."""
    filters = WaitingFilter(request.GET, path=request.path)
    page = page_of(request, filters.found(_visible(request)).order_by("-asked_at", "-pk"))
    about = subjects(page.object_list)
    context = {
        "title": _("Wacht op een tweede"),
        "filters": filters,
        "page": page,
        "rows": [
            (act, capfirst(kind_of(act).title), about[act.pk], _state(act))
            for act in page.object_list
        ],
        "total": WaitingAct.objects.visible_to(request.user).count(),
    }
    return render(request, "people/waiting_acts.html", context)


def _state(act: WaitingAct) -> StateText:
    stand = stand_of(act)
    return StateText(str(capfirst(stand.label)), TONES[stand])


@who_may_see
@require_safe
def waiting_act(request: PersonRequest, pk: int) -> HttpResponse:
    """One act: exactly what was asked, by whom and why, and what this person may answer."""
    act = get_object_or_404(_visible(request), pk=pk)
    context = {
        "title": capfirst(kind_of(act).title),
        "act": act,
        "state": _state(act),
        "sentences": _sentences(act),
        "facts": _facts(act),
        "changed": _why_changed(act) if act.is_open else "",
        "can_answer": allowed(_check_can_answer, request.user, act),
        "can_withdraw": allowed(policies.check_can_withdraw_act, request.user, act),
        "can_undo": allowed(_check_can_undo, request.user, act),
    }
    return render(request, "people/waiting_act.html", context)


def _undoes(act: WaitingAct) -> bool:
    return kind_of(act).undo is not None


def _sentences(act: WaitingAct) -> list[str]:
    try:
        return kind_of(act).sentences(kind_of(act).facts(act))
    except ObjectDoesNotExist:
        return []


def _why_changed(act: WaitingAct) -> str:
    try:
        acts.check_unchanged(act)
    except Refused as refusal:
        return refusal.message
    return ""


def _facts(act: WaitingAct) -> list[dict[str, Any]]:
    """Who asked, who answered, when and why."""
    told = [
        (_("Gevraagd"), act.asked_at, act.asked_by),
        (_("Doorgelaten"), act.let_go_at, act.let_go_by),
        (_("Geweigerd"), act.refused_at, act.refused_by),
        (_("Ingetrokken"), act.withdrawn_at, act.withdrawn_by),
        (_("Ongedaan gemaakt"), act.undone_at, act.undone_by),
    ]
    rows: list[dict[str, Any]] = [
        {
            "label": label,
            "value": as_moment(at),
            "hint": _("door {person}").format(person=person),
        }
        for label, at, person in told
        if at
    ]
    if act.organisation:
        rows.insert(0, {"label": _("Organisatie"), "value": str(act.organisation)})
    if act.why:
        rows.append({"label": _("Waarom"), "value": act.why})
    if act.answer:
        rows.append({"label": _("Waarom niet"), "value": act.answer})
    return rows


# Answers. Each asks first; what is answered is what the page of the question said.


def _answer(
    request: PersonRequest,
    act: WaitingAct,
    *,
    title: str,
    button: str,
    undo: str,
    check: Callable[[], object],
    do: Callable[[], object],
    said: str,
    form: WhyNotForm | None = None,
    danger: bool = False,
) -> HttpResponse:
    back = reverse("waiting_act", args=[act.pk])
    question = Question(
        title=title,
        happens=_sentences(act),
        undo=undo,
        about=[act.pk, act.checksum],
        button=button,
        back=back,
        parent_label=str(capfirst(kind_of(act).title)),
        form=form,
        danger=danger,
    )

    def acted() -> Done:
        do()
        return Done(said)

    return ask_first(request, question, acted, check=check)


def _check_can_answer(user: User, act: WaitingAct) -> None:
    may = others(act).filter(pk=user.pk).exists()
    policies.check_can_let_go(user, act, may=may)


def _check_can_undo(user: User, act: WaitingAct) -> None:
    mine = act.asked_by_id == user.pk or others(act).filter(pk=user.pk).exists()
    policies.check_can_undo_act(user, act, may=mine, undoes=_undoes(act))


@who_may_see
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_act_let_go(request: PersonRequest, pk: int) -> HttpResponse:
    """Let it go on."""
    act = get_object_or_404(_visible(request), pk=pk)
    can_undo = _("Je kan dit daarna ongedaan maken op dezelfde pagina.")
    return _answer(
        request,
        act,
        title=_("Laten doorgaan wat {person} vroeg?").format(person=act.asked_by),
        button=_("Laten doorgaan"),
        undo=can_undo if _undoes(act) else _("Dit kan je niet ongedaan maken."),
        check=lambda: _check_can_answer(request.user, act),
        do=lambda: acts.let_go(act=act, by=request.user, now=timezone.now()),
        said=_("Dit gaat door. {person} krijgt een mail.").format(person=act.asked_by),
    )


@who_may_see
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_act_refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Refuse it, with a reason."""
    act = get_object_or_404(_visible(request), pk=pk)
    form = WhyNotForm(typed(request))
    return _answer(
        request,
        act,
        title=_("Weigeren wat {person} vroeg?").format(person=act.asked_by),
        button=_("Weigeren"),
        undo=_("{person} kan het opnieuw vragen.").format(person=act.asked_by),
        check=lambda: _check_can_answer(request.user, act),
        do=lambda: acts.refuse(
            act=act, answer=form.cleaned_data["answer"], by=request.user, now=timezone.now()
        ),
        said=_("Dit gaat niet door. {person} krijgt een mail.").format(person=act.asked_by),
        form=form,
        danger=True,
    )


@who_may_see
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_act_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back what one asked oneself."""
    act = get_object_or_404(_visible(request), pk=pk)
    return _answer(
        request,
        act,
        title=_("Intrekken wat je vroeg?"),
        button=_("Intrekken"),
        undo=_("Je kan het daarna opnieuw vragen."),
        check=lambda: policies.check_can_withdraw_act(request.user, act),
        do=lambda: acts.withdraw(act=act, by=request.user, now=timezone.now()),
        said=_("Je vraag is ingetrokken."),
    )


@who_may_see
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_act_undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo what was let go."""
    act = get_object_or_404(_visible(request), pk=pk)
    return _answer(
        request,
        act,
        title=_("Ongedaan maken wat doorging?"),
        button=_("Ongedaan maken"),
        undo=_("Daarna moet het opnieuw gevraagd worden."),
        check=lambda: _check_can_undo(request.user, act),
        do=lambda: acts.undo(act=act, by=request.user, now=timezone.now()),
        said=_("Dit is ongedaan gemaakt."),
        danger=True,
    )
