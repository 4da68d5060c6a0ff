"""Whether somebody signed on through the government in this session, which counts as a second
factor passed.

Tested in `accounts.acm.tests.test_road`.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import SIGNED_ON


def signed_on(request: HttpRequest, person: User) -> bool:
    """Whether this person signed on through the government in this session."""
    records = get_authentication_records(request, person)
    return any(record["method"] == SIGNED_ON for record in records)


def record_sign_on(request: HttpRequest, person: User, *, again: bool = False) -> None:
    """As allauth does for a provider, without keeping what the provider calls the person."""
    confirmed = {"reauthenticated": True} if again else {}
    record_authentication(request, person, method=SIGNED_ON, **confirmed)


class SecondStep(AuthenticateStage):
    """The second step of signing in, which the government asked already."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return not signed_on(request, self.login.user) and super()._should_handle(request)
