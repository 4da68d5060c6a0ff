"""What the settings promise to every page."""

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from pytest_django import Settings

from voucherportal import embedded


@pytest.mark.django_db
def test_pages_carry_a_policy_without_unsafe_words(client: Client) -> None:
    policy = client.get("/health/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert "unsafe" not in policy
    assert directives == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_tests_share_no_queue_and_no_cache_with_the_demo() -> None:
    demo = {embedded.redis_url(portal_settings.EMBEDDED_ROOT, number=each) for each in (0, 1)}
    ours = {portal_settings.REDIS_URL, portal_settings.CACHES["default"]["LOCATION"]}
    assert len(ours) == 2
    assert not ours & demo


@pytest.mark.django_db
def test_health_says_what_answers(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.django_db
def test_health_says_503_without_redis(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (
        503,
        {"database": "ok", "redis": "unreachable"},
    )


@pytest.mark.django_db
def test_health_answers_no_post(client: Client) -> None:
    assert client.post("/health/").status_code == 405
