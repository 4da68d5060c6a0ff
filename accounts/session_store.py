"""Sessions in the database, in which a row opens nothing: `SESSION_ENGINE` (ADR 32).

The cookie holds a random key; the row stands under its digest. What a row holds is encrypted, and
bound to that digest, so that who may write the table cannot put somebody's session under a key of
their own. (It may hold that very key: allauth keeps a request that has to wait, cookies and all.)

A session of somebody signed in ends after `SESSION_IDLE` seconds in which nothing was asked, and
`SESSION_COOKIE_AGE` after it began. Its row stays for a day, so that a form sent too late can be
given back (`common.kept_form`).
"""

import base64
import hashlib
import os
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.addresses import address_of, coarse
from accounts.models import Session
from common import kept_form
from common.browsers import family

DEVICE = "device"  # in a session: since when, with which browser, from where
# That somebody is still there is written this often, not at each page.
SEEN_EVERY = timedelta(minutes=1)
NONCE_BYTES = 12

Data = dict[str, Any]


def row_key(key: str | None) -> str:
    """The digest under which the session of this cookie stands. No salt: the key is random."""
    return hashlib.sha256(f"session {key or ''}".encode(errors="replace")).hexdigest()


@lru_cache
def cipher(secret: str) -> AESGCM:
    """A key of its own, for this purpose only: it reveals nothing about SECRET_KEY."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"session")
    return AESGCM(derived.derive(secret.encode()))


class SessionStore(db.SessionStore):
    """Django's, but for the names of its rows, when they end, and whose they are."""

    ended: Data = {}  # what the session of this cookie held, when it is over
    name = ""  # of the row that is unpacked, where no cookie is at hand

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @classmethod
    def unpacked(cls, row: Session) -> Data:
        """What a row holds; {} when it was made for another."""
        store = cls()
        store.name = row.session_key
        return store.decode(row.session_data)

    @property
    def bound_to(self) -> bytes:
        return (self.name or row_key(self.session_key)).encode()

    def encode(self, session_dict: Data) -> str:
        nonce = os.urandom(NONCE_BYTES)
        packed = zlib.compress(self.serializer().dumps(session_dict))
        sealed = cipher(settings.SECRET_KEY).encrypt(nonce, packed, self.bound_to)
        return base64.b64encode(nonce + sealed).decode()

    def decode(self, session_data: bytes | str) -> Data:
        """{} for what no SECRET_KEY of ours opens, or what was made for another row."""
        sealed = base64.b64decode(session_data)
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                packed = cipher(secret).decrypt(
                    sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.bound_to
                )
            except (InvalidTag, ValueError):  # ValueError: too short to be one
                continue
            found: Data = self.serializer().loads(zlib.decompress(packed))
            return found
        return {}

    def load(self) -> Data:
        now = timezone.now()
        row: Session | None = Session.objects.filter(pk=row_key(self.session_key)).first()
        data = self.decode(row.session_data) if row else {}
        if row is None or row.expire_date <= now:
            self.ended = data
            self._session_key = None
            return {}
        if row.user_id and now - row.seen_at >= SEEN_EVERY:
            still_open = Session.objects.filter(pk=row.pk, expire_date__gt=now)
            still_open.update(seen_at=now, expire_date=ends_at(data, now))
        return data

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(row_key(key))

    def create_model_instance(self, data: Data) -> Session:
        """The row: what the list of open sessions shows is copied from what only we can write."""
        now = timezone.now()
        row = cast(Session, super().create_model_instance(data))
        row.session_key = row_key(self.session_key)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at = began_at(data) or now
        row.seen_at = now
        row.expire_date = ends_at(data, now)
        device = data.get(DEVICE, {})
        row.browser, row.address = device.get("browser", ""), device.get("address", "")
        return row


def began_at(data: Data) -> datetime | None:
    """When somebody signed in with this session."""
    device = data.get(DEVICE)
    return datetime.fromtimestamp(device["began"], UTC) if device else None


def ends_at(data: Data, now: datetime) -> datetime:
    """When a session that was used now ends by itself."""
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if SESSION_KEY in data:
        idle = timedelta(seconds=settings.SESSION_IDLE)
        return min(now + idle, (began_at(data) or now) + longest)
    if kept_form.KEY in data:  # only who was signed in a moment ago can have one
        return now + longest
    return now + timedelta(seconds=settings.SESSION_OF_NOBODY)


@receiver(user_logged_in, dispatch_uid="a session begins")
def begin(request: HttpRequest, **signal: Any) -> None:
    """Note since when, with which browser and from where: for its owner's own list."""
    request.session[DEVICE] = {
        "began": timezone.now().timestamp(),
        "browser": family(request.headers.get("User-Agent", ""))[:60],
        "address": coarse(address_of(request)),
    }
