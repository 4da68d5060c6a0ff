"""The sample data can be made on any day of the year."""

from datetime import date

import pytest
from django.db.models import Count

from vouchers.books import balance
from vouchers.demo.people import make_organisations, make_people
from vouchers.demo.story import Story, make_providers
from vouchers.models import Mail
from vouchers.states import MailKind, MailState


@pytest.mark.parametrize("today", [date(2027, 1, 10), date(2026, 12, 31)])
def test_the_story_is_told_and_the_books_balance(db: None, today: date) -> None:
    providers = make_providers()
    people = make_people(make_organisations(), providers)
    Story(people, providers, today).tell()
    assert [pool.off for pool in balance()] == [()] * 4
    mails = Mail.objects.order_by().values_list("state").annotate(n=Count("pk"))
    # The newest request is told of as soon as the demo runs; one mail was refused.
    assert {state: n for state, n in mails if state != MailState.SENT} == {
        MailState.QUEUED: 1, MailState.FAILED: 1,
    }  # fmt: skip
    assert list(
        Mail.objects.filter(kind=MailKind.REMINDER).order_by("pk").values_list("weeks", flat=True)
    ) == [2, 4]
