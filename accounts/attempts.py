"""How often a wrong password may be tried: counted by account and address together, by account, and
by address (ADR 33; the numbers are `ACCOUNT_RATE_LIMITS`).

A stranger who guesses from elsewhere slows themselves, not the owner; a school behind one address
may mistype; trying one password at every account is slow from any one address.
"""

from collections.abc import Iterator

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

from accounts.addresses import address_of

APP = "allauth.account"


class TooMany(Exception):
    """`action`: the limit of ACCOUNT_RATE_LIMITS that is reached."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(action)


def count(request: HttpRequest, account: str) -> RateLimitUsage:
    """Count one attempt, to be rolled back when the password turns out to be right. Raises TooMany,
    and then nothing is counted: waiting must help."""
    used = RateLimitUsage(usage=[])
    for action, key in _limits(request, account):
        usage = ratelimit.consume(request, app=APP, action=action, key=key)
        if usage is None:
            used.rollback()
            raise TooMany(action)
        used.usage.extend(usage.usage)
    return used


def forget(request: HttpRequest, account: str) -> None:
    """Somebody proved otherwise who they are: a link in a mail. What the address did stays."""
    for action, key in _limits(request, account):
        if key:
            ratelimit.clear(request, app=APP, action=action, key=key)


def _limits(request: HttpRequest, account: str) -> Iterator[tuple[str, str | None]]:
    """Each limit with what it counts by. An account is what was typed, known to us or not."""
    name = account.strip().lower()
    yield "wrong_here", f"{name} from {ratelimit.truncate_ip(address_of(request))}"
    yield "wrong_anywhere", name
    yield "wrong_from_address", None
