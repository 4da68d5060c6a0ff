"""What django-allauth and Django tell of the door, written down as facts.

Tested in `accounts.tests.test_sign_ins`.
"""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import mail_queue, sign_ins
from accounts.acm.refusing import sign_on_refused
from accounts.models import AccountMail, How, SignInKind, User
from history.recording import recorded


@receiver(user_logged_in, dispatch_uid="sign-ins: signed in")
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A new place is told to the person: it may be somebody else."""
    how = sign_ins.how_of(get_authentication_records(request, user))
    with recorded(by=user, why=gettext_noop("aangemeld")):
        event = sign_ins.record(SignInKind.SIGNED_IN, person=user, how=how)
        if sign_ins.is_new_place(event):
            mail_queue.queue(
                AccountMail.Kind.NEW_BROWSER,
                person=user,
                now=timezone.now(),
                browser=event.browser,
                system=event.system,
            )


@receiver(user_logged_out, dispatch_uid="sign-ins: signed out")
def signed_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        sign_ins.record(SignInKind.SIGNED_OUT, person=user)


@receiver(sign_on_refused, dispatch_uid="sign-ins: sign-on refused")
def sign_on_failed(person: User | None, sub: str, how: How, **kwargs: Any) -> None:
    """How the government names somebody stands there as a digest only, as a typed name does."""
    sign_ins.record(SignInKind.FAILED, person=person, typed="" if person else sub, how=how)


@receiver(authentication_step_completed, dispatch_uid="sign-ins: confirmed by password")
def confirmed(user: User, method: str, **kwargs: Any) -> None:
    """A password was asked again, or the government asked; a code or passkey tells so itself
    (below)."""
    if kwargs.get("reauthenticated") and method in sign_ins.HOW_OF_METHODS and method != "mfa":
        how = sign_ins.HOW_OF_METHODS[method]
        sign_ins.record(SignInKind.CONFIRMED, person=user, how=how)


@receiver(authenticator_used, dispatch_uid="sign-ins: second factor passed")
def factor_passed(
    user: User, authenticator: Authenticator, reauthenticated: bool, **kwargs: Any
) -> None:
    kind = SignInKind.CONFIRMED if reauthenticated else SignInKind.FACTOR_PASSED
    _about_factor(kind, user, authenticator)


@receiver(authentication_failed, dispatch_uid="sign-ins: second factor failed")
def factor_failed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _about_factor(SignInKind.FACTOR_FAILED, user, authenticator)


@receiver(authenticator_added, dispatch_uid="sign-ins: second factor added")
@receiver(authenticator_reset, dispatch_uid="sign-ins: spare codes made anew")
def factor_added(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _about_factor(SignInKind.FACTOR_ADDED, user, authenticator)


@receiver(authenticator_removed, dispatch_uid="sign-ins: second factor removed")
def factor_removed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _about_factor(SignInKind.FACTOR_REMOVED, user, authenticator)


def _about_factor(kind: SignInKind, user: User, authenticator: Authenticator) -> None:
    sign_ins.record(kind, person=user, how=sign_ins.HOW_OF_FACTORS[authenticator.type])
