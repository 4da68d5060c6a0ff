"""Who is let in, where and by whom: the way of somebody at the ministry who cannot see a code."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings

from accounts.models import Membership, User
from accounts.tests.factories import make_coordinator
from conftest import Cast
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.actions.watch import alerts, unusual_people, unusual_reveals
from vouchers.models import Alert, HandOut
from vouchers.states import AlertKind
from vouchers.tests import hundreds
from vouchers.tests.factories import at

NOON = at(date(2020, 3, 16), 12)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = settings.WATCH_LIMITS


@pytest.fixture(autouse=True)
def there_for_long(cast: Cast) -> None:
    """Everybody in the cast has worked where they work since the year before."""
    Membership.objects.update(added_at=at(date(2019, 9, 1)))


@pytest.fixture
def bonds(cast: Cast) -> list[HandOut]:
    """Three codes of the own school."""
    (request,) = hundreds.drafts([cast.school], cast.period, by=cast.coordinator)
    hundreds.add_lines(request, 3)
    hundreds.send([request], by=cast.coordinator)
    lines = hundreds.grant([request], by=cast.officer)
    return hundreds.hand_out(lines, cast.provider, by=cast.officer)


def admit(
    cast: Cast, *organisations: Organisation, by: User | None, now: datetime = NOON, name: str = "h"
) -> User:
    """Somebody whom this person lets in there."""
    person = make_coordinator(email=f"{name}@example.org", name="Hein Helper")
    Membership.objects.bulk_create(
        Membership(user=person, organisation=each, added_at=now, added_by=by)
        for each in organisations
    )
    return person


def raised() -> list[tuple[str, int, dict[str, object]]]:
    """The open alerts: kind, about whom, what they say."""
    found = Alert.objects.open().order_by("pk")
    return [(each.kind, each.about_id or 0, each.data) for each in found]


# Let in by the ministry where others work


def test_one_code_seen_by_whom_the_ministry_let_in_beside_others(
    cast: Cast, bonds: list[HandOut]
) -> None:
    helper = admit(cast, cast.school, by=cast.officer)
    moment = NOON + timedelta(days=LIMITS["days_of_admitted"]) - MINUTE
    hundreds.see(bonds[:1], by=helper, start=moment)
    unusual_reveals.detect(now=moment + MINUTE)
    data = {"codes": 1, "organisations": 1}
    assert raised() == [(AlertKind.SEEN_BY_ADMITTED, helper.pk, data)]


def test_after_the_first_weeks_it_is_ordinary_work(cast: Cast, bonds: list[HandOut]) -> None:
    helper = admit(cast, cast.school, by=cast.officer)
    moment = NOON + timedelta(days=LIMITS["days_of_admitted"]) + HOUR  # the clock changed
    hundreds.see(bonds[:1], by=helper, start=moment)
    assert unusual_reveals.detect(now=moment + MINUTE) == 0


def test_a_colleague_lets_in_whom_they_know(cast: Cast, bonds: list[HandOut]) -> None:
    helper = admit(cast, cast.school, by=cast.coordinator)
    hundreds.see(bonds, by=helper, start=NOON + HOUR)
    assert unusual_reveals.detect(now=NOON + 2 * HOUR) == 0


def test_somebody_has_to_be_the_first(cast: Cast, bonds: list[HandOut]) -> None:
    """Nobody who can sign in was there before; a colleague who comes later does not change that."""
    helper = admit(cast, cast.school, by=cast.officer)
    User.objects.filter(pk=cast.coordinator.pk).update(is_active=False)
    admit(cast, cast.school, by=helper, now=NOON + MINUTE, name="later")
    hundreds.see(bonds, by=helper, start=NOON + HOUR)
    assert unusual_reveals.detect(now=NOON + 2 * HOUR) == 0


# Many organisations


def schools(count: int) -> list[Organisation]:
    return [make_school(number=f"{100_000 + 8 * n:06d}") for n in range(count)]


def test_one_organisation_too_many_in_a_few_weeks(cast: Cast) -> None:
    places = schools(LIMITS["organisations"] + 1)
    helper = admit(cast, *places[:-1], by=cast.officer)
    assert unusual_reveals.detect(now=NOON + MINUTE) == 0
    late = NOON + timedelta(days=LIMITS["days_of_organisations"]) - MINUTE
    Membership.objects.create(
        user=helper, organisation=places[-1], added_at=late, added_by=cast.administrator
    )
    unusual_reveals.detect(now=late + MINUTE / 2)
    by = sorted([cast.officer.pk, cast.administrator.pk])
    data = {"organisations": 11, "by": by}
    assert raised() == [(AlertKind.MANY_ORGANISATIONS, helper.pk, data)]


def test_organisations_of_longer_ago_count_no_more(cast: Cast) -> None:
    places = schools(LIMITS["organisations"] + 1)
    helper = admit(cast, *places[:-1], by=cast.officer)
    late = NOON + timedelta(days=LIMITS["days_of_organisations"])
    Membership.objects.create(
        user=helper, organisation=places[-1], added_at=late, added_by=cast.officer
    )
    assert unusual_reveals.detect(now=late) == 0


# Many invitations


def invite(cast: Cast, moments: Sequence[datetime], *, by: User) -> None:
    """Somebody new at each of these moments."""
    for number, moment in enumerate(moments):
        person = admit(cast, cast.school, by=by, now=moment, name=f"nieuw-{number}")
        User.objects.filter(pk=person.pk).update(invited_at=moment, invited_by=by)


def test_more_people_than_ten_in_an_hour(cast: Cast) -> None:
    moments = [NOON + number * 6 * MINUTE for number in range(LIMITS["invitations_an_hour"])]
    invite(cast, moments, by=cast.coordinator)
    assert unusual_reveals.detect(now=NOON + HOUR) == 0
    one_more = make_coordinator(email="een-te-veel@example.org")
    User.objects.filter(pk=one_more.pk).update(
        invited_at=NOON + 59 * MINUTE, invited_by=cast.coordinator
    )
    unusual_reveals.detect(now=NOON + HOUR)
    assert raised() == [(AlertKind.INVITED_OFTEN, cast.coordinator.pk, {"people": 11})]


def test_a_late_round_counts_by_the_hour(cast: Cast) -> None:
    moments = [NOON + number * 7 * MINUTE for number in range(40)]
    invite(cast, moments, by=cast.officer)
    assert unusual_reveals.detect(now=NOON + 3 * DAY) == 0


def test_the_most_within_an_hour_counts_each_person_once() -> None:
    events = [(NOON + number * MINUTE, number % 3) for number in range(50)]
    events += [(NOON + 3 * HOUR + number * MINUTE, number) for number in range(0, 120, 30)]
    assert unusual_people.most_within(HOUR, events) == 3
    assert unusual_people.most_within(HOUR, []) == 0


def test_what_was_handled_counts_no_more(cast: Cast) -> None:
    invite(cast, [NOON + number * MINUTE for number in range(11)], by=cast.officer)
    unusual_reveals.detect(now=NOON + 20 * MINUTE)
    (alert,) = Alert.objects.all()
    alerts.handle(alert=alert, note="Gebeld.", by=cast.administrator, now=NOON + 30 * MINUTE)
    assert unusual_reveals.detect(now=NOON + 40 * MINUTE) == 0
