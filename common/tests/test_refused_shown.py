from django import forms
from django.contrib import messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.refused import Refused
from common.refused_shown import in_form, on_page


class DayForm(forms.Form):
    on = forms.CharField(required=False)
    file = forms.CharField(required=False)


LATE = Refused("Deze dag moet nog komen.", "on", code="day-in-future")
WHOLE = Refused("Alleen het ministerie kan dit doen.", code="ministry-only")
ELSEWHERE = Refused("Kies een voorraad.", "pool", code="pool-of-another")


def asked() -> HttpRequest:
    request = RequestFactory().get("/")
    for middleware in (SessionMiddleware, MessageMiddleware):
        middleware(lambda _request: HttpResponse()).process_request(request)
    return request


def filled() -> DayForm:
    form = DayForm({})
    assert form.is_valid()
    return form


def errors(form: forms.Form) -> dict[str, list[tuple[str, str]]]:
    return {
        field: [(each.messages[0], str(each.code)) for each in found]
        for field, found in form.errors.as_data().items()
    }


def test_a_form_says_it_at_the_field_it_is_about() -> None:
    form = filled()
    in_form(form, LATE)
    assert errors(form) == {"on": [("Deze dag moet nog komen.", "day-in-future")]}


def test_a_form_says_what_is_about_none_of_its_fields_above_all_or_where_it_is_told() -> None:
    form = filled()
    in_form(form, WHOLE)
    in_form(form, ELSEWHERE, otherwise="file")
    assert errors(form) == {
        "__all__": [("Alleen het ministerie kan dit doen.", "ministry-only")],
        "file": [("Kies een voorraad.", "pool-of-another")],
    }


def test_a_page_brings_the_form_back_with_what_is_about_one_of_its_fields() -> None:
    request, form = asked(), filled()
    assert on_page(request, LATE, form)
    assert errors(form) == {"on": [("Deze dag moet nog komen.", "day-in-future")]}
    assert list(messages.get_messages(request)) == []


def test_a_page_says_the_rest_on_the_next_one() -> None:
    request, form = asked(), filled()
    assert not on_page(request, WHOLE, form)
    assert not on_page(request, ELSEWHERE, form, tone=messages.WARNING)
    assert not on_page(request, LATE)
    assert errors(form) == {}
    assert [(each.level, each.message) for each in messages.get_messages(request)] == [
        (messages.ERROR, "Alleen het ministerie kan dit doen."),
        (messages.WARNING, "Kies een voorraad."),
        (messages.ERROR, "Deze dag moet nog komen."),
    ]
