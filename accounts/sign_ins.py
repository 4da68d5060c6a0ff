"""Sign-ins are facts: the only writer of `SignInEvent` (ADR 31).

Who calls it: the actions of `accounts`, in their transaction, and the signals of allauth and Django
(`accounts.sign_in_signals`).
"""

import ipaddress
from collections.abc import Iterable

from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.browsers import Browser, browser_of
from accounts.models import How, SignInEvent, SignInKind, User
from accounts.sign_in_models import KEPT_MONTHS

# An attempt while somebody has to wait is written once in this time, or a script could fill a disk.
LOCK_SECONDS = 300
# Addresses of one network are one place: at home and on the road they change within it.
PREFIXES = {4: 16, 6: 32}


def record(
    kind: SignInKind,
    *,
    person: User | None = None,
    how: How | str = "",
    typed: str = "",
    by: User | None = None,
) -> SignInEvent:
    """Write down that this happened now, from the address and browser of the current request.

    typed: a name that nobody has. by: who did it, when that is not the person.
    """
    request = context.request
    browser = browser_of(request.headers.get("User-Agent", "")) if request else Browser("", "")
    return SignInEvent.objects.create(
        kind=kind,
        how=how,
        person=person,
        typed=digest(typed) if typed else "",
        by=by,
        address=client_address(request),
        browser=browser.name,
        system=browser.system,
    )


def record_attempt(kind: SignInKind, *, name: str, how: How | str = "") -> None:
    """A failure with this name: of the person who has it, else its digest."""
    name = name.strip().lower()
    person = User.objects.filter(email=name).first()
    record(kind, person=person, typed="" if person else name, how=how)


def record_lock(*, name: str) -> None:
    """Somebody has to wait with this name; once in `LOCK_SECONDS`."""
    if cache.add(f"accounts.sign_ins.lock:{digest(name)}", True, LOCK_SECONDS):
        record_attempt(SignInKind.LOCKED, name=name)


def drop_old() -> int:
    """Drop the facts older than their term, as the owner of the database; returns how many.

    The guard against deleting is off for the length of this transaction; the one that keeps what is
    younger stays.
    """
    table = SignInEvent._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER guard_delete")
        cursor.execute(
            f"DELETE FROM {table} WHERE at <= now() - make_interval(months => %s)", [KEPT_MONTHS]
        )
        dropped = cursor.rowcount
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER guard_delete")
    return dropped


def client_address(request: HttpRequest | None) -> str | None:
    """From where the request came, past the proxies that we trust."""
    return get_client_ip(request) if request else None


def digest(name: str) -> str:
    """A typed name, keyed: the same name gives the same digest, and nobody reads it back."""
    text = name.strip().lower()
    return salted_hmac("accounts.sign_ins", text, algorithm="sha256").hexdigest()[:32]


def is_new_place(event: SignInEvent) -> bool:
    """Whether this person never signed in with this browser from this network before; not for the
    first time ever."""
    before = SignInEvent.objects.filter(person=event.person, kind=SignInKind.SIGNED_IN)
    seen = before.exclude(pk=event.pk).order_by().distinct()
    places = [_place(*each) for each in seen.values_list("browser", "system", "address")]
    return bool(places) and _place(event.browser, event.system, event.address) not in places


def _place(browser: str, system: str, address: str | None) -> tuple[str, str, str]:
    if not address:
        return browser, system, ""
    parsed = ipaddress.ip_address(address)
    network = ipaddress.ip_network((address, PREFIXES[parsed.version]), strict=False)
    return browser, system, str(network)


def how_of(records: Iterable[dict[str, object]]) -> How | str:
    """With what somebody began this session, from what allauth noted of it."""
    for each in records:
        if each.get("method") == "mfa" and not each.get("passwordless"):
            continue  # the second step: an event of its own
        return HOW_OF_METHODS.get(str(each.get("method")), "")
    return ""


HOW_OF_METHODS = {
    "password": How.PASSWORD,
    "password_reset": How.LINK,
    "code": How.MAILED_CODE,
    "mfa": How.PASSKEY,
    "socialaccount": How.ACM_IDM,
}
HOW_OF_FACTORS = {
    "totp": How.APP,
    "webauthn": How.PASSKEY,
    "recovery_codes": How.SPARE_CODE,
}
