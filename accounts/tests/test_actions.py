"""Inviting, removing and blocking people: by whom, with which mail, and with what in history."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions
from accounts.actions import MailNotSent
from accounts.models import Membership, Role, User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from common.tests.mailbox import Mailbox
from conftest import Cast
from history.models import HistoryEvent
from local.supervisor import any_free_port
from schools.models import Organisation
from schools.tests.factories import make_ocmw, make_school

MONDAY = datetime(2020, 9, 14, 9, tzinfo=UTC)

Commits = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Commits:
    """`with committed():` what happens on commit happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def invite_colleague(cast: Cast, *, email: str = "new@example.org") -> User:
    return actions.invite(
        email=email,
        name="Nele Nieuw",
        role=Role.COORDINATOR,
        organisations=[cast.school],
        by=cast.coordinator,
        now=MONDAY,
    )


def test_an_invited_person_is_there_without_a_password(cast: Cast) -> None:
    person = invite_colleague(cast, email=" New@Example.org ")
    person.refresh_from_db()
    assert (person.email, person.name) == ("new@example.org", "Nele Nieuw")
    assert person.role == Role.COORDINATOR
    assert not person.has_usable_password()
    assert (person.invited_at, person.invited_by) == (MONDAY, cast.coordinator)
    assert list(person.organisations.all()) == [cast.school]
    membership = person.memberships.get()
    assert (membership.added_at, membership.added_by) == (MONDAY, cast.coordinator)


def test_history_says_who_invited(cast: Cast) -> None:
    person = invite_colleague(cast)
    event = HistoryEvent.objects.get(table="accounts_user", row=person.pk)
    assert (event.actor, event.reason) == (cast.coordinator.pk, "persoon uitgenodigd")


def test_the_invitation_goes_out_over_smtp_and_says_what_to_do(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        invite_colleague(cast)
        assert mailbox.mails == []
    (mail,) = mailbox.mails
    assert mail.to == "new@example.org"
    assert mail.subject == "Karin Eigen nodigt je uit voor Internetvouchers"
    text = mail.text
    assert "Dag Nele Nieuw" in text
    assert "- Vrije Basisschool (000018, Aalst)" in text
    assert "tot maandag 21 september 2020" in text
    assert mailbox.link().startswith("/account/password/reset/key/")


def test_a_rolled_back_invitation_sends_nothing(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed(), transaction.atomic():
        invite_colleague(cast)
        transaction.set_rollback(True)
    assert mailbox.mails == []
    assert not User.objects.filter(email="new@example.org").exists()


def test_inviting_again_is_the_same_person_with_a_fresh_link(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        first = invite_colleague(cast)
    with committed():
        second = actions.invite_again(person=first, by=cast.coordinator, now=MONDAY)
    assert second.pk == first.pk
    assert User.objects.filter(email="new@example.org").count() == 1
    assert [mail.to for mail in mailbox.mails] == ["new@example.org"] * 2


def test_a_coordinator_of_another_organisation_is_added_and_told(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        person = invite_colleague(cast, email=cast.other_coordinator.email)
    assert person == cast.other_coordinator
    assert set(person.organisations.all()) == {cast.school, cast.other_school}
    assert person.name == "Oscar Ander"
    (mail,) = mailbox.mails
    assert mail.subject == "Karin Eigen heeft je toegevoegd bij Internetvouchers"
    assert "/account/password/reset/" not in mail.text


def test_a_colleague_with_an_account_is_not_invited_again(cast: Cast) -> None:
    with pytest.raises(Refused, match="heeft al een account en kan aanmelden"):
        invite_colleague(cast, email=cast.coordinator.email)


@pytest.mark.parametrize("who", ["officer", "provider_user", "blocked"])
def test_a_coordinator_never_learns_whose_address_it_is(cast: Cast, who: str) -> None:
    blocked = make_coordinator(cast.other_school, email="blocked@example.org")
    actions.block(person=blocked, by=cast.officer)
    person: User = blocked if who == "blocked" else getattr(cast, who)
    with pytest.raises(Refused) as refusal:
        invite_colleague(cast, email=person.email)
    assert refusal.value.message == (
        "Dit adres kan je niet als collega uitnodigen. Gebruik een ander adres."
    )
    assert not person.memberships.filter(organisation=cast.school).exists()


def test_the_ministry_is_told_whose_address_it_is(cast: Cast) -> None:
    with pytest.raises(Refused, match="hoort al bij Iemand van Telenet, provider"):
        actions.invite(
            email=cast.provider_user.email,
            name="X",
            role=Role.COORDINATOR,
            organisations=[cast.school],
            by=cast.officer,
            now=MONDAY,
        )


def test_a_coordinator_needs_an_organisation(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        actions.invite(
            email="x@example.org", name="X", role=Role.COORDINATOR, by=cast.officer, now=MONDAY
        )
    assert refusal.value.field == "organisations"
    assert not User.objects.filter(email="x@example.org").exists()


def test_a_mail_server_that_is_down_is_said_and_the_person_kept(
    cast: Cast, committed: Commits
) -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with (
        override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=any_free_port()),
        pytest.raises(MailNotSent, match="Opnieuw uitnodigen"),
        committed(),
    ):
        invite_colleague(cast)
    assert User.objects.filter(email="new@example.org").exists()


def test_a_colleague_is_removed_and_keeps_the_account(cast: Cast) -> None:
    colleague = make_coordinator(cast.school, cast.other_school, email="nele@example.org")
    membership = colleague.memberships.get(organisation=cast.school)
    actions.remove_from_organisation(membership=membership, by=cast.coordinator)
    assert list(colleague.organisations.all()) == [cast.other_school]
    event = HistoryEvent.objects.filter(table="accounts_membership", operation="D").get()
    assert event.actor == cast.coordinator.pk
    assert event.reason == "persoon weggehaald bij organisatie"


def test_removing_twice_changes_nothing_the_second_time(cast: Cast) -> None:
    membership = make_coordinator(cast.school, email="nele@example.org").memberships.get()
    again = Membership.objects.get(pk=membership.pk)
    actions.remove_from_organisation(membership=membership, by=cast.coordinator)
    actions.remove_from_organisation(membership=again, by=cast.coordinator)
    assert cast.school.memberships.count() == 1


@pytest.mark.parametrize("who", ["coordinator", "officer"])
def test_the_last_person_of_an_organisation_is_never_removed(cast: Cast, who: str) -> None:
    blocked = make_coordinator(cast.school, email="blocked@example.org")
    actions.block(person=blocked, by=cast.officer)
    with pytest.raises(Refused, match="Karin Eigen is de enige die voor Vrije Basisschool"):
        actions.remove_from_organisation(
            membership=cast.coordinator.memberships.get(), by=getattr(cast, who)
        )
    assert cast.coordinator.memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_remove_each_other_at_once_leave_one() -> None:
    school = make_school(number="000018")
    one = make_coordinator(school, email="one@example.org")
    two = make_coordinator(school, email="two@example.org")
    refused: list[str] = []
    start = threading.Barrier(2)

    def remove(by: User, whom: User) -> None:
        try:
            start.wait()
            actions.remove_from_organisation(membership=whom.memberships.get(), by=by)
        except (Refused, Membership.DoesNotExist) as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert school.memberships.count() == 1


def test_blocking_and_unblocking(cast: Cast) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    cast.coordinator.refresh_from_db()
    assert not cast.coordinator.is_active
    actions.unblock(person=cast.coordinator, by=cast.officer)
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.is_active
    reasons = HistoryEvent.objects.filter(
        table="accounts_user", row=cast.coordinator.pk, operation="U"
    ).order_by("id")
    assert [event.reason for event in reasons] == [
        "persoon geblokkeerd",
        "persoon niet langer geblokkeerd",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_block_each_other_at_once_leave_one() -> None:
    people = [
        make_ministry_user(email=f"{name}@example.org", role=Role.ADMINISTRATOR)
        for name in ("one", "two")
    ]
    refused: list[str] = []
    start = threading.Barrier(2)

    def block(by: User, whom: User) -> None:
        try:
            start.wait()
            actions.block(person=whom, by=by)
        except Refused as refusal:
            refused.append(refusal.message)
        finally:
            connection.close()

    pairs = (people, people[::-1])
    threads = [threading.Thread(target=block, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(is_active=True).count() == 1


def test_only_the_organisation_is_locked_when_somebody_is_removed(cast: Cast) -> None:
    """Failures 2 and 3: a lock, and never wider than needed."""
    membership = make_coordinator(cast.school, email="nele@example.org").memberships.get()
    with CaptureQueriesContext(connection) as captured:
        actions.remove_from_organisation(membership=membership, by=cast.coordinator)
    table = Organisation._meta.db_table
    locks = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert [f'FOR NO KEY UPDATE OF "{table}"' in sql for sql in locks] == [True]


def test_an_ocmw_gets_its_first_coordinator_from_the_ministry(cast: Cast) -> None:
    ocmw = make_ocmw()
    person = actions.invite(
        email="an@example.org",
        name="An",
        role=Role.COORDINATOR,
        organisations=[ocmw],
        by=cast.officer,
        now=MONDAY,
    )
    assert list(Organisation.objects.visible_to(person)) == [ocmw]
