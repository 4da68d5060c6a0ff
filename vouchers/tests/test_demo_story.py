"""The sample data can be made on any day of the year."""

from datetime import date

import pytest

from vouchers.books import balance
from vouchers.demo.people import make_organisations, make_people
from vouchers.demo.story import Story, make_providers


@pytest.mark.parametrize("today", [date(2027, 1, 10), date(2026, 12, 31)])
def test_the_story_is_told_and_the_books_balance(db: None, today: date) -> None:
    providers = make_providers()
    people = make_people(make_organisations(), providers)
    Story(people, providers, today).tell()
    assert [pool.off for pool in balance()] == [()] * 4
