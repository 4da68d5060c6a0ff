"""Facts about sign-ins go after a year, by the owner's hand alone."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignInEvent, SignInKind
from common.tests.commands import run
from conftest import Cast
from vouchers.database.tests.test_guards import refused

YEAR, DAY = timedelta(days=366), timedelta(days=1)


def happened(*moments: datetime) -> None:
    SignInEvent.objects.bulk_create(
        SignInEvent(kind=SignInKind.FAILED, at=moment) for moment in moments
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_older_than_a_year_goes_and_nothing_else(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    happened(now - YEAR - DAY, now - YEAR + 3 * DAY, now)
    assert run(capsys, "drop_old_sign_ins", "--json").object == {"dropped": 1}
    assert SignInEvent.objects.count() == 2
    assert run(capsys, "drop_old_sign_ins", "--json").object == {"dropped": 0}
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="denied"):
        cursor.execute("DELETE FROM accounts_signinevent")


@pytest.mark.as_owner
@pytest.mark.django_db
def test_younger_ones_stay_even_without_the_guard(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_signinevent DISABLE TRIGGER guard_delete")
    happened(timezone.now())
    assert "kept for 12 months" in refused("DELETE FROM accounts_signinevent")


@pytest.mark.django_db(transaction=True)
def test_without_the_owner_it_says_what_is_missing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATABASE_OWNER = {}
    answer = run(capsys, "drop_old_sign_ins")
    assert answer.status == 2
    assert "set DATABASE_OWNER_URL" in answer.lines[0]
