"""Days as people type them, one of several or all, and a file that went unread."""

import re
from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError

from common.fields import ChoiceOfAny, DayField, FileForm, SearchField


@pytest.mark.parametrize(
    "typed",
    [
        "03/04/2020",
        "3/4/2020",
        "3/4/20",
        "3-4-2020",
        "03.04.2020",
        "3 4 2020",
        "03042020",
        " 3 april 2020 ",
        "3 April 2020",
        "2020-04-03",
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str) -> None:
    assert DayField().clean(typed) == date(2020, 4, 3)


@pytest.mark.parametrize(
    "typed",
    ["31/02/2020", "4/2020", "morgen", "2020", "3/4/2020 10:00", "31/12/9999", "1/1/0001"],
)
def test_what_is_no_day_gets_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="dd/mm/jjjj, zoals 31/12/2026"):
        DayField().clean(typed)


@pytest.mark.parametrize("typed", ["14 October 2020", "14 oktober 2020", "14/10/2020"])
def test_a_month_is_read_in_both_languages(typed: str) -> None:
    assert DayField().clean(typed) == date(2020, 10, 14)


def test_a_day_is_shown_as_it_is_asked() -> None:
    assert 'value="03/04/2020"' in str(DayField().widget.render("day", date(2020, 4, 3)))


def test_a_choice_of_any_offers_all_of_them_first() -> None:
    field = ChoiceOfAny("Soort", [("A", "appels"), ("P", "peren")])
    assert offered(field) == [("", "alle"), ("A", "appels"), ("P", "peren")]
    assert [field.clean(each) for each in ("", "P")] == ["", "P"]
    assert offered(ChoiceOfAny("Soort", [], any_of_them="Alle soorten")) == [("", "Alle soorten")]


def offered(field: ChoiceOfAny) -> list[tuple[str, str]]:
    page = field.widget.render("soort", None)
    return re.findall(r'<option value="(\w*)"[^>]*>([^<]+)</option>', page)


def test_a_search_is_a_hundred_letters_without_the_blanks_around_it() -> None:
    assert SearchField("Naam").clean("  Aalst ") == "Aalst"
    with pytest.raises(ValidationError):
        SearchField("Naam").clean("x" * 101)


def test_a_search_says_no_more_words_than_it_asks() -> None:
    assert SearchField("Naam").clean("a b " * 1_000) == "a b a b a b a b"


class UploadForm(FileForm):
    file = forms.FileField()


def test_a_file_that_went_unread_is_not_called_missing() -> None:
    assert UploadForm({}, refusal="Te groot.").errors == {"file": ["Te groot."]}
    assert list(UploadForm({}).errors) == ["file"]
