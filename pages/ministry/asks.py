"""What askers want for their codes, and the ministry grants or refuses: renewals, new codes.

Tested in `pages.ministry.tests.test_files` and `pages.shared.tests.test_life`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from common.confirm import Done, Question, ask_first, chosen_of, nothing_chosen, typed
from pages.shared.person_request import PersonRequest

REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the page before an answer says, and what the answer does to what was asked (ids, the
    longest waiting first).

    title: for a number of them. form: what is typed with it, handed to `act` once it is valid.
    """

    title: Callable[[int], str]
    happens: tuple[StrPromise, ...]
    button: StrPromise
    act: Callable[[PersonRequest, list[int], dict[str, Any]], Done]
    form: type[forms.Form] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list of what is asked, with its two answers.

    page, acts_at: names of the list and of where ticked ones are posted; grants: the value of the
    button that grants.
    """

    page: str
    acts_at: str
    label: StrPromise
    none_chosen: StrPromise
    grants: str
    granting: Answer
    refusing: Answer


def answer(request: PersonRequest, asked: Asked, rows: QuerySet[Any]) -> HttpResponse:
    """Grant or refuse the ticked ones among these rows, after asking first."""
    chosen = chosen_of(request, rows).order_by("asked_at", "pk")
    ids = list(chosen.values_list("pk", flat=True))
    if not ids:
        messages.warning(request, nothing_chosen(request, str(asked.none_chosen)))
        return redirect(asked.page)
    refuses = request.POST.get("action") == REFUSE
    given = asked.refusing if refuses else asked.granting
    form = given.form(typed(request)) if given.form else None
    question = Question(
        title=given.title(len(ids)),
        happens=[str(sentence) for sentence in given.happens],
        button=str(given.button),
        danger=refuses,
        form=form,
        fields=[("action", REFUSE if refuses else asked.grants)],
        ids=ids,
        undo=_("Dit kan je niet ongedaan maken."),
        action=reverse(asked.acts_at),
        back=reverse(asked.page),
        parent_label=str(asked.label),
    )
    return ask_first(
        request, question, lambda: given.act(request, ids, form.cleaned_data if form else {})
    )
