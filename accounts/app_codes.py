"""Codes of an app with codes: which half minute a code belongs to, and that each works once.

Phones and servers differ by some seconds and people type slowly, so the half minute before and
after ours count too (`MFA_TOTP_TOLERANCE`). The last half minute that was used is remembered beside
the secret: that one and all before it are refused, whatever the cache has lost. allauth's own check
would remember a code for half a minute only, and under its digits.
"""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.models import User

LAST_USED = "last_used_half_minute"  # in `data`, which history does not have


def authenticator_of(user: User, code: str) -> Authenticator | None:
    """The app or the spare codes for which this code is right now; it is used up then."""
    for each in Authenticator.objects.filter(user=user).order_by("pk"):
        if each.type == Authenticator.Type.TOTP and use(each, code):
            return each
        if each.type == Authenticator.Type.RECOVERY_CODES and each.wrap().validate_code(code):
            return each
    return None


def use(app: Authenticator, code: str) -> bool:
    """Whether this is a code of the app that still works; of two requests with one code, the first
    has it."""
    with transaction.atomic():
        locked = Authenticator.objects.select_for_update(of=("self",)).get(pk=app.pk)
        half_minute = half_minute_of(decrypt(locked.data["secret"]), code)
        if half_minute is None or half_minute <= locked.data.get(LAST_USED, -1):
            return False
        locked.data[LAST_USED] = half_minute
        locked.save(update_fields=["data"])
    return True


def half_minute_of(secret: str, code: str) -> int | None:
    """The half minute, of those around now, whose code this is."""
    for counter in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=expected):
            return counter
    return None
