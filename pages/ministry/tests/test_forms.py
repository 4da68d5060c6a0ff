"""Days as people type them; what the forms of the ministry show."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from pages.shared.fields import DayField


@pytest.mark.parametrize(
    "typed",
    [
        "03/04/2020", "3/4/2020", "3/4/20", "3-4-2020", "03.04.2020", "3 4 2020", "03042020",
        " 3 april 2020 ", "3 April 2020", "2020-04-03",
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_type_it(typed: str) -> None:
    assert DayField().clean(typed) == date(2020, 4, 3)


@pytest.mark.parametrize("typed", ["31/02/2020", "4/2020", "morgen", "2020", "3/4/2020 10:00"])
def test_what_is_no_day_gets_an_example(typed: str) -> None:
    with pytest.raises(ValidationError, match="dd/mm/jjjj, zoals 31/12/2026"):
        DayField().clean(typed)


@pytest.mark.parametrize("typed", ["14 October 2020", "14 oktober 2020", "14/10/2020"])
def test_a_month_is_read_in_both_languages(typed: str) -> None:
    assert DayField().clean(typed) == date(2020, 10, 14)


def test_a_day_is_shown_as_it_is_asked() -> None:
    assert 'value="03/04/2020"' in str(DayField().widget.render("day", date(2020, 4, 3)))
