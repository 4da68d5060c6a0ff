"""Keys prove that they fit: other bytes under a known id are refused before they do harm (ADR 39).

The database keeps what each key answered when its id was first used. A wrong FINGERPRINT_KEYS would
load the same codes twice, a wrong VOUCHER_KEYS would open none, and the books would balance.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from history.models import KeyCheck
from history.portal_mark import has_table

RINGS = ("VOUCHER_KEYS", "FINGERPRINT_KEYS", "SEAL_KEYS")
SECRET = "SECRET_KEY"
# Does what is stored under this id of this ring open? Asked once, when an id is new here.
Proof = Callable[[str, str], bool]


def answer(ring: str, key_id: str, key: bytes) -> bytes:
    """What this key answers: 32 bytes that tell nothing about it."""
    return hmac.digest(key, f"which key are you, {ring} {key_id}?".encode(), "sha256")


def secret_id(secret: str) -> str:
    """A SECRET_KEY has no id of its own, so it gets one, made from it."""
    return hmac.digest(secret.encode(), b"the id of this SECRET_KEY", "sha256").hex()[:16]


def refuse_other_keys(proof: Proof) -> None:
    """Check each key that this process holds, and note those whose id is new here.

    Raises ImproperlyConfigured with what to do, for other bytes under a known id.
    """
    if not has_table(KeyCheck):
        return
    known = {(each.ring, each.key_id): bytes(each.answer) for each in KeyCheck.objects.all()}
    other = [name for name, given in _given() if known.get(name, given) != given]
    other += [name for name, _said in _given() if name not in known and not proof(*name)]
    if other:
        raise ImproperlyConfigured(_sentence(other))
    _refuse_unknown_secret(known)
    new = {name: said for name, said in (*_given(), *_secret()) if name not in known}
    if new:
        note(new)
        refuse_other_keys(proof)  # another process may have noted other bytes at this very moment


def note(answers: Mapping[tuple[str, str], bytes]) -> None:
    """Keep these for good; what another process kept first stays."""
    KeyCheck.objects.bulk_create(
        (
            KeyCheck(ring=ring, key_id=key_id, answer=said)
            for (ring, key_id), said in answers.items()
        ),
        ignore_conflicts=True,
    )


def note_secret() -> None:
    """From now on this SECRET_KEY belongs to this database, though no earlier one is left."""
    note(dict(_secret()))


def _given() -> Iterator[tuple[tuple[str, str], bytes]]:
    for ring in RINGS:
        for key_id, key in getattr(settings, ring).items():
            yield (ring, key_id), answer(ring, key_id, key)


def _secret() -> Iterator[tuple[tuple[str, str], bytes]]:
    if settings.HOLDS_SECRET_KEY:
        named = secret_id(settings.SECRET_KEY)
        yield (SECRET, named), answer(SECRET, named, settings.SECRET_KEY.encode())


def _refuse_unknown_secret(known: Mapping[tuple[str, str], bytes]) -> None:
    """Second factors are encrypted with it: with another one alone nobody could sign in."""
    before = {key_id for ring, key_id in known if ring == SECRET}
    if not before or not settings.HOLDS_SECRET_KEY:
        return
    if before.isdisjoint(map(secret_id, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))):
        raise ImproperlyConfigured(
            "SECRET_KEY is another one than this database was used with. Keep the earlier one in"
            " SECRET_KEY_FALLBACKS until `manage.py rotate_keys` took over the second factors."
            " When it is lost: `manage.py check_keys --new-secret`, and everybody sets up a second"
            " factor anew (docs/operations.md, Keys)."
        )


def _sentence(other: list[tuple[str, str]]) -> str:
    named = ", ".join(f"{key_id} in {ring}" for ring, key_id in sorted(other))
    return (
        f"These keys are not the ones that this database knows by that id: {named}. Give each id"
        " the bytes it had, or, when a key is new, an id that was never used (docs/operations.md,"
        " Keys). Nothing was started or changed."
    )
