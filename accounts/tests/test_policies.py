"""Who may invite, remove and block whom: every role × own and other."""

from collections.abc import Callable

import pytest

from accounts import policies
from accounts.models import Role, User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused, allowed
from conftest import Cast

PEOPLE = (
    "coordinator",
    "other_coordinator",
    "officer",
    "supervisor",
    "administrator",
    "analyst",
    "provider_user",
)


def who_may(cast: Cast, check: Callable[..., None], *args: object) -> set[str]:
    """Those of the cast for whom a check passes."""
    return {name for name in PEOPLE if allowed(check, getattr(cast, name), *args)}


@pytest.mark.parametrize(
    ("role", "own_school", "expected"),
    [
        (Role.COORDINATOR, True, {"coordinator", "officer", "supervisor", "administrator"}),
        (Role.COORDINATOR, False, {"other_coordinator", "officer", "supervisor", "administrator"}),
        (Role.PROVIDER, None, {"officer", "supervisor", "administrator"}),
        (Role.OFFICER, None, {"administrator"}),
        (Role.SUPERVISOR, None, {"administrator"}),
        (Role.ANALYST, None, {"administrator"}),
        (Role.ADMINISTRATOR, None, {"administrator"}),
    ],
)
def test_who_may_invite_whom(
    cast: Cast, role: str, own_school: bool | None, expected: set[str]
) -> None:
    places = {True: [cast.school], False: [cast.other_school], None: []}[own_school]
    assert who_may(cast, policies.check_can_invite, role, places) == expected


def test_one_organisation_of_others_among_own_ones_is_one_too_many(cast: Cast) -> None:
    places = [cast.school, cast.other_school]
    with pytest.raises(Refused, match="alleen collega's uitnodigen voor je eigen organisatie"):
        policies.check_can_invite(cast.coordinator, Role.COORDINATOR, places)


def test_who_may_send_a_fresh_link(cast: Cast) -> None:
    person = make_coordinator(cast.school, email="nele@example.org")
    assert who_may(cast, policies.check_can_invite_again, person) == set()
    person.set_unusable_password()
    expected = {"coordinator", "officer", "supervisor", "administrator"}
    assert who_may(cast, policies.check_can_invite_again, person) == expected
    person.is_active = False
    assert who_may(cast, policies.check_can_invite_again, person) == set()


def test_who_may_remove_a_colleague(cast: Cast) -> None:
    membership = make_coordinator(cast.school, email="nele@example.org").memberships.get()
    expected = {"coordinator", "officer", "supervisor", "administrator"}
    assert who_may(cast, policies.check_can_remove, membership) == expected


@pytest.mark.parametrize(
    ("whom", "expected"),
    [
        ("coordinator", {"officer", "supervisor", "administrator"}),
        ("provider_user", {"officer", "supervisor", "administrator"}),
        ("officer", {"administrator"}),
        ("supervisor", {"administrator"}),
        ("analyst", {"administrator"}),
        ("administrator", set()),
    ],
)
def test_who_may_block_whom(cast: Cast, whom: str, expected: set[str]) -> None:
    person: User = getattr(cast, whom)
    assert who_may(cast, policies.check_can_block, person) == expected
    assert who_may(cast, policies.check_can_unblock, person) == set()


def test_who_may_unblock_whom(cast: Cast) -> None:
    cast.other_coordinator.is_active = False
    officer = make_ministry_user(email="second@example.org")
    officer.is_active = False
    ministry = {"officer", "supervisor", "administrator"}
    assert who_may(cast, policies.check_can_unblock, cast.other_coordinator) == ministry
    assert who_may(cast, policies.check_can_block, cast.other_coordinator) == set()
    assert who_may(cast, policies.check_can_unblock, officer) == {"administrator"}


def test_who_is_blocked_may_do_nothing_themselves(cast: Cast) -> None:
    cast.officer.is_active = cast.coordinator.is_active = False
    own = [cast.school]
    assert not allowed(policies.check_can_invite, cast.coordinator, Role.COORDINATOR, own)
    assert not allowed(policies.check_can_invite, cast.officer, Role.COORDINATOR, own)
    assert not allowed(policies.check_can_block, cast.officer, cast.provider_user)
