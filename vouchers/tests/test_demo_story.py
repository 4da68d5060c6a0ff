"""The sample data can be made on any day of the year."""

from datetime import date

import pytest

from vouchers.books import balance
from vouchers.demo.everything import make_everything
from vouchers.demo.sizes import SMALL


@pytest.mark.parametrize("today", [date(2027, 1, 10), date(2026, 12, 31)])
def test_the_story_is_told_and_the_books_balance(db: None, today: date) -> None:
    make_everything(SMALL, today)
    assert {pool.off for pool in balance()} == {()}
