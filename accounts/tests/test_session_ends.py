"""Sessions that end before their time: for good, in two ways, and by their owner."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import Membership, Role, Session, User
from accounts.session_ends import end_for_good, open_sessions
from common.tests.asking import confirm
from conftest import Cast, SignIn
from history.models import HistoryEvent
from history.recording import recorded
from schools.tests.factories import make_school


def opens(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def block_and_unblock(cast: Cast) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    actions.unblock(person=cast.coordinator, by=cast.officer)


def add(cast: Cast) -> None:
    actions.invite(
        email=cast.coordinator.email,
        name=cast.coordinator.name,
        role=Role.COORDINATOR,
        organisations=[make_school(number="000158")],
        by=cast.officer,
        now=timezone.now(),
    )


def remove(cast: Cast) -> None:
    Membership.objects.create(user=cast.other_coordinator, organisation=cast.school)
    membership = Membership.objects.get(user=cast.coordinator)
    actions.remove_from_organisation(membership=membership, by=cast.officer)


def another_role(cast: Cast) -> None:
    """As whoever changes a role does."""
    with recorded(by=cast.administrator):
        cast.coordinator.role = Role.OFFICER
        end_for_good(cast.coordinator, also=["role"])


CHANGES = [block_and_unblock, add, remove, another_role]


@pytest.mark.parametrize("change", CHANGES)
def test_a_session_of_before_is_dead_for_good(cast: Cast, as_user: SignIn, change: object) -> None:
    """After the block was lifted, the cookie of before worked again."""
    client = as_user(cast.coordinator)
    assert opens(client)
    assert callable(change)
    change(cast)
    answer = client.get(reverse("home"))
    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert not opens(client)
    assert opens(as_user(User.objects.get(pk=cast.coordinator.pk)))


@pytest.mark.parametrize("change", CHANGES)
def test_nor_does_it_live_when_its_row_is_written_again(
    cast: Cast, as_user: SignIn, change: object
) -> None:
    """A request that was on its way saves its session after the end."""
    client = as_user(cast.coordinator)
    session = client.session
    session["on its way"] = True
    assert callable(change)
    change(cast)
    session.save()
    assert Session.objects.get(user=cast.coordinator).expire_date > timezone.now()
    assert not opens(client)


def test_the_row_alone_ends_it_too(cast: Cast, as_user: SignIn) -> None:
    """So that lists are right, and a form that was being written comes back after signing in."""
    client = as_user(cast.coordinator)
    with recorded(by=cast.officer):
        end_for_good(cast.coordinator)
    User.objects.filter(pk=cast.coordinator.pk).update(sessions_end_at=None)
    assert not opens(client)


def test_a_block_is_one_event_and_nobody_else_is_signed_out(cast: Cast, as_user: SignIn) -> None:
    officer = as_user(cast.officer)
    events = HistoryEvent.objects.filter(table="accounts_user", row=cast.coordinator.pk)
    before = events.count()
    actions.block(person=cast.coordinator, by=cast.officer)
    assert events.count() == before + 1
    assert opens(officer)


def test_who_was_only_invited_has_no_sessions_to_end(cast: Cast) -> None:
    cast.coordinator.set_unusable_password()
    cast.coordinator.save()
    add(cast)
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.sessions_end_at is None


def test_who_leaves_an_organisation_themselves_stays_signed_in_here(
    cast: Cast, as_user: SignIn
) -> None:
    Membership.objects.create(user=cast.other_coordinator, organisation=cast.school)
    membership = Membership.objects.get(user=cast.coordinator)
    here, elsewhere = as_user(cast.coordinator), as_user(cast.coordinator)
    page = confirm(here, reverse("membership_remove", args=[membership.pk]))
    assert "werkt niet meer voor" in page.text
    assert opens(here)
    assert not opens(elsewhere)


# Their own list


def listed(client: Client, person: User) -> list[bool]:
    """Whether each open session in the list is the one of this client."""
    request = RequestFactory().get("/")
    request.session = client.session
    fresh = User.objects.get(pk=person.pk)
    return [each.is_this for each in open_sessions(request, fresh, timezone.now())]


def test_the_list_has_ones_own_open_sessions_only(cast: Cast, as_user: SignIn) -> None:
    client, second = as_user(cast.coordinator), as_user(cast.coordinator)
    as_user(cast.other_coordinator)
    assert sorted(listed(client, cast.coordinator)) == [False, True]
    second.post(reverse("account_logout"))
    assert listed(client, cast.coordinator) == [True]


def test_sessions_from_before_a_new_password_are_not_in_it(cast: Cast, as_user: SignIn) -> None:
    as_user(cast.coordinator)
    cast.coordinator.set_password("een-heel-ander-lang-wachtwoord")
    cast.coordinator.save()
    client = as_user(cast.coordinator)
    assert Session.objects.filter(user=cast.coordinator).count() == 2
    assert listed(client, cast.coordinator) == [True]


def test_the_cookie_is_the_one_of_the_setting() -> None:
    """Plain on http; over https its name binds it to this host (`test_environment`)."""
    assert settings.SESSION_COOKIE_NAME == "sessionid"
