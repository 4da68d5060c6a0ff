"""People who left: name and address go everywhere, what they did stays (15.11)."""

from datetime import date, datetime

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts import actions, policies
from accounts.models import Membership, User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.days import months_after
from common.refused import Refused
from common.tests.commands import run
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.upkeep.forgetting import forget_people, may_be_forgotten
from vouchers.models import Decision, Mail, ProviderMember
from vouchers.states import MailState
from vouchers.tests.factories import at, handed_out, load_codes, reveal
from vouchers.tests.two_waves import dump

LAST = date(2020, 3, 12)
TERM = months_after(LAST, settings.FORGET_AFTER_MONTHS)
NOW = at(date(2022, 3, 13))
NAME, ADDRESS = "Vera Vertrokken", "vera.vertrokken@example.org"


@pytest.fixture
def gone(cast: Cast) -> User:
    """A coordinator who asked, got mails, saw no code, and works there no more."""
    person = make_coordinator(cast.school, email=ADDRESS, name=NAME)
    User.objects.filter(pk=person.pk).update(last_login=at(LAST))
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1"])
    handed_out(cast.school, cast.period, by=person, officer=cast.officer)
    Mail.objects.update(state=MailState.SENT, sent_at=at(LAST))
    Membership.objects.filter(user=person).delete()
    return person


def who(now: datetime = NOW) -> list[str]:
    return list(may_be_forgotten(now).values_list("email", flat=True))


def test_a_name_and_an_address_are_nowhere_afterwards(cast: Cast, gone: User) -> None:
    assert NAME in dump()
    assert ADDRESS in dump()
    assert forget_people(by=cast.administrator, now=NOW) == 1
    after = dump()
    for text in (NAME, ADDRESS, "Vera"):
        assert text not in after
    gone.refresh_from_db()
    assert (gone.name, gone.is_active, gone.has_usable_password()) == (
        f"Persoon {gone.pk}",
        False,
        False,
    )
    assert (gone.forgotten_at, gone.forgotten_by) == (NOW, cast.administrator)
    mails = Mail.objects.filter(recipient=gone)
    assert set(mails.values_list("address", "body")) == {("", "")}
    assert mails.count() > 0
    assert who() == []


def test_what_they_did_stays_under_their_number(cast: Cast, gone: User) -> None:
    events = HistoryEvent.objects.order_by("pk").values_list("pk", "actor", "data")
    before = list(events)
    forget_people(by=cast.administrator, now=NOW)
    assert list(events[: len(before)]) == before
    request = Decision.objects.get().line.request
    assert request.submitted_by == gone
    event = HistoryEvent.objects.filter(table="accounts_user", row=gone.pk).latest("id")
    assert (event.actor, event.reason) == (cast.administrator.pk, "persoon vergeten")


@pytest.mark.usefixtures("gone")
def test_not_before_the_term() -> None:
    assert who(at(TERM)) == []
    assert who(at(TERM, 0)) == []
    assert who(at(date(2022, 3, 13), 0)) == [ADDRESS]


def test_who_works_for_somebody_or_can_sign_in_for_the_ministry_stays(cast: Cast) -> None:
    User.objects.update(last_login=at(LAST))
    assert who() == []
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    ProviderMember.objects.filter(user=cast.provider_user).delete()
    assert set(who()) == {cast.officer.email, cast.provider_user.email}


def test_who_saw_codes_stays_until_their_wave_is_erased(cast: Cast, gone: User) -> None:
    Membership.objects.create(user=gone, organisation=cast.school)
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-2"])
    found = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    reveal(found, by=gone, now=at(LAST))
    Membership.objects.filter(user=gone).delete()
    assert who() == []
    cast.period.closed_at, cast.period.closed_by = NOW, cast.officer
    cast.period.erased_at, cast.period.erased_by = NOW, cast.officer
    cast.period.save()
    assert who() == [ADDRESS]


def test_only_an_administrator_forgets_and_nobody_twice(cast: Cast, gone: User) -> None:
    for person in (cast.officer, cast.coordinator):
        with pytest.raises(Refused) as refused:
            actions.forget(person=gone, by=person, now=NOW)
        assert refused.value.code == "administrator-only"
    actions.forget(person=gone, by=cast.administrator, now=NOW)
    gone.refresh_from_db()
    for check in (policies.check_can_forget, policies.check_can_unblock):
        with pytest.raises(Refused) as refused:
            check(cast.administrator, gone)
        assert refused.value.code == "person-forgotten"


def test_the_database_keeps_who_was_forgotten_forgotten(cast: Cast, gone: User) -> None:
    actions.forget(person=gone, by=cast.administrator, now=NOW)
    for change in ("name = 'Vera'", "email = 'v@example.org'", "is_active = true"):
        with (
            pytest.raises(IntegrityError, match="cannot change any more"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE accounts_user SET {change} WHERE id = %s", [gone.pk])


def test_the_address_of_a_mail_is_not_changed_and_not_forgotten_before_it_left(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1"])
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    for change in ("address = 'x@example.org'", "address = ''"):
        with (
            pytest.raises(IntegrityError, match="cannot change any more"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE vouchers_mail SET {change} WHERE state = 'QUEUED'")


# History


def test_history_keeps_that_a_name_or_address_changed_and_not_which(cast: Cast) -> None:
    last = HistoryEvent.objects.latest("id").pk
    for change in ({"name": "Karin Nieuw"}, {"email": "karin@example.org"}, {"language": "en"}):
        User.objects.filter(pk=cast.coordinator.pk).update(**change)
    events = HistoryEvent.objects.filter(pk__gt=last, table="accounts_user").order_by("id")
    first, second, third = (event.data["named_at"] for event in events)
    assert first < second == third
    for event in events:
        assert not {"name", "email"} & set(event.data)


def test_no_name_and_no_address_of_a_person_is_in_history(cast: Cast, gone: User) -> None:
    make_ministry_user(email="nieuw@example.org", name="Nele Nieuw")
    found = str(list(HistoryEvent.objects.values_list("data", "reason", "origin")))
    for person in User.objects.all():
        assert person.email not in found
        assert person.name not in found


# The command


@pytest.mark.usefixtures("gone")
def test_the_command_says_how_many_and_then_does_it(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run(capsys, "forget_people", "--dry-run", "--json")
    assert answer.lines[0] == "1 keer naam en adres te wissen: langer dan 24 maanden weg."
    assert (answer.status, answer.object) == (0, {"people": 1, "dry_run": True, "refusal": ""})
    assert run(capsys, "forget_people").status == 2
    assert ADDRESS in dump()
    answer = run(capsys, "forget_people", "--yes", "--json")
    assert (answer.status, answer.object) == (0, {"people": 1, "dry_run": False, "refusal": ""})
    assert ADDRESS not in dump()
    answer = run(capsys, "forget_people", "--yes", "--user", cast.officer.email)
    assert (answer.status, answer.lines) == (0, ["0 keer naam en adres gewist."])
