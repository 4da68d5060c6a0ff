"""Ask first, then do: an act that affects much or cannot be undone is a question on a page of its
own, and what was confirmed there is what is done (ADR 29).

The page sends back a digest of what it said and of the rows it was about. Only an answer to exactly
the question that would be asked now is acted on; otherwise the question is asked again, with what
changed since. Opening the page never does anything.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from common.lists import numbers
from common.refused import Refused
from common.refused_shown import in_form

CONFIRMED, IDS, SHOWN = "confirmed", "ids", "shown"
PAGE = "components/confirmation.html"
Rows = TypeVar("Rows", bound=QuerySet[Any])
Refusals = tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the page before an act says, and what an answer to it is about.

    happens: a sentence for each consequence; undo: whether and how it can be undone. aside:
    sentences that only the first page can show, so no answer depends on them. ids: the rows it is
    about, sent along; about: whatever else decides what is done. fields: pairs that are sent along
    unchanged. form: what else is asked (a reason, a number to type), bound to `typed(request)`.
    back: where somebody goes who does not go ahead.
    """

    title: str
    happens: Sequence[str]
    button: str
    back: str
    undo: str = ""
    aside: Sequence[str] = ()
    ids: Sequence[int] | None = None
    about: Sequence[object] = ()
    fields: Sequence[tuple[str, object]] = ()
    form: forms.Form | None = None
    danger: bool = False
    action: str = ""
    parent_label: str = ""

    @property
    def digest(self) -> str:
        """The same for as long as the page would say the same about the same rows."""
        said = [self.title, *self.happens, self.undo]
        shown = json.dumps([said, self.ids and list(self.ids), list(self.about)], default=str)
        return hashlib.sha256(shown.encode()).hexdigest()

    def sent_along(self) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = [(CONFIRMED, self.digest)]
        if self.ids is not None:
            found.append((IDS, ",".join(map(str, self.ids))))
        return [*found, *((SHOWN, each) for each in (self.title, *self.happens)), *self.fields]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence; what was not, and why; where to go next (by default `back`);
    and where it can be undone."""

    said: str = ""
    to: str = ""
    undo_url: str = ""
    warnings: Sequence[str] = ()


def is_answer(request: HttpRequest) -> bool:
    """Whether this request answers a question."""
    return request.method == "POST" and CONFIRMED in request.POST


def typed(request: HttpRequest) -> QueryDict | None:
    """What was filled in on the page that asked; None when this is not an answer."""
    return request.POST if is_answer(request) else None


def chosen(request: HttpRequest) -> list[int]:
    """The ids that an answer is about, or those ticked in a list."""
    if is_answer(request):
        return numbers(request.POST.get(IDS, "").split(","))
    return numbers(request.POST.getlist("selected"))


def chosen_of(request: HttpRequest, rows: Rows) -> Rows:
    """These rows when the whole list was chosen, else those that are `chosen`.

    An answer is about the ids that its page named, never about whatever the list has come to
    contain.
    """
    if request.POST.get("everything") and not is_answer(request):
        return rows
    return rows.filter(pk__in=chosen(request))


def nothing_chosen(request: HttpRequest, sentence: str) -> str:
    """`sentence` for somebody who ticked nothing; an answer instead came too late: others did all
    of it."""
    return _("Dit is intussen al gedaan of veranderd.") if is_answer(request) else sentence


def carried_over(posted: QueryDict, *besides: str) -> list[tuple[str, object]]:
    """What a form sent, to send again with the answer; without the question page's own fields."""
    skipped = {"csrfmiddlewaretoken", CONFIRMED, IDS, SHOWN, *besides}
    kept = (name for name in posted if name not in skipped)
    return [(name, value) for name in kept for value in posted.getlist(name) if value]


def ask_first(
    request: HttpRequest,
    question: Question,
    act: Callable[[], Done | HttpResponse],
    *,
    refusals: Refusals = (Refused,),
    check: Callable[[], object] | None = None,
    template: str = PAGE,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Ask, or do what was confirmed and say so.

    act: does it; returns what to say, or the response itself (a file, a form that was refused).
    check: the policy, asked before the question too. refusals: exceptions besides Refused that stop
    `act`, each with a `message`. template, context: a page that shows more than the question; it
    includes `components/answer_fields.html`.
    """
    try:
        if check:
            check()
    except refusals as refusal:
        return _turned_away(request, question, refusal)
    if _agreed(request, question):
        try:
            done = act()
        except refusals as refusal:
            if question.form is None or not isinstance(refusal, Refused):
                return _turned_away(request, question, refusal)
            in_form(question.form, refusal, otherwise=_only_field(question.form))
        else:
            return _say_done(request, question, done)
    return render(request, template, {**_page(request, question), **(context or {})})


def _turned_away(request: HttpRequest, question: Question, refusal: Exception) -> HttpResponse:
    messages.error(request, _sentence(refusal))
    return redirect(question.back)


def _sentence(refusal: Exception) -> str:
    return str(getattr(refusal, "message", refusal))


def _agreed(request: HttpRequest, question: Question) -> bool:
    if not is_answer(request) or request.POST[CONFIRMED] != question.digest:
        return False
    return question.form is None or question.form.is_valid()


def _only_field(form: forms.Form) -> str | None:
    """Where a refusal about no field of a form stands: beside its only one, else above them all."""
    return next(iter(form.fields)) if len(form.fields) == 1 else None


def _say_done(request: HttpRequest, question: Question, done: Done | HttpResponse) -> HttpResponse:
    if isinstance(done, HttpResponse):
        return done
    if done.said and done.undo_url:
        offer = format_html('{} <a href="{}">{}</a>', done.said, done.undo_url, _("Ongedaan maken"))
        messages.success(request, offer)
    elif done.said:
        messages.success(request, done.said)
    for sentence in done.warnings:
        messages.warning(request, sentence)
    return redirect(done.to or question.back)


def _page(request: HttpRequest, question: Question) -> dict[str, Any]:
    return {
        "title": question.title,
        "happens": [*question.happens, *question.aside],
        "undo": question.undo,
        "form": question.form,
        "fields": question.sent_along(),
        "changed": _changed(request, question),
        "button": question.button,
        "danger": question.danger,
        "action": question.action,
        "cancel_url": question.back,
        "parent_url": question.back if question.parent_label else "",
        "parent_label": question.parent_label,
    }


def _changed(request: HttpRequest, question: Question) -> list[str]:
    """How the question differs from the one answered; empty when none was answered yet."""
    if not is_answer(request) or request.POST[CONFIRMED] == question.digest:
        return []
    before, now = request.POST.getlist(SHOWN), [question.title, *question.happens]
    gone = [
        _("Eerst stond hier: {sentence}").format(sentence=each)
        for each in before
        if each not in now
    ]
    new = [
        _("Nu staat hier: {sentence}").format(sentence=each) for each in now if each not in before
    ]
    return [*gone, *new] or [_("Het gaat nu over andere dan die je zag.")]
