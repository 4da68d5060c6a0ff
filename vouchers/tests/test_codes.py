"""Codes are secrets that are found by what they are, not by how they were typed (rule 4)."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers import codes
from vouchers.codes import CodeRule, CodeUnreadable

RULE = CodeRule(provider_id=1, case_matters=False, ignored_characters=" -")
STRICT = CodeRule(provider_id=1, case_matters=True, ignored_characters="")
FIELDS = {"code": "AB-12 cd", "wachtwoord": "geheim"}


@pytest.mark.parametrize("variant", ["ab12cd", "AB12CD", " AB-12-cd ", "ＡＢ12cd"])
def test_variants_of_one_code_have_one_fingerprint(variant: str) -> None:
    """Failure 6: case, spaces, dashes, full-width letters."""
    assert codes.fingerprint(variant, RULE) == codes.fingerprint("AB12cd", RULE)


def test_the_provider_decides_what_counts() -> None:
    assert codes.fingerprint("ab12", STRICT) != codes.fingerprint("AB12", STRICT)
    assert codes.fingerprint("ab-12", STRICT) != codes.fingerprint("ab12", STRICT)


def test_the_same_code_of_two_providers_has_two_fingerprints() -> None:
    other = CodeRule(provider_id=2, case_matters=False, ignored_characters=" -")
    assert codes.fingerprint("AB12", RULE) != codes.fingerprint("AB12", other)


def test_a_code_of_ignored_characters_only_has_no_fingerprint() -> None:
    assert codes.fingerprint(" - ", RULE) == b""


def test_the_fingerprint_is_keyed(settings: Any) -> None:
    """Failure 30: a bare hash could be reversed."""
    before = codes.fingerprint("AB12", RULE)
    settings.FINGERPRINT_KEYS = {"x": b"x" * 32}
    assert codes.fingerprint("AB12", RULE) != before


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=80), max_size=4))
def test_what_is_sealed_opens_exactly_as_delivered(fields: dict[str, str]) -> None:
    print_ = b"f" * 32
    encrypted = codes.encrypt_code(fields, provider_id=1, fingerprint=print_)
    decrypted = codes.decrypt_code(
        encrypted.secret, key_id=encrypted.key_id, provider_id=1, fingerprint=print_
    )
    assert list(decrypted.items()) == list(fields.items())


def test_the_ciphertext_holds_nothing_readable_and_never_repeats() -> None:
    one, two = (codes.encrypt_code(FIELDS, provider_id=1, fingerprint=b"f" * 32) for _ in range(2))
    assert one.secret != two.secret
    assert b"geheim" not in one.secret


@pytest.mark.parametrize(
    ("provider_id", "fingerprint"), [(2, b"f" * 32), (1, b"g" * 32)], ids=["provider", "row"]
)
def test_a_ciphertext_copied_to_another_row_does_not_open(
    provider_id: int, fingerprint: bytes
) -> None:
    encrypted = codes.encrypt_code(FIELDS, provider_id=1, fingerprint=b"f" * 32)
    with pytest.raises(CodeUnreadable):
        codes.decrypt_code(
            encrypted.secret,
            key_id=encrypted.key_id,
            provider_id=provider_id,
            fingerprint=fingerprint,
        )


def test_an_older_key_of_the_ring_still_opens_and_a_missing_one_says_so(settings: Any) -> None:
    encrypted = codes.encrypt_code(FIELDS, provider_id=1, fingerprint=b"f" * 32)
    new = {"new": base64.b64decode(base64.b64encode(b"n" * 32))}
    settings.VOUCHER_KEYS = new | settings.VOUCHER_KEYS
    decrypted = codes.decrypt_code(
        encrypted.secret, key_id=encrypted.key_id, provider_id=1, fingerprint=b"f" * 32
    )
    assert decrypted == FIELDS
    assert codes.encrypt_code(FIELDS, provider_id=1, fingerprint=b"f" * 32).key_id == "new"
    settings.VOUCHER_KEYS = new
    with pytest.raises(CodeUnreadable, match="no key"):
        codes.decrypt_code(
            encrypted.secret, key_id=encrypted.key_id, provider_id=1, fingerprint=b"f" * 32
        )


@given(st.binary(max_size=300))
def test_a_file_opens_as_it_came_and_only_with_its_digest(content: bytes) -> None:
    digest = codes.digests(content)[0]
    encrypted = codes.encrypt_file(content, digest=digest)
    assert codes.decrypt_file(encrypted.secret, key_id=encrypted.key_id, digest=digest) == content
    with pytest.raises(CodeUnreadable):
        codes.decrypt_file(
            encrypted.secret, key_id=encrypted.key_id, digest=codes.digests(content + b"x")[0]
        )
