"""Links in mails: how long they live, and that only the last one works."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import links, own_account
from accounts.models import User
from conftest import Cast

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def token_of(link: str) -> str:
    """The token in a link: after the number of the person."""
    return link.rstrip("/").rsplit("/", 1)[1].split("-", 1)[1]


def made(tokens: links._Tokens, person: User, ago: timedelta) -> str:
    """A token as it was made some time ago."""
    seconds = tokens._num_seconds(tokens._now()) - int(ago.total_seconds())
    return tokens._make_token_with_timestamp(person, seconds, tokens.secret)


def works(person: User, token: str) -> bool:
    return links.LinkTokens().check_token(person, token)


def invited(cast: Cast) -> User:
    return User.objects.create_user(email="nele@example.org", name="Nele", role="coordinator")


@pytest.mark.parametrize(
    ("tokens", "lives"), [(links.RESETS, HOUR), (links.INVITATIONS, 7 * DAY)], ids=["reset", "new"]
)
def test_a_reset_lives_an_hour_and_an_invitation_a_week(
    cast: Cast, tokens: links._Tokens, lives: timedelta
) -> None:
    """Finding 12."""
    minute = timedelta(minutes=1)
    assert works(cast.coordinator, made(tokens, cast.coordinator, lives - minute))
    assert not works(cast.coordinator, made(tokens, cast.coordinator, lives + minute))


def test_a_newer_link_makes_older_ones_dead(cast: Cast) -> None:
    """Finding 12: of every kind, and however soon after one another they were made."""
    person = invited(cast)
    invitation = token_of(links.invitation_link(person))
    first = token_of(links.reset_link(person))
    assert not works(person, invitation)
    assert works(person, first)
    second = token_of(links.reset_link(person))
    person.refresh_from_db()
    assert (works(person, first), works(person, second)) == (False, True)


def test_a_link_is_for_one_purpose(cast: Cast) -> None:
    person = cast.coordinator
    token = links.ADDRESSES.make_token(person)
    assert links.ADDRESSES.check_token(person, token)
    assert not works(person, token)
    assert not links.ADDRESSES.check_token(person, links.RESETS.make_token(person))


def test_it_stops_when_it_was_used_and_when_the_person_is_blocked(cast: Cast) -> None:
    token = token_of(links.reset_link(cast.coordinator))
    cast.coordinator.is_active = False
    assert not works(cast.coordinator, token)
    cast.coordinator.is_active = True
    assert works(cast.coordinator, token)
    own_account.choose_password(
        person=cast.coordinator, password="een-lange-zin", now=timezone.now()
    )
    assert not works(cast.coordinator, token)


def test_nonsense_is_no_link(cast: Cast) -> None:
    for token in ("", "-", "x", f"{int(time.time())}-abc", "éé-ï"):
        assert not works(cast.coordinator, token)
