"""Changing somebody's role: within the ministry, by an administrator, the high ones by two."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions, policies, roles
from accounts.models import Role, User, WaitingAct
from accounts.second_person import acts
from accounts.tests.factories import make_ministry_user
from common.refused import Refused, allowed
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from history.models import HistoryEvent

MONDAY = datetime(2020, 9, 14, 9, tzinfo=UTC)
Commits = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Commits:
    """`with committed():` what happens on commit happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def change(cast: Cast, person: User, role: str) -> WaitingAct | None:
    return roles.change_role(
        person=person, role=role, why="andere taak", by=cast.administrator, now=MONDAY
    )


@pytest.mark.parametrize(
    "who", ["coordinator", "officer", "supervisor", "analyst", "provider_user"]
)
def test_only_an_administrator_changes_a_role(cast: Cast, who: str) -> None:
    second = make_ministry_user(email="second@example.org")
    check = policies.check_can_change_role
    assert not allowed(check, getattr(cast, who), second, Role.ANALYST)
    assert allowed(check, cast.administrator, second, Role.ANALYST)


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("coordinator", Role.OFFICER),
        ("provider_user", Role.ANALYST),
        ("officer", Role.COORDINATOR),
        ("officer", Role.PROVIDER),
    ],
)
def test_a_role_changes_within_the_ministry_only(cast: Cast, who: str, role: Role) -> None:
    with pytest.raises(Refused) as refusal:
        change(cast, getattr(cast, who), role)
    assert refusal.value.code == "role-stays"


def test_nobody_changes_their_own_role(cast: Cast) -> None:
    with pytest.raises(Refused, match="eigen rol"):
        change(cast, cast.administrator, Role.OFFICER)


def test_an_officer_becomes_an_analyst_at_once_and_is_signed_out_for_good(
    cast: Cast, as_user: SignIn, mailbox: Mailbox, committed: Commits
) -> None:
    client = as_user(cast.officer)
    assert client.get(reverse("ministry_requests")).status_code == 200
    with committed():
        assert change(cast, cast.officer, Role.ANALYST) is None
    assert client.get(reverse("reports")).status_code == 302
    (mail,) = mailbox.mails
    assert (mail.to, mail.subject) == (
        cast.officer.email,
        "Je rol bij Internetvouchers is veranderd",
    )
    event = HistoryEvent.objects.filter(table="accounts_user", row=cast.officer.pk).latest("id")
    assert (event.actor, event.reason) == (cast.administrator.pk, "rol veranderd")
    change(cast, cast.officer, Role.OFFICER)
    assert client.get(reverse("reports")).status_code == 302  # the old session is not revived


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_the_roles_that_hold_for_everybody_wait_for_a_second_person(cast: Cast, role: Role) -> None:
    second = cast.supervisor
    act = change(cast, cast.officer, role)
    assert act
    cast.officer.refresh_from_db()
    assert cast.officer.role == Role.OFFICER
    with pytest.raises(Refused, match="Je vroeg dit zelf"):
        acts.let_go(act=act, by=cast.administrator, now=MONDAY)
    acts.let_go(act=act, by=second, now=MONDAY)
    cast.officer.refresh_from_db()
    assert (cast.officer.role, cast.officer.role_changed_by) == (role, cast.administrator)
    acts.undo(act=act, by=cast.administrator, now=MONDAY)
    cast.officer.refresh_from_db()
    assert cast.officer.role == Role.OFFICER


def test_an_officer_lets_no_role_go(cast: Cast) -> None:
    second = make_ministry_user(email="second@example.org")
    assert cast.supervisor
    act = change(cast, cast.officer, Role.SUPERVISOR)
    assert act
    with pytest.raises(Refused):
        acts.let_go(act=act, by=second, now=MONDAY)


def test_an_invited_supervisor_only_reads_until_a_second_person_agrees(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    second = cast.supervisor
    with committed():
        person = actions.invite(
            email="sam@example.org",
            name="Sam Nieuw",
            role=Role.SUPERVISOR,
            by=cast.administrator,
            now=MONDAY,
        )
    assert person.role == Role.ANALYST
    assert [mail.to for mail in mailbox.mails] == [second.email]
    with committed():
        acts.let_go(act=WaitingAct.objects.get(), by=second, now=MONDAY)
    person.refresh_from_db()
    assert person.role == Role.SUPERVISOR
    assert "nodigt je uit" in {mail.to: mail.subject for mail in mailbox.mails}["sam@example.org"]


def test_an_administrator_who_becomes_an_officer_loses_the_technical_rights(cast: Cast) -> None:
    person = User.objects.create_superuser(email="root@example.org", name="Root")
    change(cast, person, Role.OFFICER)
    person.refresh_from_db()
    assert (person.role, person.is_staff, person.is_superuser) == (Role.OFFICER, False, False)
