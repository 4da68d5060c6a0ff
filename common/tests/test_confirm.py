"""Ask first, then do: what was confirmed is what is done, anything else is asked again."""

import re
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.confirm import (
    Done,
    Question,
    ask_first,
    carried_over,
    chosen,
    is_answer,
    nothing_chosen,
    typed,
)
from common.refused import Refused

BACK = "/aanvragen/"
QUESTION = Question(
    title="2 aanvragen goedkeuren?",
    happens=["Samen 12 leerlingen."],
    undo="Zolang er geen codes uitgereikt zijn.",
    button="Goedkeuren",
    back=BACK,
    ids=[4, 7],
)


class TooLate(Refused):
    """A refusal as the actions raise them."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, field, code="too-late")


class ReasonForm(forms.Form):
    reason = forms.CharField()
    also = forms.BooleanField(required=False)


@dataclass
class Act:
    """Counts how often it was done; refuses when told to."""

    refusal: TooLate | None = None
    times: int = 0
    done: Done | HttpResponse = field(default_factory=lambda: Done("2 goedgekeurd."))

    def __call__(self) -> Done | HttpResponse:
        if self.refusal:
            raise self.refusal
        self.times += 1
        return self.done


def request(data: dict[str, Any] | None = None) -> HttpRequest:
    made = RequestFactory().get("/doen/") if data is None else RequestFactory().post("/doen/", data)
    vars(made)["_messages"] = CookieStorage(made)
    return made


def answering(question: Question, **more: Any) -> HttpRequest:
    """The request that presses the button of the page with this question."""
    sent: dict[str, list[str]] = {}
    for name, value in question.sent_along():
        sent.setdefault(name, []).append(str(value))
    return request(sent | more)


def ask(asked: HttpRequest, question: Question, act: Act, **options: Any) -> HttpResponse:
    return ask_first(asked, question, act, **options)


def said(asked: HttpRequest) -> list[str]:
    return [str(message) for message in get_messages(asked)]


def shown(page: HttpResponse) -> str:
    assert page.status_code == 200
    return unescape(page.content.decode())


def fields(page: HttpResponse) -> list[tuple[str, str]]:
    form = page.content.decode().split('<form method="post" class="measure"')[1]
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return [(name, unescape(value)) for name, value in found if name != "csrfmiddlewaretoken"]


@pytest.mark.parametrize("asked", [None, {}, {"selected": ["4", "7"]}, {"confirmed": ""}])
def test_without_an_answer_it_asks_and_does_nothing(asked: dict[str, Any] | None) -> None:
    act = Act()
    page = ask(request(asked), QUESTION, act)
    assert QUESTION.title in shown(page)
    assert act.times == 0
    assert fields(page) == [(name, str(value)) for name, value in QUESTION.sent_along()]


def test_reading_the_page_with_an_answer_in_its_address_does_nothing() -> None:
    act = Act()
    asked = RequestFactory().get("/doen/", {"confirmed": QUESTION.digest})
    vars(asked)["_messages"] = CookieStorage(asked)
    assert "Er is intussen" not in shown(ask(asked, QUESTION, act))
    assert act.times == 0


def test_an_answer_to_the_very_question_is_done_and_said() -> None:
    act, asked = Act(), answering(QUESTION)
    done = ask(asked, QUESTION, act)
    assert (act.times, done.headers["Location"], said(asked)) == (1, BACK, ["2 goedgekeurd."])


def test_what_was_done_may_lead_elsewhere_warn_and_be_undone() -> None:
    asked = answering(QUESTION)
    outcome = Done("<1> gedaan.", to="/verder/", undo_url="/terug/", warnings=["1 niet."])
    done = ask(asked, QUESTION, Act(done=outcome))
    assert done.headers["Location"] == "/verder/"
    offer = '&lt;1&gt; gedaan. <a href="/terug/">Ongedaan maken</a>'
    assert said(asked) == [offer, "1 niet."]


def test_an_act_may_answer_itself() -> None:
    file = HttpResponse(b"%PDF")
    assert ask(answering(QUESTION), QUESTION, Act(done=file)) is file


@pytest.mark.parametrize(
    ("now", "sentences"),
    [
        (
            {"title": "1 aanvraag goedkeuren?", "ids": [7]},
            ["Eerst stond hier: 2 aanvragen goedkeuren?", "Nu staat hier: 1 aanvraag goedkeuren?"],
        ),
        (
            {"happens": ["Samen 13 leerlingen."]},
            ["Eerst stond hier: Samen 12 leerlingen.", "Nu staat hier: Samen 13 leerlingen."],
        ),
        ({"happens": []}, ["Eerst stond hier: Samen 12 leerlingen."]),
        ({"ids": [4, 9]}, ["Het gaat nu over andere dan die je zag."]),
        ({"about": ["12 maart"]}, ["Het gaat nu over andere dan die je zag."]),
    ],
)
def test_what_changed_meanwhile_is_asked_again_and_said(
    now: dict[str, Any], sentences: list[str]
) -> None:
    act, changed = Act(), replace(QUESTION, **now)
    page = ask(answering(QUESTION), changed, act)
    assert act.times == 0
    assert "Er is intussen iets veranderd. Er is nog niets gedaan." in shown(page)
    assert re.findall(r"<p>((?:Eerst|Nu|Het gaat) .*?)</p>", shown(page)) == sentences
    assert dict(fields(page))["confirmed"] == changed.digest


def test_what_only_the_first_page_can_say_is_not_part_of_the_answer() -> None:
    act, first = Act(), replace(QUESTION, aside=["Regel 4 wordt overgeslagen."])
    assert "Regel 4 wordt overgeslagen." in shown(ask(request({}), first, act))
    ask(answering(first), QUESTION, act)
    assert act.times == 1


def test_a_refusal_is_said_where_one_goes_back_to() -> None:
    asked, act = answering(QUESTION), Act(TooLate("Te laat."))
    assert ask(asked, QUESTION, act).headers["Location"] == BACK
    assert said(asked) == ["Te laat."]


@pytest.mark.parametrize("asked", [request, lambda: request({}), lambda: answering(QUESTION)])
def test_who_may_not_is_not_even_asked(asked: Any) -> None:
    def check() -> None:
        raise TooLate("Dit mag niet.")

    act, sent = Act(), asked()
    turned_away = ask(sent, QUESTION, act, check=check)
    assert (turned_away.headers["Location"], said(sent), act.times) == (BACK, ["Dit mag niet."], 0)


def test_what_is_asked_besides_must_be_filled_in() -> None:
    act, empty, full = Act(), answering(QUESTION), answering(QUESTION, reason="Verhuisd.")
    assert typed(request({"reason": "Verhuisd."})) is None
    assert "verplicht" in shown(ask(empty, replace(QUESTION, form=ReasonForm(typed(empty))), act))
    assert act.times == 0
    ask(full, replace(QUESTION, form=ReasonForm(typed(full))), act)
    assert act.times == 1


@pytest.mark.parametrize(
    ("named", "beside"), [("reason", "reason"), ("", "__all__"), ("x", "__all__")]
)
def test_a_refusal_stands_beside_its_field(named: str, beside: str) -> None:
    asked = answering(QUESTION, reason="93.05.18-223.61")
    form = ReasonForm(typed(asked))
    ask(asked, replace(QUESTION, form=form), Act(TooLate("Geen nummers.", named)))
    assert form.errors == {beside: ["Geen nummers."]}


def test_a_refusal_that_names_no_field_stands_beside_the_only_one() -> None:
    asked = answering(QUESTION, reason="93.05.18-223.61")
    form = ReasonForm(typed(asked))
    del form.fields["also"]
    ask(asked, replace(QUESTION, form=form), Act(TooLate("Geen nummers.")))
    assert form.errors == {"reason": ["Geen nummers."]}


def test_a_typed_text_stays_when_it_is_asked_again() -> None:
    asked = answering(QUESTION, reason="Verhuisd.")
    changed = replace(QUESTION, ids=[4], form=ReasonForm(typed(asked)))
    assert 'value="Verhuisd."' in shown(ask(asked, changed, Act()))


def test_an_answer_is_about_what_its_page_named() -> None:
    assert chosen(request({"selected": ["1", "x", "2"], "ids": "3"})) == [1, 2]
    assert chosen(answering(QUESTION, selected=["1", "2"])) == [4, 7]
    assert is_answer(answering(QUESTION))
    assert not is_answer(request({"selected": ["1"]}))


def test_an_answer_that_comes_after_all_of_it_is_told_so() -> None:
    assert nothing_chosen(request({}), "Kies eerst.") == "Kies eerst."
    late = nothing_chosen(answering(QUESTION), "Kies eerst.")
    assert late == "Dit is intussen al gedaan of veranderd."


def test_what_a_form_sent_goes_along_and_the_page_s_own_fields_do_not() -> None:
    sent = answering(QUESTION, refuse_4="on", reason="", save="1").POST
    assert carried_over(sent, "save") == [("refuse_4", "on")]


def test_of_a_field_with_several_values_each_goes_along() -> None:
    sent = answering(QUESTION, line=["4", "", "9"], save="1").POST
    assert carried_over(sent, "save") == [("line", "4"), ("line", "9")]
