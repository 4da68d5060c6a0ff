"""Nobody rotates keys alone."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import override_settings

from accounts.models import User, WaitingAct
from accounts.second_person import acts
from common.refused import Refused
from conftest import Cast
from vouchers.actions.upkeep import rotation_agreed
from vouchers.tests.factories import at

NOW = at(date(2020, 3, 11))


def test_the_command_asks_and_a_second_person_lets_it_go(cast: Cast) -> None:
    assert cast.supervisor
    assert not rotation_agreed.is_agreed(by=cast.administrator, now=NOW)
    act = WaitingAct.objects.get()
    with pytest.raises(Refused, match="Je vroeg dit zelf"):
        acts.let_go(act=act, by=cast.administrator, now=NOW)
    assert not rotation_agreed.is_agreed(by=cast.administrator, now=NOW)
    assert WaitingAct.objects.count() == 1
    acts.let_go(act=act, by=cast.supervisor, now=NOW)
    assert rotation_agreed.is_agreed(by=cast.administrator, now=NOW)
    assert not rotation_agreed.is_agreed(by=cast.administrator, now=NOW + timedelta(days=8))


def test_it_is_agreed_for_who_asked_only(cast: Cast) -> None:
    other = User.objects.create_superuser(email="root@example.org", name="Root")
    assert not rotation_agreed.is_agreed(by=cast.administrator, now=NOW)
    acts.let_go(act=WaitingAct.objects.get(), by=other, now=NOW)
    assert not rotation_agreed.is_agreed(by=other, now=NOW)


def test_it_is_agreed_for_the_keys_that_were_shown(cast: Cast) -> None:
    assert cast.supervisor
    rotation_agreed.is_agreed(by=cast.administrator, now=NOW)
    acts.let_go(act=WaitingAct.objects.get(), by=cast.supervisor, now=NOW)
    with override_settings(VOUCHER_KEYS={"quite-new": b"x" * 32, **settings.VOUCHER_KEYS}):
        assert not rotation_agreed.is_agreed(by=cast.administrator, now=NOW)


def test_an_officer_does_not_ask_it(cast: Cast) -> None:
    with pytest.raises(Refused, match="Alleen een beheerder"):
        rotation_agreed.is_agreed(by=cast.officer, now=NOW)
