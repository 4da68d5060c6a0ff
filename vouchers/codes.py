"""Codes and files as secrets: normalise, fingerprint, encrypt, decrypt. Nothing else sees a key.

AES-256-GCM with the provider and the fingerprint as associated data, so that a ciphertext copied to
another row does not open; a keyed HMAC-SHA256 finds a code again (rule 4). Keys come from the
settings VOUCHER_KEYS and FINGERPRINT_KEYS: key id → 32 bytes; the first is the current one, the
others are being phased out (`vouchers.actions.upkeep.key_rotation`).
"""

import hmac
import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class CodeUnreadable(Exception):
    """The key is not in the ring, or the ciphertext does not belong to this row."""


class KeyIds(NamedTuple):
    """The ids of a row's two keys: the one that decrypts it and the one that finds it."""

    encryption: str
    fingerprint: str


class Encrypted(NamedTuple):
    """A ciphertext (nonce first) and the id of its key. One per code, hence a tuple."""

    key_id: str
    secret: bytes


class KeptCode(Protocol):
    """What a row needs for its code to be opened: a `Voucher`, about which this module knows no
    more."""

    @property
    def secret(self) -> bytes | memoryview: ...
    @property
    def key_id(self) -> str: ...
    @property
    def provider_id(self) -> int: ...
    @property
    def fingerprint(self) -> bytes | memoryview: ...


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How a provider compares codes; `provider_id` binds fingerprint and ciphertext to it."""

    provider_id: int
    case_matters: bool
    ignored_characters: str


def normalise(identifier: str, rule: CodeRule) -> str:
    """The identifier as it is compared: Unicode NFKC, ignored characters removed, case folded
    unless it matters."""
    text = unicodedata.normalize("NFKC", identifier).strip()
    for character in rule.ignored_characters:
        text = text.replace(character, "")
    return text if rule.case_matters else text.casefold()


def current_keys() -> KeyIds:
    """The keys with which everything written now is encrypted and fingerprinted."""
    return KeyIds(next(iter(settings.VOUCHER_KEYS)), next(iter(settings.FINGERPRINT_KEYS)))


def fingerprint_keys() -> list[str]:
    """The ids of the keys under which something can be found."""
    return list(settings.FINGERPRINT_KEYS)


def fingerprint(identifier: str, rule: CodeRule) -> bytes:
    """32 bytes that identify a code of this provider; b"" when nothing is left to compare."""
    return next(iter(fingerprints(identifier, rule)), b"")


def fingerprints(identifier: str, rule: CodeRule) -> tuple[bytes, ...]:
    """The fingerprint under each key of the ring, the current one first: until the last row is
    rotated, a code may be stored under any of them. () when nothing is left to compare."""
    normal = normalise(identifier, rule)
    return _keyed(f"code:{rule.provider_id}:{normal}".encode()) if normal else ()


def digests(content: bytes) -> tuple[bytes, ...]:
    """32 bytes that identify the same file, under each key of the ring, the current one first;
    keyed, so they reveal nothing about the content."""
    return _keyed(b"file:" + content)


def encrypt_code(fields: Mapping[str, str], *, provider_id: int, fingerprint: bytes) -> Encrypted:
    """Encrypt a code: its columns exactly as delivered, the identifier first."""
    return _encrypt(_json(dict(fields)).encode(), _bound_code(provider_id, fingerprint))


def decrypt_code(
    secret: bytes, *, key_id: str, provider_id: int, fingerprint: bytes
) -> dict[str, str]:
    """The columns of a code as delivered. Raises CodeUnreadable."""
    plain = _decrypt(bytes(secret), key_id, _bound_code(provider_id, bytes(fingerprint)))
    fields: dict[str, str] = json.loads(plain)
    return fields


def decrypt_voucher(voucher: KeptCode) -> dict[str, str]:
    """The columns of this code as delivered, the identifier first. Raises CodeUnreadable."""
    return decrypt_code(
        bytes(voucher.secret),
        key_id=voucher.key_id,
        provider_id=voucher.provider_id,
        fingerprint=bytes(voucher.fingerprint),
    )


def encrypt_file(content: bytes, *, digest: bytes) -> Encrypted:
    """Encrypt a provider's file, bound to its digest."""
    return _encrypt(content, b"file:" + digest)


def decrypt_file(secret: bytes, *, key_id: str, digest: bytes) -> bytes:
    """The content of a provider's file. Raises CodeUnreadable."""
    return _decrypt(bytes(secret), key_id, b"file:" + bytes(digest))


# Made once: making it takes longer than encoding a code with it.
_json = json.JSONEncoder(ensure_ascii=False).encode


def _keyed(content: bytes) -> tuple[bytes, ...]:
    return tuple(hmac.digest(key, content, "sha256") for key in settings.FINGERPRINT_KEYS.values())


def _bound_code(provider_id: int, fingerprint: bytes) -> bytes:
    return f"code:{provider_id}:".encode() + fingerprint


@cache
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _encrypt(plain: bytes, bound_to: bytes) -> Encrypted:
    key_id, key = next(iter(settings.VOUCHER_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    return Encrypted(key_id, nonce + _cipher(key).encrypt(nonce, plain, bound_to))


def _decrypt(secret: bytes, key_id: str, bound_to: bytes) -> bytes:
    key = settings.VOUCHER_KEYS.get(key_id)
    if key is None:
        raise CodeUnreadable(f"no key {key_id!r} in the ring")
    try:
        return _cipher(key).decrypt(secret[:NONCE_BYTES], secret[NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise CodeUnreadable("the ciphertext does not belong to this row") from None
