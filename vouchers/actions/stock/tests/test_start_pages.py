"""The start page of a provider is changed by two (finding 15.14)."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import WaitingAct
from accounts.second_person import acts
from common.refused import Refused
from conftest import Cast, SignIn
from vouchers.actions.stock import pools
from vouchers.models import Provider
from vouchers.tests.factories import at

NOW = at(date(2020, 3, 11))
EVIL = "https://evil.example/"


def changed(cast: Cast) -> WaitingAct:
    """A supervisor typed another address, and another name."""
    stale = Provider.objects.get(pk=cast.provider.pk)
    stale.start_url, stale.name = EVIL, "Telenet NV"
    pools.set_up_provider(provider=stale, by=cast.supervisor, now=NOW)
    return WaitingAct.objects.open().get()


def test_the_rest_is_saved_and_the_address_waits(cast: Cast) -> None:
    before = cast.provider.start_url
    act = changed(cast)
    cast.provider.refresh_from_db()
    assert (cast.provider.name, cast.provider.start_url) == ("Telenet NV", before)
    with pytest.raises(Refused, match="Je vroeg dit zelf"):
        acts.let_go(act=act, by=cast.supervisor, now=NOW)
    with pytest.raises(Refused):
        acts.let_go(act=act, by=cast.officer, now=NOW)
    acts.let_go(act=act, by=cast.administrator, now=NOW)
    cast.provider.refresh_from_db()
    assert cast.provider.start_url == EVIL


def test_undoing_brings_the_old_address_back_at_once(cast: Cast) -> None:
    before = cast.provider.start_url
    act = changed(cast)
    acts.let_go(act=act, by=cast.administrator, now=NOW)
    acts.undo(act=act, by=cast.supervisor, now=NOW)
    cast.provider.refresh_from_db()
    assert cast.provider.start_url == before


def test_an_address_that_changed_since_is_not_put_back(cast: Cast) -> None:
    act = changed(cast)
    acts.let_go(act=act, by=cast.administrator, now=NOW)
    Provider.objects.filter(pk=cast.provider.pk).update(start_url="https://third.example/")
    with pytest.raises(Refused) as refusal:
        acts.undo(act=act, by=cast.supervisor, now=NOW)
    assert refusal.value.code == "start-page-changed-since"


def test_the_page_says_that_it_waits(cast: Cast, as_user: SignIn) -> None:
    changed(cast)
    page = as_user(cast.officer).get(reverse("ministry_providers")).content.decode()
    assert "Andere startpagina: wacht op een tweede" in page
    assert EVIL not in page
