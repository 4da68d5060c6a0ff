"""Two requests of one organisation sent at the same moment cannot share a reference."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError

from conftest import Cast
from vouchers.actions.requests import requests
from vouchers.models import VoucherRequest
from vouchers.states import RequestState
from vouchers.tests.factories import at, make_request
from vouchers.tests.races import while_held

NOW = at(date(2020, 3, 9))


def end_of_the_second(cast: Cast) -> type[object]:
    """How sending ends for a request whose reference another one is taking at that moment."""
    first, second = (
        make_request(cast.school, cast.period, by=cast.coordinator, references=["LL-1"])
        for _each in range(2)
    )
    end = while_held(
        partial(requests.submit, request=first, by=cast.coordinator, now=NOW),
        partial(requests.submit, request=second, by=cast.coordinator, now=NOW),
    )
    sent = VoucherRequest.objects.filter(state=RequestState.SUBMITTED)
    assert list(sent) == [first]
    return type(end)


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_and_is_refused_with_a_sentence(cast: Cast) -> None:
    assert end_of_the_second(cast) is requests.SubmitRefused


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_database_stops_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "lock_organisation", lambda request: None)
    assert end_of_the_second(cast) is IntegrityError
