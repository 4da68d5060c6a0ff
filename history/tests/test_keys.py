"""Other bytes under a known id are told apart from the key that this database knows."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from history import keys
from history.models import KeyCheck

ONE, OTHER = b"1" * 32, b"2" * 32

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rings(settings: Any) -> Any:
    settings.VOUCHER_KEYS, settings.FINGERPRINT_KEYS = {"k1": ONE}, {"1": ONE}
    settings.SEAL_KEYS, settings.HOLDS_SECRET_KEY = {}, False
    return settings


def fits(ring: str, key_id: str) -> bool:
    return True


def noted() -> set[tuple[str, str]]:
    return set(KeyCheck.objects.values_list("ring", "key_id"))


def test_a_key_is_noted_when_it_is_first_seen_and_then_known(rings: Any) -> None:
    keys.refuse_other_keys(fits)
    assert noted() == {("VOUCHER_KEYS", "k1"), ("FINGERPRINT_KEYS", "1")}
    rings.VOUCHER_KEYS = {"k2": OTHER, "k1": ONE}
    keys.refuse_other_keys(fits)
    keys.refuse_other_keys(fits)
    assert KeyCheck.objects.count() == 3


@pytest.mark.parametrize("ring", keys.RINGS)
def test_other_bytes_under_a_known_id_are_refused_and_named(rings: Any, ring: str) -> None:
    setattr(rings, ring, {"same": ONE})
    keys.refuse_other_keys(fits)
    setattr(rings, ring, {"same": OTHER, "new": ONE})
    with pytest.raises(ImproperlyConfigured, match=f"by that id: same in {ring}"):
        keys.refuse_other_keys(fits)
    assert (ring, "new") not in noted()


def test_a_new_id_under_which_something_stands_that_it_does_not_open_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="1 in FINGERPRINT_KEYS, k1 in VOUCHER_KEYS"):
        keys.refuse_other_keys(lambda ring, key_id: False)
    assert noted() == set()


def test_an_answer_tells_the_bytes_the_ring_and_the_id_apart_and_is_no_key() -> None:
    said = {
        keys.answer(ring, name, key)
        for ring in ("VOUCHER_KEYS", "SEAL_KEYS")
        for name in ("1", "2")
        for key in (ONE, OTHER)
    }
    assert len(said) == 8
    assert not said & {ONE, OTHER}


def test_another_secret_key_is_taken_beside_the_one_of_before(rings: Any) -> None:
    rings.HOLDS_SECRET_KEY, first = True, rings.SECRET_KEY
    keys.refuse_other_keys(fits)
    rings.SECRET_KEY = "n" * 60
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is another one"):
        keys.refuse_other_keys(fits)
    rings.SECRET_KEY_FALLBACKS = [first]
    keys.refuse_other_keys(fits)
    rings.SECRET_KEY_FALLBACKS = []
    keys.refuse_other_keys(fits)
