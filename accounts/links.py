"""The links in mails that let somebody choose a password or confirm an address.

Such a link leads to a page with a form, so that a mail scanner that follows it changes nothing. It
works once, stops when the person is blocked, and stops when a newer one is made: each covers how
many were made for this person (`User.links_made`). After "wachtwoord vergeten" it lives an hour, in
an invitation `PASSWORD_RESET_TIMEOUT`. Tested in `accounts.tests.test_links`.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import F
from django.urls import reverse
from django.utils.http import base36_to_int

from accounts.models import User

AN_HOUR = timedelta(hours=1)
LONG = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


class _Tokens(PasswordResetTokenGenerator):
    """Django's tokens, for one purpose; none opens what another is for."""

    def __init__(self, purpose: str, lives: timedelta) -> None:
        super().__init__()
        self.key_salt = f"accounts.links.{purpose}"
        self.lives = lives

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        said = super()._make_hash_value(user, timestamp)
        return f"{said}{user.is_active}{user.links_made}{user.new_email}{user.new_email_asked_at}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        return super().check_token(user, token) and self._age(str(token)) <= self.lives

    def _age(self, token: str) -> timedelta:
        made = base36_to_int(token.partition("-")[0])
        return timedelta(seconds=self._num_seconds(self._now()) - made)


INVITATIONS = _Tokens("invitation", LONG)
RESETS = _Tokens("reset", AN_HOUR)
ADDRESSES = _Tokens("address", AN_HOUR)


class LinkTokens:
    """What allauth's page behind such a link asks.

    Not allauth's own: checking one of those writes an e-mail address, and a GET here never writes.
    """

    def make_token(self, user: User) -> str:
        return RESETS.make_token(user)

    def check_token(self, user: User | None, token: str | None) -> bool:
        return RESETS.check_token(user, token) or INVITATIONS.check_token(user, token)


def invitation_link(person: User) -> str:
    """A fresh link with which an invited person, and nobody else, chooses a first password."""
    return _password_link(person, INVITATIONS)


def reset_link(person: User) -> str:
    """A fresh link with which this person, and nobody else, chooses another password."""
    return _password_link(person, RESETS)


def address_link(person: User) -> str:
    """A fresh link with which whoever reads the new address confirms it."""
    _count(person)
    token = ADDRESSES.make_token(person)
    return settings.PUBLIC_URL + reverse("confirm_address", args=[person.pk, token])


def invitation_until(now: datetime) -> datetime:
    """The moment until which the link of an invitation made now works."""
    return now + LONG


def _password_link(person: User, tokens: _Tokens) -> str:
    """Its host is ours, never the one in a request."""
    _count(person)
    key = f"{user_pk_to_url_str(person)}-{tokens.make_token(person)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.PUBLIC_URL + path.replace("UID-KEY", quote(key))


def _count(person: User) -> None:
    """From now on the links made before are dead."""
    User.objects.filter(pk=person.pk).update(links_made=F("links_made") + 1)
    person.refresh_from_db(fields=["links_made"])
