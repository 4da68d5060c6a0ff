"""Unusual numbers of reveals become alerts: each rule on both sides of its limit; the rounds."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from accounts.tests.factories import make_coordinator
from conftest import Cast
from schools.tests.factories import make_school
from vouchers.actions.watch import alerts, unusual_reveals
from vouchers.models import Alert, HandOut, Reveal, Watch
from vouchers.states import AlertKind, Channel
from vouchers.tasks import watch_reveals
from vouchers.tests import hundreds
from vouchers.tests.factories import at
from vouchers.tests.races import at_once

MONDAY = date(2020, 3, 16)
MORNING = at(MONDAY)
NOON = at(MONDAY, 12)
TEN_MINUTES, HOUR = timedelta(minutes=10), timedelta(hours=1)
LIMITS = settings.WATCH_LIMITS


@pytest.fixture(autouse=True)
def there_for_long(cast: Cast) -> None:
    """Everybody in the cast has worked where they work since the year before."""
    Membership.objects.update(added_at=at(date(2019, 9, 1)))


@pytest.fixture
def bonds(cast: Cast) -> list[HandOut]:
    """More codes for the own school than any limit, of one request."""
    (request,) = hundreds.drafts([cast.school], cast.period, by=cast.coordinator)
    hundreds.add_lines(request, 25)
    hundreds.send([request], by=cast.coordinator)
    lines = hundreds.grant([request], by=cast.officer)
    return hundreds.hand_out(lines, cast.provider, by=cast.officer)


def see(bonds: Sequence[HandOut], by: User, *moments: datetime) -> None:
    """Somebody sees these codes, all of them at each of these moments."""
    for moment in moments:
        hundreds.see(bonds, by=by, start=moment, apart=timedelta())


def raised() -> list[tuple[str, dict[str, object]]]:
    """What the open alerts say."""
    return [(each.kind, each.data) for each in Alert.objects.open().order_by("pk")]


def minutes(n: int) -> list[datetime]:
    """This many moments in the morning."""
    return [MORNING + timedelta(minutes=number) for number in range(n)]


# The rules


def test_a_code_seen_more_than_five_times(cast: Cast, bonds: list[HandOut]) -> None:
    see(bonds[:2], cast.coordinator, *minutes(LIMITS["times"]))
    assert unusual_reveals.detect(now=NOON) == 0
    see(bonds[:1], cast.coordinator, NOON)
    assert unusual_reveals.detect(now=NOON + HOUR) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.data) == (
        AlertKind.SEEN_OFTEN,
        {"codes": 1, "times": 6, "people": 1, "vouchers": [bonds[0].voucher_id]},
    )
    assert (alert.request, alert.organisation) == (bonds[0].line.request, cast.school)


def test_a_code_seen_by_more_than_three_people(cast: Cast, bonds: list[HandOut]) -> None:
    people = [
        make_coordinator(cast.school, email=f"collega-{n}@example.org", name=f"Collega {n}")
        for n in range(LIMITS["people"])
    ]
    for person in people:
        see(bonds[:1], person, MORNING)
    assert unusual_reveals.detect(now=NOON) == 0
    see(bonds[:1], cast.coordinator, NOON)
    unusual_reveals.detect(now=NOON + HOUR)
    data = {"codes": 1, "times": 4, "people": 4, "vouchers": [bonds[0].voucher_id]}
    assert raised() == [(AlertKind.SEEN_OFTEN, data)]


def test_many_codes_seen_often_are_one_alert_a_request(cast: Cast, bonds: list[HandOut]) -> None:
    """It names the ten that were seen most, by their row, so that their pages can be opened."""
    see(bonds, cast.coordinator, *minutes(LIMITS["times"] + 1))
    see(bonds[3:13], cast.coordinator, NOON)
    unusual_reveals.detect(now=NOON)
    ((_kind, data),) = raised()
    most = {bond.voucher_id for bond in bonds[3:13]}
    assert (data["codes"], data["times"], data["people"]) == (25, 7, 1)
    assert set(Alert.objects.get().data["vouchers"]) == most


def test_the_same_codes_on_more_than_three_days(cast: Cast, bonds: list[HandOut]) -> None:
    again = bonds[: LIMITS["codes_of_days"] + 1]
    days = [MORNING + timedelta(days=number) for number in range(4)]
    see(again, cast.coordinator, *days[:3])
    see(bonds[:10], cast.coordinator, days[3])
    assert unusual_reveals.detect(now=days[3] + TEN_MINUTES) == 0
    see(again[10:], cast.coordinator, days[3])
    assert unusual_reveals.detect(now=days[3] + 2 * TEN_MINUTES) == 1
    assert raised() == [(AlertKind.SEEN_AGAIN, {"codes": 11, "days": 4})]


def test_a_colleague_on_another_day_is_not_day_after_day(cast: Cast, bonds: list[HandOut]) -> None:
    colleague = make_coordinator(cast.school, email="collega@example.org", name="Collega")
    Membership.objects.filter(user=colleague).update(added_at=at(date(2019, 9, 1)))
    days = [MORNING + timedelta(days=number) for number in range(4)]
    see(bonds[:11], cast.coordinator, *days[:2])
    see(bonds[:11], colleague, *days[2:])
    assert unusual_reveals.detect(now=days[3] + HOUR) == 0


def test_more_than_twenty_codes_in_a_night(cast: Cast, bonds: list[HandOut]) -> None:
    """From 23 to 5 o'clock, across midnight, named by the day on which the night began."""
    eve, before_five = at(MONDAY, 23), at(MONDAY + timedelta(days=1), 4)
    see(bonds[:12], cast.coordinator, eve)
    see(bonds[12:20], cast.coordinator, before_five)
    see(bonds[20:], cast.coordinator, eve - timedelta(seconds=1), before_five + HOUR)
    assert unusual_reveals.detect(now=before_five + TEN_MINUTES) == 0
    see(bonds[20:21], cast.coordinator, before_five)
    assert unusual_reveals.detect(now=before_five + 2 * TEN_MINUTES) == 1
    assert raised() == [(AlertKind.SEEN_AT_NIGHT, {"codes": 21, "night": "2020-03-16"})]


def test_more_than_twenty_codes_on_the_first_day(cast: Cast, bonds: list[HandOut]) -> None:
    newcomer = make_coordinator(cast.school, email="nieuw@example.org", name="Nieuw")
    Membership.objects.filter(user=newcomer).update(added_at=MORNING)
    a_day_later = MORNING + timedelta(hours=24)
    see(bonds[:20], newcomer, MORNING + HOUR)
    see(bonds[20:], newcomer, a_day_later)
    assert unusual_reveals.detect(now=a_day_later) == 0
    see(bonds[20:21], newcomer, a_day_later - timedelta(seconds=1))
    assert unusual_reveals.detect(now=a_day_later) == 1
    assert raised() == [(AlertKind.SEEN_BY_NEWCOMER, {"codes": 21})]
    assert Alert.objects.get().about == newcomer


def test_what_somebody_saw_before_they_came_back_is_not_their_first_day(
    cast: Cast, bonds: list[HandOut]
) -> None:
    see(bonds, cast.coordinator, MORNING)
    Membership.objects.filter(user=cast.coordinator).update(added_at=NOON)
    assert unusual_reveals.detect(now=NOON + HOUR) == 0


def test_more_than_twenty_codes_just_before_leaving(cast: Cast, bonds: list[HandOut]) -> None:
    """Also of people who came, looked and left between two rounds: no membership shows it."""
    unusual_reveals.detect(now=MORNING - 2 * HOUR)
    see(bonds[:20], cast.coordinator, MORNING)
    Membership.objects.filter(user=cast.coordinator).delete()
    assert unusual_reveals.detect(now=MORNING + TEN_MINUTES) == 0
    see(bonds[20:21], cast.coordinator, MORNING)
    assert unusual_reveals.detect(now=MORNING + 2 * TEN_MINUTES) == 1
    assert raised() == [(AlertKind.SEEN_BY_LEAVER, {"codes": 21})]


def test_who_prints_an_hour_and_a_half_before_leaving_is_a_leaver(
    cast: Cast, bonds: list[HandOut]
) -> None:
    """Rounds every ten minutes in between saw somebody who still worked there."""
    see(bonds[:21], cast.coordinator, MORNING)
    assert unusual_reveals.detect(now=MORNING + timedelta(minutes=90)) == 0
    Membership.objects.filter(user=cast.coordinator).delete()
    assert unusual_reveals.detect(now=MORNING + timedelta(minutes=100)) == 1
    assert raised() == [(AlertKind.SEEN_BY_LEAVER, {"codes": 21})]


def test_who_leaves_more_than_a_week_after_seeing_codes_is_none(
    cast: Cast, bonds: list[HandOut]
) -> None:
    see(bonds[:21], cast.coordinator, MORNING)
    after = MORNING + timedelta(days=LIMITS["days_of_leaver"]) + 2 * HOUR
    unusual_reveals.detect(now=after)
    Membership.objects.filter(user=cast.coordinator).delete()
    assert unusual_reveals.detect(now=after + TEN_MINUTES) == 0


# Over all organisations together (finding 1: one helper at many schools, a few codes of each)


def hand_out_everywhere(cast: Cast, schools: int, codes: int) -> list[HandOut]:
    """So many codes for each of so many other schools."""
    made = [make_school(number=f"{100_000 + 8 * n:06d}") for n in range(schools)]
    requests = hundreds.drafts(made, cast.period, by=cast.coordinator)
    for request in requests:
        hundreds.add_lines(request, codes)
    hundreds.send(requests, by=cast.coordinator)
    lines = hundreds.grant(requests, by=cast.officer)
    return hundreds.hand_out(lines, cast.provider, by=cast.officer)


def let_in(cast: Cast, bonds: Sequence[HandOut], *, since: datetime) -> User:
    """One helper, whom the officer lets in everywhere these codes are."""
    helper = make_coordinator(email="helper@example.org", name="Hein Helper")
    Membership.objects.bulk_create(
        Membership(user=helper, organisation_id=pk, added_at=since, added_by=cast.officer)
        for pk in sorted({each.line.organisation_id for each in bonds})
    )
    return helper


@pytest.mark.parametrize("hour", [12, 2])
def test_a_helper_at_thirty_schools_is_seen(cast: Cast, hour: int) -> None:
    """Fifteen codes of each of thirty schools: none of them passes a limit of one school."""
    bonds = hand_out_everywhere(cast, schools=30, codes=15)
    moment = at(MONDAY, hour)
    helper = let_in(cast, bonds, since=moment - HOUR)
    see(bonds, helper, moment)
    unusual_reveals.detect(now=moment + TEN_MINUTES)
    everything = {"codes": 450, "organisations": 30}
    night = {AlertKind.SEEN_AT_NIGHT: everything | {"night": "2020-03-15"}} if hour == 2 else {}
    assert dict(raised()) == night | {
        AlertKind.SEEN_BY_NEWCOMER: everything,
        AlertKind.MANY_ORGANISATIONS: {"organisations": 30, "by": [cast.officer.pk]},
    }
    assert {each.about for each in Alert.objects.all()} == {helper}
    assert not Alert.objects.exclude(organisation=None).exists()


def test_a_helper_who_waits_out_the_first_day_is_seen_at_night(cast: Cast) -> None:
    bonds = hand_out_everywhere(cast, schools=3, codes=8)
    helper = let_in(cast, bonds, since=at(date(2020, 1, 6)))
    see(bonds[:20], helper, at(MONDAY, 2))
    assert unusual_reveals.detect(now=at(MONDAY, 3)) == 0
    see(bonds[20:21], helper, at(MONDAY, 3))
    assert unusual_reveals.detect(now=at(MONDAY, 4)) == 1
    data = {"codes": 21, "organisations": 3, "night": "2020-03-15"}
    assert raised() == [(AlertKind.SEEN_AT_NIGHT, data)]


def test_first_days_at_one_school_after_another_count_together(cast: Cast) -> None:
    """A week apart: each first day is over when the next begins."""
    bonds = hand_out_everywhere(cast, schools=3, codes=8)
    helper = let_in(cast, bonds, since=MORNING)
    for number, place in enumerate(helper.memberships.order_by("organisation")):
        begins = MORNING + number * timedelta(days=7)
        Membership.objects.filter(pk=place.pk).update(added_at=begins)
        mine = [each for each in bonds if each.line.organisation_id == place.organisation_id]
        see(mine, helper, begins + HOUR)
        found = unusual_reveals.detect(now=begins + 2 * HOUR)
        assert found == (1 if number == 2 else 0)
    assert raised() == [(AlertKind.SEEN_BY_NEWCOMER, {"codes": 24, "organisations": 3})]


def test_the_same_codes_day_after_day_count_together(cast: Cast) -> None:
    bonds = hand_out_everywhere(cast, schools=2, codes=6)
    helper = let_in(cast, bonds, since=at(date(2020, 1, 6)))
    days = [MORNING + timedelta(days=number) for number in range(LIMITS["days"] + 1)]
    see(bonds, helper, *days)
    assert unusual_reveals.detect(now=days[-1] + HOUR) == 1
    data = {"codes": 12, "organisations": 2, "days": 4}
    assert raised() == [(AlertKind.SEEN_AGAIN, data)]


def test_who_leaves_several_organisations_at_once_is_seen(cast: Cast) -> None:
    bonds = hand_out_everywhere(cast, schools=3, codes=8)
    helper = let_in(cast, bonds, since=at(date(2020, 1, 6)))
    see(bonds, helper, MORNING)
    assert unusual_reveals.detect(now=NOON) == 0
    helper.memberships.all().delete()
    assert unusual_reveals.detect(now=NOON + HOUR) == 1
    assert raised() == [(AlertKind.SEEN_BY_LEAVER, {"codes": 24, "organisations": 3})]


def test_one_organisation_that_stands_out_is_told_alone(cast: Cast, bonds: list[HandOut]) -> None:
    """And a few codes of another beside it do not make a second alert."""
    few = hand_out_everywhere(cast, schools=1, codes=5)
    night = at(MONDAY, 23)
    Membership.objects.create(
        user=cast.coordinator, organisation=few[0].line.organisation, added_at=at(date(2019, 9, 1))
    )
    see([*bonds, *few], cast.coordinator, night)
    assert unusual_reveals.detect(now=night + HOUR) == 1
    assert Alert.objects.get().organisation == cast.school


def test_what_was_handled_counts_no_more_together_either(cast: Cast) -> None:
    bonds = hand_out_everywhere(cast, schools=3, codes=16)
    helper = let_in(cast, bonds, since=at(date(2020, 1, 6)))
    night = at(MONDAY, 23)
    see(bonds[:24], helper, night)
    unusual_reveals.detect(now=night + TEN_MINUTES)
    alerts.handle(
        alert=Alert.objects.get(), note="Gebeld.", by=cast.administrator, now=night + HOUR
    )
    see(bonds[24:44], helper, night + 2 * HOUR)
    assert unusual_reveals.detect(now=night + 3 * HOUR) == 0
    see(bonds[44:45], helper, night + 3 * HOUR)
    assert unusual_reveals.detect(now=night + 4 * HOUR) == 1


def test_an_ocmw_that_prints_all_its_letters_again_is_left_in_peace(
    cast: Cast, bonds: list[HandOut]
) -> None:
    """By day, a paper jam and a second print run, once more the next day: nothing to report."""
    see(bonds, cast.coordinator, MORNING, MORNING + HOUR, MORNING + timedelta(days=1))
    assert unusual_reveals.detect(now=MORNING + timedelta(days=2)) == 0


def test_what_a_provider_reads_of_its_own_codes_is_not_counted(
    cast: Cast, bonds: list[HandOut]
) -> None:
    Reveal.objects.bulk_create(
        Reveal(
            voucher_id=each.voucher_id,
            hand_out=each,
            channel=Channel.RENEWAL_LIST,
            revealed_at=moment,
            revealed_to=cast.provider_user,
            provider=cast.provider,
        )
        for each in bonds
        for moment in [at(MONDAY, 23), *minutes(8)]
    )
    assert unusual_reveals.detect(now=at(MONDAY, 23) + HOUR) == 0


# The rounds


def test_a_round_that_comes_twice_says_nothing_twice(cast: Cast, bonds: list[HandOut]) -> None:
    see(bonds, cast.coordinator, at(MONDAY, 23))
    now = at(MONDAY, 23) + TEN_MINUTES
    assert [unusual_reveals.detect(now=now), unusual_reveals.detect(now=now)] == [1, 0]
    assert unusual_reveals.detect(now=now + TEN_MINUTES) == 0
    assert len(raised()) == 1


def test_a_round_three_days_late_sees_what_happened_meanwhile(
    cast: Cast, bonds: list[HandOut]
) -> None:
    unusual_reveals.detect(now=MORNING)
    see(bonds, cast.coordinator, at(MONDAY, 23))
    assert unusual_reveals.detect(now=MORNING + timedelta(days=3)) == 1
    assert raised() == [(AlertKind.SEEN_AT_NIGHT, {"codes": 25, "night": "2020-03-16"})]


def test_a_reveal_that_was_committed_after_the_round_is_seen_by_the_next(
    cast: Cast, bonds: list[HandOut]
) -> None:
    """Its moment is when its transaction began, before the end of the round."""
    *before, last = minutes(6)
    see(bonds[:1], cast.coordinator, *before)
    unusual_reveals.detect(now=last + timedelta(seconds=5))
    see(bonds[:1], cast.coordinator, last)
    assert unusual_reveals.detect(now=last + TEN_MINUTES) == 1


def test_what_was_handled_counts_no_more_and_what_comes_after_does(
    cast: Cast, bonds: list[HandOut]
) -> None:
    see(bonds[:1], cast.coordinator, *minutes(6))
    unusual_reveals.detect(now=NOON)
    alerts.handle(alert=Alert.objects.get(), note="Gebeld.", by=cast.officer, now=NOON)
    see(bonds[:1], cast.coordinator, *[NOON + n * timedelta(minutes=1) for n in range(1, 6)])
    assert unusual_reveals.detect(now=NOON + HOUR) == 0
    see(bonds[:1], cast.coordinator, NOON + HOUR)
    assert unusual_reveals.detect(now=NOON + 2 * HOUR) == 1


def test_the_round_of_beat_detects(cast: Cast, bonds: list[HandOut]) -> None:
    see(bonds[:1], cast.coordinator, *minutes(6))
    assert [watch_reveals(), watch_reveals()] == [1, 0]


def test_a_round_says_up_to_when_it_looked(cast: Cast) -> None:
    unusual_reveals.detect(now=NOON)
    assert list(Watch.objects.values_list("looked_until", "raised")) == [(NOON, 0)]


def test_the_number_of_queries_does_not_depend_on_what_was_seen(
    cast: Cast, bonds: list[HandOut]
) -> None:
    counts = []
    for n, start in ((1, NOON), (25, NOON + 3 * HOUR)):
        see(bonds[:n], cast.coordinator, *[start + k * timedelta(minutes=1) for k in range(6)])
        unusual_reveals.detect(now=start + HOUR)  # raises what there is
        with CaptureQueriesContext(connection) as captured:
            assert unusual_reveals.detect(now=start + HOUR) == 0
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_number_of_queries_does_not_depend_on_how_many_are_told(cast: Cast) -> None:
    counts = []
    bonds = hand_out_everywhere(cast, schools=9, codes=1)
    for first, last, start in ((0, 2, NOON), (2, 9, NOON + 3 * HOUR)):
        moments = [start + k * timedelta(minutes=1) for k in range(6)]
        see(bonds[first:last], cast.coordinator, *moments)
        with CaptureQueriesContext(connection) as captured:
            assert unusual_reveals.detect(now=start + HOUR) == last - first
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_raise_one_alert(cast: Cast, bonds: list[HandOut]) -> None:
    see(bonds, cast.coordinator, at(MONDAY, 23))
    round_ = partial(unusual_reveals.detect, now=at(MONDAY, 23) + HOUR)
    assert at_once([round_, round_]) == []
    assert len(raised()) == 1
