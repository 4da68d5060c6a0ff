"""Reminders after 2, 4 and 6 weeks: once each, also when a round is late, double or in between."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_coordinator
from conftest import Cast
from vouchers.actions.life import lifecycle, reveals
from vouchers.actions.mail import reminders
from vouchers.actions.stock import pools
from vouchers.models import HandOut, Mail, PoolExtension
from vouchers.states import MailKind, VoidReason
from vouchers.tasks import write_reminders
from vouchers.tests.factories import at, handed_out, load_codes, report_activations
from vouchers.tests.races import at_once

OUT = date(2020, 3, 11)


def after(days: int) -> datetime:
    """This many days after the hand-out, in the morning."""
    return at(OUT + timedelta(days=days), 8)


def reminded() -> list[tuple[date | None, int | None, str]]:
    """The reminders there are: about codes of which day, after how many weeks, to whom."""
    found = Mail.objects.filter(kind=MailKind.REMINDER).order_by("pk")
    return list(found.values_list("handed_out_on", "weeks", "address"))


def to_own(*weeks: int) -> list[tuple[date, int, str]]:
    """These reminders about the codes of OUT to the own coordinator."""
    return [(OUT, each, "own@example.org") for each in weeks]


@pytest.fixture
def out(cast: Cast) -> list[HandOut]:
    """Three codes of the own school, two left in the pool; they work until 30 June."""
    load_codes(cast.pool, by=cast.officer, codes=5)
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )


@pytest.mark.parametrize(
    ("days", "weeks"),
    [(0, []), (13, []), (14, [2]), (27, [2]), (28, [4]), (41, [4]), (42, [6]), (100, [6])],
)
def test_one_round_writes_the_latest_that_is_due(
    out: list[HandOut], days: int, weeks: Sequence[int]
) -> None:
    assert reminders.write_due(now=after(days)) == len(weeks)
    assert reminded() == to_own(*weeks)


def test_rounds_of_every_day_write_each_of_the_three_once(out: list[HandOut]) -> None:
    written = {day: reminders.write_due(now=after(day)) for day in range(60)}
    assert {day: n for day, n in written.items() if n} == {14: 1, 28: 1, 42: 1}
    assert reminded() == to_own(2, 4, 6)


def test_three_days_late_is_still_one(out: list[HandOut]) -> None:
    assert [reminders.write_due(now=after(day)) for day in (13, 17, 18)] == [0, 1, 0]
    assert reminded() == to_own(2)


def test_three_weeks_late_skips_the_first_for_good(out: list[HandOut]) -> None:
    """Beat was away from day 13 to day 35: only the four-week one, never again the two-week one."""
    assert [reminders.write_due(now=after(day)) for day in (13, 35, 36, 42)] == [0, 1, 0, 1]
    assert reminded() == to_own(4, 6)


def test_a_day_begins_in_brussels(out: list[HandOut]) -> None:
    assert reminders.write_due(now=at(OUT + timedelta(days=14), 0)) == 1


def test_it_counts_families_and_leads_to_them(cast: Cast, out: list[HandOut]) -> None:
    report_activations(out[:1], on=OUT, by=cast.provider_user, now=after(1))
    reminders.write_due(now=after(42))
    mail = Mail.objects.get(kind=MailKind.REMINDER)
    text = " ".join(mail.body.split())
    assert mail.subject == "2 gezinnen gebruiken hun code nog niet (aanvraag G1-00001)"
    assert "Sinds woensdag 11 maart 2020" in text
    assert "/gezinnen/?aanvraag=G1-00001" in text
    assert "Dit is de laatste herinnering over deze codes." in text


def test_codes_in_use_are_not_reminded_of(cast: Cast, out: list[HandOut]) -> None:
    report_activations(out, on=date(2020, 3, 20), by=cast.provider_user)
    assert reminders.write_due(now=after(14)) == 0


def test_codes_that_expired_are_not_reminded_of(cast: Cast, out: list[HandOut]) -> None:
    """Valid until 30 June, unless the pool was extended."""
    assert reminders.write_due(now=at(date(2020, 7, 1))) == 0
    PoolExtension.objects.create(
        pool=cast.pool, valid_until=date(2020, 8, 31), recorded_at=after(50),
        recorded_by=cast.officer,
    )  # fmt: skip
    assert reminders.write_due(now=at(date(2020, 7, 1))) == 1


def test_a_period_that_is_closed_is_not_reminded_of(cast: Cast, out: list[HandOut]) -> None:
    pools.close_period(period=cast.period, by=cast.officer, now=after(13))
    assert reminders.write_due(now=after(14)) == 0


def test_codes_taken_back_are_not_reminded_of(cast: Cast, out: list[HandOut]) -> None:
    lifecycle.reclaim(hand_outs=[each.pk for each in out], by=cast.officer, now=after(3))
    assert reminders.write_due(now=after(14)) == 0


def test_codes_of_another_day_have_reminders_of_their_own(cast: Cast, out: list[HandOut]) -> None:
    """A code that was replaced, or that came later, has been out since its own day."""
    reveals.reveal(hand_outs=[out[0].pk], by=cast.coordinator, now=after(1))
    lifecycle.replace(hand_out=out[0], by=cast.officer, now=after(10), reason=VoidReason.FAULTY)
    assert reminders.write_due(now=after(14)) == 1
    assert reminders.write_due(now=after(24)) == 1
    assert reminded() == [*to_own(2), (OUT + timedelta(days=10), 2, "own@example.org")]
    first, second = Mail.objects.filter(kind=MailKind.REMINDER).order_by("pk")
    assert first.subject.startswith("2 gezinnen")
    assert second.subject.startswith("1 gezin ")


def test_a_colleague_who_came_later_is_told_too_and_the_others_not_again(
    cast: Cast, out: list[HandOut]
) -> None:
    reminders.write_due(now=after(14))
    make_coordinator(cast.school, email="colleague@example.org")
    assert reminders.write_due(now=after(15)) == 1
    assert reminded() == [*to_own(2), (OUT, 2, "colleague@example.org")]


def test_the_round_of_beat_writes_them(cast: Cast, out: list[HandOut]) -> None:
    """Today, years later: only where a code still works and its period is open."""
    assert write_reminders() == 0
    PoolExtension.objects.create(
        pool=cast.pool, valid_until=date(2100, 1, 1), recorded_at=after(50),
        recorded_by=cast.officer,
    )  # fmt: skip
    assert write_reminders() == 1
    assert write_reminders() == 0


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_write_one(out: list[HandOut]) -> None:
    rounds = [partial(reminders.write_due, now=after(14)) for _each in range(4)]
    assert at_once(rounds) == []
    assert reminded() == to_own(2)


def test_many_requests_ask_as_many_queries_as_one(cast: Cast, out: list[HandOut]) -> None:
    make_coordinator(cast.school, email="colleague@example.org")
    counts = []
    for days in (14, 28):
        with CaptureQueriesContext(connection) as captured:
            reminders.write_due(now=after(days))
        counts.append(len(captured))
        handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    assert counts[0] == counts[1]
    assert Mail.objects.filter(kind=MailKind.REMINDER).count() == 2 + 2 * 2
