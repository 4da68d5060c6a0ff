"""Second factors under an earlier SECRET_KEY, encrypted anew with the current one, so that the
earlier one can go. The rotation itself is `vouchers.actions.upkeep.key_rotation`.

Tested in `vouchers.actions.upkeep.tests.test_key_rotation`.
"""

from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet

from accounts.second_factor import MFAAdapter, SecretUnreadable, opened_by
from history.keys import secret_id

# Passkeys hold public keys only. The last one is a list.
ENCRYPTED = ("secret", "seed", "migrated_codes")


class TakenOver(NamedTuple):
    """How one second factor changed: the id of the SECRET_KEY of before."""

    data: dict[str, Any]
    former: str


def with_secrets() -> QuerySet[Authenticator]:
    """Those whose data hold a secret."""
    return Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")


def is_old(factor: Authenticator) -> bool:
    """Whether any secret of it does not open with the current SECRET_KEY."""
    return any(not opened_by(settings.SECRET_KEY, each) for each in _secrets(factor.data))


def taken_over(factor: Authenticator) -> TakenOver:
    """Its data under the current SECRET_KEY. Raises SecretUnreadable when no key opens it."""
    adapter = MFAAdapter()
    anew = {name: value for name, value in factor.data.items() if name in ENCRYPTED}
    for name, value in anew.items():
        if isinstance(value, list):
            anew[name] = [adapter.encrypt(adapter.decrypt(each)) for each in value]
        else:
            anew[name] = adapter.encrypt(adapter.decrypt(value))
    return TakenOver(factor.data | anew, _former(factor))


def _former(factor: Authenticator) -> str:
    for secret in settings.SECRET_KEY_FALLBACKS:
        if any(opened_by(secret, each) for each in _secrets(factor.data)):
            return secret_id(secret)
    raise SecretUnreadable("no earlier SECRET_KEY opens it")


def _secrets(data: dict[str, Any]) -> list[str]:
    found = []
    for name in ENCRYPTED:
        value = data.get(name) or []
        found += value if isinstance(value, list) else [value]
    return found
