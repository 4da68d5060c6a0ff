"""Sessions of people who have signed in, without a browser."""

import time
from datetime import datetime

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.account.internal.userkit import user_id_to_str
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from local.demo_phone import codes_now


def sign_in(client: Client, user: User, *, second_factor: bool, at: datetime) -> None:
    """Sign in, and record in the session what allauth does: a password, perhaps a second factor."""
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    methods = ["password", "mfa"] if second_factor else ["password"]
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": at.timestamp()} for method in methods
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
    session.save()


def code_of(user: User) -> str:
    """The code that this person's app shows now."""
    return next(each.code for each in codes_now(time.time()) if each.person == user)


def give_code(client: Client, code: str) -> str:
    """The second step of signing in; returns the page that follows."""
    return client.post(reverse("mfa_authenticate"), {"code": code}, follow=True).text
