"""Two requests of one organisation sent at the same moment cannot share a reference."""

import threading
import time
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from conftest import Cast
from vouchers.actions import requests
from vouchers.models import VoucherRequest
from vouchers.states import RequestState
from vouchers.tests.factories import at, make_request

NOW = at(date(2020, 3, 9))
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"


def one(query: str, *parameters: int) -> int:
    """The one number that a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.fetchone()[0])


def end_of_the_second(cast: Cast) -> str:
    """How sending ends for a request whose reference another one is just taking."""
    first, second = (
        make_request(cast.school, cast.period, by=cast.coordinator, references=["LL-1"])
        for _each in range(2)
    )
    ends: list[str] = []
    sessions: list[int] = []

    def send_second() -> None:
        sessions.append(one("SELECT pg_backend_pid()"))
        try:
            requests.submit(request=second, by=cast.coordinator, now=NOW)
            ends.append("sent")
        except (requests.SubmitRefused, IntegrityError) as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=send_second)
    with transaction.atomic():
        requests.submit(request=first, by=cast.coordinator, now=NOW)
        thread.start()
        deadline = time.monotonic() + 20
        while not (sessions and one(WAITS, sessions[0])):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    thread.join(20)
    sent = VoucherRequest.objects.filter(state=RequestState.SUBMITTED)
    assert list(sent) == [first]
    return ends[0]


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_and_is_refused_with_a_sentence(cast: Cast) -> None:
    assert end_of_the_second(cast) == "SubmitRefused"


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_database_stops_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "lock_organisation", lambda request: None)
    assert end_of_the_second(cast) == "IntegrityError"
