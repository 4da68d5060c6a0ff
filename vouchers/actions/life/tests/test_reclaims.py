"""Unseen codes go back automatically: announced a week before, once, never in a school holiday."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts import actions as people
from common.refused import Refused
from conftest import Cast
from vouchers.actions.life import holidays, lifecycle, reclaims, reveals
from vouchers.actions.life.reclaims import Round
from vouchers.actions.stock import pools
from vouchers.books import balance
from vouchers.models import HandOut, Mail, ReclaimNotice, SchoolHoliday
from vouchers.states import HolidayKind, LineState, MailKind, MailState, VoidReason
from vouchers.tasks import reclaim_unseen
from vouchers.tests.factories import at, handed_out, load_codes, report_activations, reveal
from vouchers.tests.races import at_once, while_held

OUT = date(2020, 3, 11)  # a Wednesday
N = 14
ANNOUNCED, DUE = date(2020, 3, 25), date(2020, 4, 1)


def leave(mails_sent: bool = True) -> None:
    """The waiting mails leave, at the moment they were made."""
    if mails_sent:
        waiting = Mail.objects.filter(state=MailState.QUEUED)
        waiting.update(state=MailState.SENT, attempts=1, sent_at=F("created_at"))


def round_of(day: date, hour: int = 9) -> Round:
    """A round of beat, after which the mails leave."""
    done = reclaims.run(now=at(day, hour))
    leave()
    return done


def stages() -> list[str]:
    return list(HandOut.objects.order_by("pk").values_list("stage", flat=True))


@pytest.fixture
def out(cast: Cast) -> list[HandOut]:
    """Three codes of the own school, handed out on OUT; unseen ones go back after 14 days."""
    load_codes(cast.pool, by=cast.officer, codes=5)
    reclaims.set_rule(period=cast.period, days=N, by=cast.supervisor, now=at(OUT))
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )


@pytest.fixture
def announced(out: list[HandOut]) -> ReclaimNotice:
    """The same, announced on the first day possible."""
    assert round_of(ANNOUNCED) == Round(announced=1)
    return ReclaimNotice.objects.get()


def test_off_by_default(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    assert round_of(date(2020, 6, 2)) == Round()


def test_announced_after_n_days_and_taken_back_a_week_later(out: list[HandOut]) -> None:
    every = [OUT + timedelta(days=n) for n in range(60)]
    done = {day: found for day in every if (found := round_of(day)) != Round()}
    assert done == {ANNOUNCED: Round(announced=1), DUE: Round(taken=3)}
    assert stages() == ["RECLAIMED"] * 3


def test_what_went_back_is_in_stock_closed_and_told(
    cast: Cast, announced: ReclaimNotice, out: list[HandOut]
) -> None:
    round_of(DUE)
    announced.refresh_from_db()
    assert (announced.taken, announced.ended_by) == (3, cast.supervisor)
    for each in HandOut.objects.select_related("line", "voucher"):
        assert (each.ended_by, each.voucher.state) == (cast.supervisor, "AVAILABLE")
        assert (each.line.state, each.line.closed_by) == (LineState.CLOSED, cast.supervisor)
    assert [pool.off for pool in balance() if pool.off] == []
    mail = Mail.objects.get(kind=MailKind.RECLAIMED)
    assert mail.subject == "3 codes zijn teruggenomen (aanvraag G1-00001)"


def test_the_announcement_says_until_when_and_leads_to_the_choice(
    cast: Cast, announced: ReclaimNotice
) -> None:
    mail = Mail.objects.get(kind=MailKind.RECLAIM_NOTICE)
    text = " ".join(mail.body.split())
    assert mail.address == "own@example.org"
    assert "Van 3 codes van aanvraag G1-00001 is de brief nog niet afgedrukt." in text
    assert "Op woensdag 1 april 2020 nemen we die codes terug" in text
    assert "de codes blijven dan nog 14 dagen bij jullie" in text
    assert f"/brieven/terug/{announced.pk}/" in text


def test_beat_that_was_away_takes_a_full_week_from_the_real_announcement(
    out: list[HandOut],
) -> None:
    """Away from 24 to 31 March: announced on the 31st, so not due on 1 April."""
    assert [round_of(date(2020, 3, day)) for day in (24, 31)] == [Round(), Round(announced=1)]
    # Seven days later, without the two weeks of Easter.
    assert ReclaimNotice.objects.get().due_on == date(2020, 4, 21)
    assert round_of(date(2020, 4, 3)) == Round()
    assert round_of(date(2020, 4, 20)) == Round()
    assert round_of(date(2020, 4, 21)) == Round(taken=3)


def test_three_days_late_is_still_once(announced: ReclaimNotice) -> None:
    assert [round_of(DUE + timedelta(days=n)) for n in (-1, 2, 2)] == [
        Round(),
        Round(taken=3),
        Round(),
    ]
    assert Mail.objects.filter(kind=MailKind.RECLAIMED).count() == 1


def test_nothing_before_the_hour_of_a_full_week(out: list[HandOut]) -> None:
    round_of(ANNOUNCED, 15)
    assert [round_of(DUE, hour).taken for hour in (9, 14, 15)] == [0, 0, 3]


def test_nothing_goes_back_when_nobody_was_told(cast: Cast, out: list[HandOut]) -> None:
    """No mail left: nobody may sign in, or the mail server was away."""
    reclaims.run(now=at(ANNOUNCED))
    assert reclaims.run(now=at(DUE)) == Round()
    Mail.objects.filter(kind=MailKind.RECLAIM_NOTICE).update(
        state=MailState.SENT, sent_at=at(date(2020, 4, 2))
    )
    assert reclaims.run(now=at(date(2020, 4, 3))) == Round()
    assert reclaims.run(now=at(date(2020, 4, 20))) == Round(taken=3)


def test_nothing_at_the_weekend_nor_in_a_holiday(announced: ReclaimNotice) -> None:
    free = [date(2020, 4, day) for day in (4, 5, 6, 10, 13, 19)]
    assert [round_of(day) for day in free] == [Round()] * 6
    assert round_of(date(2020, 4, 20)) == Round(taken=3)


def test_a_holiday_that_was_added_counts_too(cast: Cast, announced: ReclaimNotice) -> None:
    strike = SchoolHoliday(kind=HolidayKind.OTHER, starts_on=DUE, ends_on=DUE)
    holidays.add(holiday=strike, by=cast.supervisor, now=at(ANNOUNCED))
    assert round_of(DUE) == Round()
    holidays.withdraw(holiday=strike, by=cast.supervisor, now=at(DUE))
    assert round_of(DUE) == Round(taken=3)


def test_printed_and_used_codes_stay(cast: Cast, announced: ReclaimNotice) -> None:
    first, second, _third = HandOut.objects.order_by("pk")
    reveal([first], by=cast.coordinator, now=at(date(2020, 3, 26)))
    report_activations([second], on=date(2020, 3, 27), by=cast.provider_user)
    assert round_of(DUE) == Round(taken=1)
    assert stages() == ["REVEALED", "HANDED_OUT", "RECLAIMED"]


def test_all_printed_in_time_ends_the_announcement_without_a_mail(
    cast: Cast, announced: ReclaimNotice
) -> None:
    reveal(list(HandOut.objects.all()), by=cast.coordinator, now=at(date(2020, 3, 26)))
    round_of(DUE)
    announced.refresh_from_db()
    assert announced.taken == 0
    assert Mail.objects.filter(kind=MailKind.RECLAIMED).count() == 0


def test_codes_that_came_later_are_not_of_this_announcement(
    cast: Cast, announced: ReclaimNotice
) -> None:
    lifecycle.replace(
        hand_out=HandOut.objects.earliest("pk"),
        by=cast.officer,
        now=at(date(2020, 3, 26)),
        reason=VoidReason.FAULTY,
    )
    assert round_of(DUE) == Round(taken=2)
    assert stages() == ["REPLACED", "RECLAIMED", "RECLAIMED", "HANDED_OUT"]


def test_codes_that_do_not_work_any_more_are_left_alone(out: list[HandOut]) -> None:
    """Valid until 30 June: there is nothing to give to anybody else."""
    assert round_of(date(2020, 9, 1)) == Round()


def test_kept_codes_are_asked_about_again_after_as_many_days(
    cast: Cast, announced: ReclaimNotice
) -> None:
    kept = reclaims.keep_codes(notice=announced, by=cast.coordinator, now=at(date(2020, 3, 27)))
    # Nine days to 5 April, the two weeks of Easter do not count, five more.
    assert kept.kept_until == date(2020, 4, 24)
    assert [round_of(date(2020, 4, day)) for day in (1, 20, 24)] == [Round()] * 3
    assert round_of(date(2020, 4, 27)) == Round(announced=1)
    assert stages() == ["HANDED_OUT"] * 3


def test_only_its_own_organisation_keeps_codes(cast: Cast, announced: ReclaimNotice) -> None:
    for person in (cast.other_coordinator, cast.officer, cast.provider_user):
        with pytest.raises(Refused, match="waarvoor jij werkt"):
            reclaims.keep_codes(notice=announced, by=person, now=at(ANNOUNCED))


def test_keeping_twice_or_too_late_says_what_happened(cast: Cast, announced: ReclaimNotice) -> None:
    with transaction.atomic():
        reclaims.keep_codes(notice=announced, by=cast.coordinator, now=at(ANNOUNCED, 12))
        with pytest.raises(Refused, match="Een collega zei al"):
            reclaims.keep_codes(notice=announced, by=cast.coordinator, now=at(ANNOUNCED, 12))
        transaction.set_rollback(True)
    round_of(DUE)
    with pytest.raises(Refused, match="al teruggenomen"):
        reclaims.keep_codes(notice=announced, by=cast.coordinator, now=at(DUE))


def test_switched_off_takes_back_what_was_announced(cast: Cast, announced: ReclaimNotice) -> None:
    reclaims.set_rule(period=cast.period, days=None, by=cast.supervisor, now=at(date(2020, 3, 26)))
    assert round_of(DUE) == Round()
    with pytest.raises(Refused, match="niet meer teruggenomen"):
        reclaims.keep_codes(notice=announced, by=cast.coordinator, now=at(DUE))


def test_stops_when_who_switched_it_on_is_blocked_until_another_takes_over(
    cast: Cast, announced: ReclaimNotice
) -> None:
    people.block(person=cast.supervisor, by=cast.administrator)
    assert round_of(DUE) == Round()
    reclaims.set_rule(period=cast.period, days=N, by=cast.administrator, now=at(DUE))
    assert round_of(DUE, 10) == Round(taken=3)
    assert set(HandOut.objects.values_list("ended_by", flat=True)) == {cast.administrator.pk}


def test_a_period_that_closes_ends_it(cast: Cast, announced: ReclaimNotice) -> None:
    pools.close_period(period=cast.period, by=cast.officer, now=at(date(2020, 3, 26)))
    assert round_of(DUE) == Round()
    with pytest.raises(Refused, match="is gesloten"):
        reclaims.set_rule(period=cast.period, days=N, by=cast.supervisor, now=at(DUE))


def test_only_the_ministry_sets_the_rule(cast: Cast) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            reclaims.set_rule(period=cast.period, days=N, by=person, now=at(OUT))


def test_the_same_holiday_twice_is_refused(cast: Cast) -> None:
    easter = SchoolHoliday(
        kind=HolidayKind.EASTER, starts_on=date(2020, 4, 7), ends_on=date(2020, 4, 10)
    )
    with pytest.raises(Refused, match="al in de lijst"):
        holidays.add(holiday=easter, by=cast.supervisor, now=at(OUT))


@pytest.mark.as_owner
def test_the_database_refuses_a_second_open_announcement_and_a_second_end(
    announced: ReclaimNotice,
) -> None:
    ended = ReclaimNotice.objects.filter(pk=announced.pk)
    by = announced.announced_by
    ended.update(kept_at=at(DUE), kept_by=by, kept_until=DUE)
    for change in (
        partial(ended.update, ended_at=at(DUE), ended_by=by, taken=1),
        partial(ended.update, kept_until=ANNOUNCED),
        partial(ended.update, due_on=ANNOUNCED),
        partial(ended.delete),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    again = {
        name: getattr(announced, name)
        for name in ("request", "handed_out_before", "announced_by", "due_on", "keep_days")
    }
    ReclaimNotice.objects.create(announced_at=at(DUE), **again)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReclaimNotice.objects.create(announced_at=at(DUE, 12), **again)


def test_many_requests_announce_in_as_many_queries_as_one(cast: Cast, out: list[HandOut]) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    counts = []
    for n in (1, 3):
        with CaptureQueriesContext(connection) as captured:
            assert reclaims.run(now=at(ANNOUNCED, 9 + n)).announced == n
        counts.append(len(captured))
        ReclaimNotice.objects.update(withdrawn_at=at(ANNOUNCED), withdrawn_by=cast.officer)
        Mail.objects.filter(kind=MailKind.RECLAIM_NOTICE).update(state=MailState.DROPPED)
        for _each in range(2):
            handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    assert counts[0] == counts[1]


def test_the_round_of_beat_today_finds_nothing_of_then(out: list[HandOut]) -> None:
    assert reclaim_unseen() == 0


# Races: real connections, real commits.


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_announce_and_take_back_once(out: list[HandOut]) -> None:
    for day in (ANNOUNCED, DUE):
        assert at_once([partial(reclaims.run, now=at(day)) for _each in range(3)]) == []
        leave()
    assert ReclaimNotice.objects.count() == 1
    assert stages() == ["RECLAIMED"] * 3
    kinds = Mail.objects.filter(kind__in=[MailKind.RECLAIM_NOTICE, MailKind.RECLAIMED])
    assert sorted(kinds.values_list("kind", flat=True)) == ["RECLAIMED", "RECLAIM_NOTICE"]


def shown_to(cast: Cast, codes: list[HandOut], at_moment: datetime) -> Callable[[], list[int]]:
    """Print these letters; returns which ones were shown."""
    return lambda: [each.hand_out.pk for each in reveal(codes, by=cast.coordinator, now=at_moment)]


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_is_being_printed_stays_and_the_others_go_back(
    cast: Cast, announced: ReclaimNotice, out: list[HandOut]
) -> None:
    printing = shown_to(cast, out[:1], at(DUE))
    assert while_held(printing, partial(round_of, DUE)) == Round(taken=2)
    assert stages() == ["REVEALED", "RECLAIMED", "RECLAIMED"]


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_going_back_is_not_shown(
    cast: Cast, announced: ReclaimNotice, out: list[HandOut]
) -> None:
    printing = shown_to(cast, out, at(DUE))
    assert while_held(partial(round_of, DUE), printing) == []
    assert stages() == ["RECLAIMED"] * 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_database_stops_it(
    cast: Cast, announced: ReclaimNotice, out: list[HandOut], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = HandOut.objects.select_related("line__period", "voucher__pool")
    for action in (lifecycle, reveals):
        monkeypatch.setattr(
            action, "locked", lambda ids: list(unlocked.filter(pk__in=list(ids)).order_by("pk"))
        )
    printing = shown_to(cast, out[:1], at(DUE))
    assert type(while_held(printing, partial(round_of, DUE))) is IntegrityError
    assert stages() == ["REVEALED", "HANDED_OUT", "HANDED_OUT"]
