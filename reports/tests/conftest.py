"""What tests of the report pages start from."""

from datetime import date

import pytest
from django.test import Client

from conftest import Cast, SignIn
from vouchers.tests.factories import handed_out, load_codes, report_activations, submitted_request


@pytest.fixture
def officer(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def one_active_of_four(cast: Cast) -> None:
    """The own school has four codes, one of which came into use on 20 March."""
    load_codes(cast.pool, by=cast.officer, codes=4)
    hand_outs = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=4
    )
    report_activations(hand_outs[:1], on=date(2020, 3, 20), by=cast.provider_user)


@pytest.fixture
def figures(cast: Cast, one_active_of_four: None) -> None:
    """The same, and the other school asked for two pupils."""
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator, references=2)
