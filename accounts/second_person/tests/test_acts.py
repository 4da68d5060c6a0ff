"""An act that a second person lets go: never the same person, exactly what was asked, once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Membership, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import others, waiting_for
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from common.tests.mailbox import Mailbox
from conftest import Cast
from history.models import HistoryEvent

MONDAY = datetime(2020, 9, 14, 9, tzinfo=UTC)
TUESDAY = datetime(2020, 9, 15, 9, tzinfo=UTC)
Commits = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Commits:
    """`with committed():` what happens on commit happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def newcomer(cast: Cast) -> User:
    """A coordinator of nothing."""
    return make_coordinator(email="nele@example.org", name="Nele Nieuw")


def asked(cast: Cast, newcomer: User, *, by: User | None = None) -> WaitingAct:
    return acts.ask(
        kind="membership",
        subject=newcomer.pk,
        organisation=cast.school,
        by=by or cast.officer,
        now=MONDAY,
    )


def test_nothing_is_done_until_it_is_let_go(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    assert not newcomer.memberships.exists()
    acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    membership = newcomer.memberships.get()
    assert (membership.organisation, membership.added_by) == (cast.school, cast.officer)
    act.refresh_from_db()
    assert (act.let_go_at, act.let_go_by) == (TUESDAY, cast.coordinator)


def test_who_asked_never_lets_it_go(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    with pytest.raises(Refused, match="Je vroeg dit zelf") as refusal:
        acts.let_go(act=act, by=cast.officer, now=TUESDAY)
    assert refusal.value.code == "not-your-own"
    assert not Membership.objects.filter(user=newcomer).exists()


def test_the_database_refuses_the_same_person_too(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    for column in ("let_go", "refused"):
        with (
            pytest.raises(IntegrityError, match="waiting_act_second_person"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"UPDATE accounts_waitingact SET {column}_at = now(), {column}_by_id = %s",
                [act.asked_by_id],
            )


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("coordinator", True),
        ("other_coordinator", False),
        ("officer", False),
        ("administrator", True),
        ("supervisor", True),
        ("analyst", False),
        ("provider_user", False),
    ],
)
def test_who_lets_somebody_into_an_organisation(
    cast: Cast, newcomer: User, who: str, may: bool
) -> None:
    act = asked(cast, newcomer)
    person: User = getattr(cast, who)
    assert others(act).filter(pk=person.pk).exists() == may
    assert (act in waiting_for(person)) == may
    if not may:
        with pytest.raises(Refused):
            acts.let_go(act=act, by=person, now=TUESDAY)
        assert not newcomer.memberships.exists()


def test_the_person_it_is_about_does_not_let_themselves_in(cast: Cast) -> None:
    act = asked(cast, cast.other_coordinator)
    Membership.objects.create(user=cast.other_coordinator, organisation=cast.school)
    with pytest.raises(Refused):
        acts.let_go(act=act, by=cast.other_coordinator, now=TUESDAY)


def test_what_changed_since_is_asked_again(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    User.objects.filter(pk=newcomer.pk).update(email="other-mailbox@example.org")
    with pytest.raises(Refused, match="niet meer wat Olga Officier vroeg") as refusal:
        acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    assert refusal.value.code == "changed-since-asked"
    again = asked(cast, newcomer)
    act.refresh_from_db()
    assert act.withdrawn_at == MONDAY
    acts.let_go(act=again, by=cast.coordinator, now=TUESDAY)
    assert newcomer.memberships.exists()


def test_the_same_asked_twice_waits_once(cast: Cast, newcomer: User) -> None:
    assert asked(cast, newcomer).pk == asked(cast, newcomer).pk
    assert WaitingAct.objects.count() == 1


def test_it_is_let_go_once(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    with pytest.raises(Refused, match="wacht op niemand meer"):
        acts.let_go(act=act, by=cast.administrator, now=TUESDAY)


def test_who_asked_and_is_blocked_meanwhile_asked_in_vain(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    with pytest.raises(Refused):
        acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    assert not newcomer.memberships.exists()


def test_refusing_and_withdrawing(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    with pytest.raises(Refused, match="Alleen Olga Officier trekt dit in"):
        acts.withdraw(act=act, by=cast.administrator, now=TUESDAY)
    acts.refuse(act=act, answer=" Kennen we niet. ", by=cast.coordinator, now=TUESDAY)
    act.refresh_from_db()
    assert (act.refused_by, act.answer) == (cast.coordinator, "Kennen we niet.")
    second = asked(cast, newcomer)
    acts.withdraw(act=second, by=cast.officer, now=TUESDAY)
    assert not WaitingAct.objects.open().exists()


def test_undoing_takes_the_membership_away(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    with pytest.raises(Refused, match="niet ongedaan maken"):
        acts.undo(act=act, by=cast.officer, now=TUESDAY)
    acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    with pytest.raises(Refused):
        acts.undo(act=act, by=cast.other_coordinator, now=TUESDAY)
    acts.undo(act=act, by=cast.officer, now=TUESDAY)
    assert not newcomer.memberships.exists()
    with pytest.raises(Refused, match="niet ongedaan maken"):
        acts.undo(act=act, by=cast.officer, now=TUESDAY)


def test_what_nobody_else_could_let_go_is_not_asked(cast: Cast) -> None:
    with pytest.raises(Refused, match="niemand anders") as refusal:
        acts.ask(
            kind="role",
            subject=cast.officer.pk,
            payload={"before": "officer", "role": "supervisor"},
            by=cast.administrator,
            now=MONDAY,
        )
    assert refusal.value.code == "nobody-else"


def test_history_tells_who_asked_and_who_let_it_go(cast: Cast, newcomer: User) -> None:
    act = asked(cast, newcomer)
    acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    trail = HistoryEvent.objects.filter(table="accounts_waitingact", row=act.pk).order_by("id")
    assert [(event.actor, event.reason) for event in trail] == [
        (cast.officer.pk, "gevraagd, wacht op een tweede persoon"),
        (cast.coordinator.pk, "door een tweede persoon laten doorgaan"),
    ]
    let_in = HistoryEvent.objects.get(table="accounts_membership", operation="I", actor__gt=0)
    assert let_in.reason == "coördinator toegelaten door een tweede persoon"


def test_mails_to_who_may_let_it_go_and_to_who_asked(
    cast: Cast, newcomer: User, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        act = asked(cast, newcomer)
    (mail,) = mailbox.mails
    assert mail.to == cast.coordinator.email
    assert mail.subject == "Wacht op jou: nieuwe coördinator"
    assert "Nele Nieuw (nele@example.org) wordt coördinator van Vrije Basisschool" in mail.text
    with committed():
        acts.let_go(act=act, by=cast.coordinator, now=TUESDAY)
    told = {mail.to: mail.subject for mail in mailbox.mails[:-1]}
    assert told[cast.officer.email] == "Gaat door: nieuwe coördinator"
    assert "heeft je toegevoegd" in told[newcomer.email]


def test_without_colleagues_who_read_mail_the_ministry_is_asked(
    cast: Cast, newcomer: User, mailbox: Mailbox, committed: Commits
) -> None:
    User.objects.filter(pk=cast.coordinator.pk).update(is_active=False)
    second = make_ministry_user(email="second@example.org")
    with committed():
        asked(cast, newcomer)
    assert {mail.to for mail in mailbox.mails} == {second.email, cast.administrator.email}
