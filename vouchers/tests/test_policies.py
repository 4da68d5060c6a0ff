"""Who may do what, in which state: every role, own and other, against a literal table."""

from collections.abc import Callable

import pytest

from accounts.models import User
from common.refused import Refused, allowed
from conftest import Cast
from vouchers import policies
from vouchers.models import VoucherRequest
from vouchers.states import RequestState
from vouchers.tests.factories import make_request

Check = Callable[[User, VoucherRequest], None]

DRAFT, SUBMITTED, RETURNED, DECIDED, WITHDRAWN = RequestState
ASKER = frozenset({"coordinator"})
MINISTRY = frozenset({"officer", "administrator"})
PEOPLE = (
    "coordinator", "other_coordinator", "officer", "administrator", "provider_user",
    "other_provider_user",
)  # fmt: skip
# Which people, in which states.
REQUESTS: dict[Check, tuple[frozenset[str], set[RequestState]]] = {
    policies.check_can_edit: (ASKER, {DRAFT, RETURNED}),
    policies.check_can_submit: (ASKER, {DRAFT, RETURNED}),
    policies.check_can_withdraw: (ASKER, {SUBMITTED, RETURNED}),
    policies.check_can_throw_away: (ASKER, {DRAFT}),
    policies.check_can_decide: (MINISTRY, {SUBMITTED}),
    policies.check_can_return: (MINISTRY, {SUBMITTED}),
    policies.check_can_undo_decision: (MINISTRY, {DECIDED}),
}


@pytest.mark.parametrize("check", REQUESTS, ids=lambda check: check.__name__)
def test_a_request_is_for_its_people_in_its_states(cast: Cast, check: Check) -> None:
    request = make_request(cast.school, cast.period, by=cast.coordinator)
    may = set()
    for state in RequestState:
        request.state = state
        may |= {(name, state) for name in PEOPLE if allowed(check, getattr(cast, name), request)}
    people, states = REQUESTS[check]
    assert may == {(name, state) for name in people for state in states}


def test_who_left_the_organisation_may_nothing_any_more(cast: Cast) -> None:
    request = make_request(cast.school, cast.period, by=cast.coordinator)
    cast.coordinator.memberships.all().delete()
    assert not any(allowed(check, cast.coordinator, request) for check in REQUESTS)


def test_a_refusal_names_the_request_and_its_way_out(cast: Cast) -> None:
    request = make_request(cast.school, cast.period, by=cast.coordinator)
    request.state = RequestState.SUBMITTED
    with pytest.raises(Refused) as caught:
        policies.check_can_edit(cast.coordinator, request)
    sentence = "Aanvraag G1-00001 is al verstuurd. Je kan ze niet meer aanpassen."
    assert caught.value.message == sentence
