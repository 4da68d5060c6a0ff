"""Whoever can write to Redis runs nothing in the web process (finding 10)."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from common.json_cache import JsonSerializer


class Marker:
    """A pickle that leaves a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_in_the_cache_is_not_run(tmp_path: Path) -> None:
    left = tmp_path / "run"
    stored: Any = redis.Redis.from_url(str(settings.CACHES["default"]["LOCATION"]))
    try:
        stored.set(cache.make_key("planted"), pickle.dumps(Marker(left)))
        with pytest.raises(ValueError, match=r"codec|JSON|Expecting"):
            cache.get("planted")
        assert not left.exists()
        pickle.loads(stored.get(cache.make_key("planted")))  # control: it would have been
        assert left.exists()
    finally:
        stored.delete(cache.make_key("planted"))
        stored.close()


def test_what_the_limits_of_signing_in_keep_comes_back_the_same() -> None:
    for name, value in (("list", [1.5, 2.25]), ("lock", True), ("none", None), ("text", "é")):
        cache.set(name, value, 10)
        assert cache.get(name) == value
        cache.delete(name)


def test_numbers_are_counted_by_redis_itself() -> None:
    cache.set("count", 41, 10)
    assert (cache.incr("count"), cache.get("count")) == (42, 42)
    cache.delete("count")


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        JsonSerializer().dumps(object())
