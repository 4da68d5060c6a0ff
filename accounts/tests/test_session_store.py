"""Sessions: what their rows open (nothing), when they end by themselves, and what is said then."""

import time
from base64 import b64decode
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Session, User
from accounts.session_store import SessionStore, ends_at, row_key
from accounts.tests.factories import PASSWORD
from common import kept_form
from conftest import Cast, SignIn
from vouchers.tests.canary import hidden_in

COOKIE = settings.SESSION_COOKIE_NAME
SENTENCE = "Dat gebeurt als je een uur niets doet, na twaalf uur"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def opens(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def with_cookie(key: str) -> Client:
    client = Client()
    client.cookies[COOKIE] = key
    return client


# What a row opens


def test_no_row_holds_the_key_of_a_cookie(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    key = client.cookies[COOKIE].value
    assert opens(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_session::text FROM accounts_session")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 1
    assert key not in rows[0]


def test_the_name_of_a_row_is_no_cookie(cast: Cast, as_user: SignIn) -> None:
    as_user(cast.coordinator)
    assert not opens(with_cookie(Session.objects.get().pk))


def test_a_row_copied_under_a_key_of_ones_own_opens_nothing(cast: Cast, as_user: SignIn) -> None:
    """Who may write the table knows a key of their own, and puts there what another row holds."""
    as_user(cast.coordinator)
    row = Session.objects.get()
    assert row.get_decoded()[SESSION_KEY] == str(cast.coordinator.pk)
    row.pk = row_key("a" * 32)
    row.save(force_insert=True)
    assert not opens(with_cookie("a" * 32))
    assert row.get_decoded() == {}


def test_no_row_shows_what_it_holds(cast: Cast, as_user: SignIn) -> None:
    """allauth keeps a request that has to wait, with the cookie in it."""
    ago = timezone.now() - timedelta(minutes=11)
    client = as_user(cast.coordinator, signed_in_at=ago)
    answer = client.post(reverse("mfa_activate_totp"), {"code": "123456"})
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    key = client.cookies[COOKIE].value
    row = Session.objects.get()
    assert key in str(row.get_decoded())
    written = row.session_data.encode()
    assert not hidden_in({"row": written, "unpacked": b64decode(written)}, key)
    with override_settings(SECRET_KEY="n" * 49 + "ew"):
        assert row.get_decoded() == {}
    with override_settings(SECRET_KEY="n" * 49 + "ew", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert row.get_decoded()


def test_signing_in_and_out_changes_the_key_and_deletes_the_row(cast: Cast) -> None:
    client = Client()
    before = SessionStore()
    before["anything"] = 1
    before.save()
    client.cookies[COOKIE] = str(before.session_key)
    client.post(reverse("account_login"), {"login": "own@example.org", "password": PASSWORD})
    assert client.cookies[COOKIE].value != before.session_key
    assert Session.objects.get().user == cast.coordinator
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(user=cast.coordinator).exists()


def test_a_row_says_whose_it_is_since_when_and_coarsely_from_where(cast: Cast) -> None:
    client = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="192.0.2.77")
    client.post(reverse("account_login"), {"login": "own@example.org", "password": PASSWORD})
    row = Session.objects.get()
    assert (row.user, row.browser, row.address) == (
        cast.coordinator,
        "Firefox, Windows",
        "192.0.2.x",
    )
    assert abs(timezone.now() - row.began_at) < timedelta(minutes=1)


# When it ends


def minutes_until_end(row: Session, now: float) -> int:
    return round((row.expire_date.timestamp() - now) / 60)


def test_it_ends_an_hour_after_the_last_page(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    assert minutes_until_end(Session.objects.get(), time.time()) == 60
    passed(minutes=59)
    assert opens(client)  # and begins the hour anew
    assert minutes_until_end(Session.objects.get(), time.time()) == 60
    passed(minutes=61)
    assert not opens(client)
    assert not opens(client)


def passed(*, minutes: int) -> None:
    """So much time passes without a page."""
    ago = timedelta(minutes=minutes)
    for row in Session.objects.all():
        Session.objects.filter(pk=row.pk).update(
            seen_at=row.seen_at - ago, expire_date=row.expire_date - ago
        )


def test_it_ends_twelve_hours_after_it_began_however_busy(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    session = client.session
    session["device"] = {**session["device"], "began": time.time() - 11.5 * 3600}
    session.save()
    assert minutes_until_end(Session.objects.get(), time.time()) == 30
    passed(minutes=2)
    assert opens(client)
    assert minutes_until_end(Session.objects.get(), time.time()) == 30


def test_a_page_within_the_minute_writes_nothing(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    seen = Session.objects.get().seen_at
    assert opens(client)
    assert Session.objects.get().seen_at == seen


def test_the_cookie_goes_with_the_browser_however_somebody_signed_in(cast: Cast) -> None:
    """allauth says so for a password only; every way ends in this `login`."""

    def signs_in(request: HttpRequest) -> HttpResponse:
        login(request, cast.officer, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponse()

    response = SessionMiddleware(signs_in)(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    assert response.cookies[COOKIE]["max-age"] == ""
    assert response.cookies[COOKIE]["expires"] == ""


def test_of_nobody_it_lives_a_quarter_of_an_hour_but_with_a_form_kept_all_day() -> None:
    now = timezone.now()
    assert ends_at({"anything": 1}, now) - now == timedelta(minutes=15)
    assert ends_at({kept_form.KEY: {}}, now) - now == timedelta(hours=12)


# What is said


def test_the_sign_in_page_says_that_it_ended_by_itself(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    passed(minutes=61)
    assert SENTENCE in client.get(reverse("request_list"), follow=True).text
    assert SENTENCE not in client.get(reverse("account_login")).text


@pytest.mark.django_db
def test_a_stranger_reads_nothing_of_it() -> None:
    assert SENTENCE not in Client().get(reverse("request_list"), follow=True).text
    assert SENTENCE not in with_cookie("b" * 32).get(reverse("home"), follow=True).text


def test_who_signed_out_reads_nothing_of_it(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    client.post(reverse("account_logout"))
    assert SENTENCE not in client.get(reverse("home"), follow=True).text


# Of nobody


@pytest.mark.django_db
def test_questions_for_a_passkey_make_no_rows_without_end() -> None:
    cache.clear()
    address = reverse("mfa_login_webauthn")
    ajax = {"x-requested-with": "XMLHttpRequest"}
    answers = [Client().get(address, headers=ajax).status_code for _turn in range(32)]
    assert answers == [200] * 30 + [429] * 2
    assert Session.objects.count() == 30
    assert not User.objects.exists()
    cache.clear()
