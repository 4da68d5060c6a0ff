"""What the settings promise to every page."""

import pytest
from django import forms
from django.conf import settings as portal_settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from common import sockets
from history.recording import HistoryMiddleware
from vouchers.models import Period


@pytest.mark.django_db
def test_pages_carry_a_policy_without_unsafe_words(client: Client) -> None:
    policy = client.get("/health/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert "unsafe" not in policy
    assert directives == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_tests_share_no_queue_and_no_cache_with_the_demo() -> None:
    demo = {sockets.redis_url(portal_settings.EMBEDDED_ROOT, number=each) for each in (0, 1)}
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


@pytest.mark.django_db(transaction=True)
def test_health_says_503_without_postgresql(client: Client) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        answer = client.get("/health/")
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"


@pytest.mark.django_db(transaction=True)
def test_health_says_503_when_an_open_connection_was_cut(client: Client) -> None:
    connection.ensure_connection()
    port = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        connection.connection.close()
        answer = client.get("/health/")
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert answer.status_code == 503


@pytest.mark.parametrize(("method", "questions"), [("GET", False), ("POST", True)])
@pytest.mark.django_db
def test_only_what_may_write_opens_the_database_for_history(method: str, questions: bool) -> None:
    request = RequestFactory().generic(method, "/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as captured:
        HistoryMiddleware(lambda request: HttpResponse())(request)
    assert bool(captured.captured_queries) is questions


@pytest.mark.django_db
def test_health_answers_no_post(client: Client) -> None:
    assert client.post("/health/").status_code == 405


@pytest.mark.django_db
def test_a_choice_that_does_not_exist_is_said_in_our_own_words() -> None:
    for field in (forms.ChoiceField(choices=[("a", "A")]), forms.ModelChoiceField(Period.objects)):
        with pytest.raises(forms.ValidationError) as refused:
            field.clean("ZZ")
        assert refused.value.messages == ["Deze keuze bestaat niet. Kies er een uit de lijst."]
