"""The whole matrix of requests and pupil lines: from each place by each action."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import transaction

from common.refused import Refused
from conftest import Cast
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
from vouchers.models import PupilLine, VoucherRequest
from vouchers.tests.factories import at, granted_request, make_request, submitted_request

NOW = at(date(2020, 3, 20))
Place = Callable[[Cast], VoucherRequest]
Act = Callable[[Cast, VoucherRequest], object]


def draft(cast: Cast) -> VoucherRequest:
    return make_request(cast.school, cast.period, by=cast.coordinator)


def asked(cast: Cast) -> VoucherRequest:
    return submitted_request(cast.school, cast.period, by=cast.coordinator)


def returned(cast: Cast) -> VoucherRequest:
    request = asked(cast)
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=NOW)
    return request


def granted(cast: Cast) -> VoucherRequest:
    return granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)


def refused(cast: Cast) -> VoucherRequest:
    request = asked(cast)
    refuse(cast, request)
    return request


def withdrawn(cast: Cast) -> VoucherRequest:
    request = asked(cast)
    withdraw(cast, request)
    return request


def closed(cast: Cast) -> VoucherRequest:
    request = granted(cast)
    close_period(cast, request)
    return request


def leave_out(cast: Cast, request: VoucherRequest) -> None:
    requests.save_draft(
        request=request, lines=[], defaults=requests.Defaults(), by=cast.coordinator, now=NOW
    )


def send(cast: Cast, request: VoucherRequest) -> None:
    requests.submit(request=request, by=cast.coordinator, now=NOW)


def withdraw(cast: Cast, request: VoucherRequest) -> None:
    requests.withdraw(request=request, by=cast.coordinator, now=NOW)


def throw_away(cast: Cast, request: VoucherRequest) -> None:
    requests.throw_away(request=request, by=cast.coordinator)


def send_back(cast: Cast, request: VoucherRequest) -> None:
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=NOW)


def grant(cast: Cast, request: VoucherRequest) -> None:
    ids = list(request.lines.values_list("pk", flat=True))
    requests.decide(request=request, granted=ids, refused={}, by=cast.officer, now=NOW)


def refuse(cast: Cast, request: VoucherRequest) -> None:
    ids = request.lines.values_list("pk", flat=True)
    reasons = dict.fromkeys(ids, "Heeft al internet")
    requests.decide(request=request, granted=[], refused=reasons, by=cast.officer, now=NOW)


def undo(cast: Cast, request: VoucherRequest) -> None:
    requests.undo_decision(request=request, by=cast.officer, now=NOW)


def close_period(cast: Cast, request: VoucherRequest) -> None:
    pools.close_period(period=request.period, by=cast.officer, now=NOW)


PLACES: list[Place] = [draft, asked, returned, granted, refused, withdrawn, closed]
ACTS: list[Act] = [
    leave_out, send, withdraw, throw_away, send_back, grant, refuse, undo, close_period,
]  # fmt: skip
GONE = ("", "")
# From, by: where request and line are afterwards. What is missing is refused or changes nothing.
MOVES = {
    ("draft", "leave_out"): ("DRAFT", ""),
    ("draft", "send"): ("SUBMITTED", "ASKED"),
    ("draft", "throw_away"): GONE,
    ("asked", "withdraw"): ("WITHDRAWN", "WITHDRAWN"),
    ("asked", "send_back"): ("RETURNED", "ASKED"),
    ("asked", "grant"): ("DECIDED", "GRANTED"),
    ("asked", "refuse"): ("DECIDED", "REFUSED"),
    ("returned", "leave_out"): ("RETURNED", "WITHDRAWN"),
    ("returned", "send"): ("SUBMITTED", "ASKED"),
    ("returned", "withdraw"): ("WITHDRAWN", "WITHDRAWN"),
    ("returned", "close_period"): ("RETURNED", "CLOSED"),
    ("granted", "undo"): ("SUBMITTED", "ASKED"),
    ("granted", "close_period"): ("DECIDED", "CLOSED"),
    ("refused", "undo"): ("SUBMITTED", "ASKED"),
}


def states(request: VoucherRequest) -> tuple[str, str]:
    """Where the request and its only line are; empty when they are gone."""
    row = VoucherRequest.objects.filter(pk=request.pk).first()
    line = PupilLine.objects.filter(request_id=request.pk).first()
    return (row.state if row else "", line.state if line else "")


def outcome(cast: Cast, request: VoucherRequest, act: Act) -> tuple[str, str]:
    """Where an act leads; it is rolled back afterwards."""
    pk = request.pk
    with transaction.atomic():
        before = transaction.savepoint()
        with suppress(Refused):
            act(cast, request)
        request.pk = pk
        after = states(request)
        transaction.savepoint_rollback(before)
    return after


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_each_action_moves_request_and_line_as_the_table_says(cast: Cast, place: Place) -> None:
    request = VoucherRequest.objects.select_related("period").get(pk=place(cast).pk)
    here = states(request)
    found = {act.__name__: outcome(cast, request, act) for act in ACTS}
    expected = {act.__name__: MOVES.get((place.__name__, act.__name__), here) for act in ACTS}
    assert found == expected
