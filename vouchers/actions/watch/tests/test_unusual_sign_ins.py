"""Sign-ins that fail too often become alerts: each rule on both sides of its limit."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from accounts.models import SignInEvent, SignInKind, User
from accounts.sign_ins import digest
from conftest import Cast
from vouchers.actions.watch import alerts, unusual_reveals
from vouchers.models import Alert
from vouchers.states import AlertKind

NOON = datetime(2020, 9, 14, 10, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = settings.WATCH_LIMITS["names_of_address"]
FAILURES = settings.WATCH_LIMITS["failures_of_account"]


def tried(names: int, *, at: datetime = NOON, address: str = "192.0.2.1", first: int = 0) -> None:
    """So many names that nobody has, tried in vain from one address."""
    SignInEvent.objects.bulk_create(
        SignInEvent(
            kind=SignInKind.FAILED, typed=digest(f"{first + n}@example.org"), address=address, at=at
        )
        for n in range(names)
    )


def failed(person: User, times: int, *, at: datetime = NOON) -> None:
    """So many times in vain, each from another address."""
    SignInEvent.objects.bulk_create(
        SignInEvent(
            kind=[SignInKind.FAILED, SignInKind.FACTOR_FAILED][n % 2],
            person=person, address=f"192.0.2.{n}", at=at,
        )
        for n in range(times)
    )  # fmt: skip


def look(now: datetime = NOON + MINUTE) -> list[tuple[str, dict[str, object]]]:
    """One round; what the open alerts say."""
    unusual_reveals.detect(now=now)
    return [(each.kind, each.data) for each in Alert.objects.open().order_by("pk")]


def test_many_names_from_one_address_in_an_hour(cast: Cast) -> None:
    tried(NAMES)
    assert look() == []
    SignInEvent.objects.create(
        kind=SignInKind.FAILED, person=cast.coordinator, address="192.0.2.1", at=NOON
    )
    data = {"addresses": 1, "names": NAMES + 1, "times": NAMES + 1}
    assert look(NOON + HOUR) == [(AlertKind.MANY_NAMES_TRIED, data)]


def test_several_addresses_are_one_alert(cast: Cast) -> None:
    tried(NAMES + 1)
    tried(NAMES + 3, address="192.0.2.2")
    data = {"addresses": 2, "names": NAMES + 3, "times": 2 * NAMES + 4}
    assert look() == [(AlertKind.MANY_NAMES_TRIED, data)]


def test_one_name_often_or_names_over_hours_or_addresses_are_no_spraying(cast: Cast) -> None:
    for _time in range(3):
        tried(NAMES - 1)
    tried(NAMES, at=NOON + HOUR, first=100)
    tried(NAMES, address="192.0.2.2", first=200)
    assert look(NOON + 2 * HOUR) == []


def test_a_school_that_signs_in_is_none(cast: Cast) -> None:
    SignInEvent.objects.bulk_create(
        SignInEvent(kind=SignInKind.SIGNED_IN, typed=str(n), address="192.0.2.1", at=NOON)
        for n in range(3 * NAMES)
    )
    assert look() == []


def test_one_account_that_is_tried_all_day(cast: Cast) -> None:
    failed(cast.coordinator, FAILURES)
    failed(cast.other_coordinator, FAILURES)
    assert look() == []
    failed(cast.coordinator, 1, at=NOON + HOUR)
    data = {"times": FAILURES + 1, "addresses": FAILURES}
    assert look(NOON + 2 * HOUR) == [(AlertKind.ACCOUNT_ATTACKED, data)]
    assert Alert.objects.get().about == cast.coordinator


def test_yesterday_and_today_are_two_days(cast: Cast) -> None:
    failed(cast.coordinator, FAILURES)
    failed(cast.coordinator, FAILURES, at=NOON + timedelta(days=1))
    assert look(NOON + timedelta(days=1, hours=1)) == []


@pytest.mark.parametrize("kind", [AlertKind.MANY_NAMES_TRIED, AlertKind.ACCOUNT_ATTACKED])
def test_what_is_open_or_handled_is_not_raised_again_and_what_comes_later_is(
    cast: Cast, kind: str
) -> None:
    def again(at: datetime) -> None:
        if kind == AlertKind.ACCOUNT_ATTACKED:
            failed(cast.coordinator, FAILURES + 1, at=at)
        else:
            tried(NAMES + 1, at=at)

    again(NOON)
    assert len(look()) == len(look(NOON + 2 * MINUTE)) == 1
    alert = Alert.objects.get()
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=NOON + 10 * MINUTE)
    assert look(NOON + 11 * MINUTE) == []
    again(NOON + 12 * MINUTE)
    assert [found for found, _data in look(NOON + 13 * MINUTE)] == [kind]


def test_a_round_that_is_late_misses_nothing(cast: Cast) -> None:
    look(NOON)
    tried(NAMES + 1, at=NOON + HOUR)
    failed(cast.coordinator, FAILURES + 1, at=NOON + HOUR)
    assert len(look(NOON + timedelta(days=3))) == 2
