"""Providers, agreements, pools and periods: what may change, until when, by whom."""

from collections.abc import Callable
from datetime import date

import pytest

from accounts.models import WaitingAct
from accounts.second_person import acts
from common.refused import Refused, allowed
from conftest import Cast
from vouchers import policies
from vouchers.actions.hand_out import handing_out
from vouchers.actions.stock import pools
from vouchers.models import (
    Agreement,
    Alert,
    HandOut,
    Period,
    Pool,
    PoolExtension,
    Provider,
    PupilLine,
)
from vouchers.states import AlertKind, LineState
from vouchers.tests.factories import at, granted_request, load_codes, submitted_request

NOW = at(date(2020, 3, 11))


def test_the_ministry_sets_up_what_a_wave_needs(cast: Cast) -> None:
    provider = pools.set_up_provider(
        provider=Provider(slug="orange", name="Orange", start_url="https://o.example/"),
        by=cast.supervisor,
        now=NOW,
    )
    agreement = pools.set_up_agreement(
        agreement=Agreement(
            provider=provider, name="2020", starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31)
        ),
        by=cast.officer,
        now=NOW,
    )
    pool = pools.set_up_pool(
        pool=Pool(agreement=agreement, name="april", valid_until=date(2020, 9, 30)),
        by=cast.officer,
        now=NOW,
    )
    assert list(Pool.objects.filter(agreement__provider=provider)) == [pool]


@pytest.mark.parametrize(
    "act",
    [
        lambda cast, who: pools.set_up_provider(provider=cast.provider, by=who, now=NOW),
        lambda cast, who: pools.set_up_agreement(agreement=cast.pool.agreement, by=who, now=NOW),
        lambda cast, who: pools.set_up_pool(pool=cast.pool, by=who, now=NOW),
        lambda cast, who: pools.set_up_period(period=cast.period, by=who, now=NOW),
        lambda cast, who: pools.close_pool(pool=cast.pool, by=who, now=NOW),
        lambda cast, who: pools.close_period(period=cast.period, by=who, now=NOW),
        lambda cast, who: pools.extend_pool(
            pool=cast.pool, valid_until=date(2021, 1, 1), by=who, now=NOW
        ),
    ],
    ids=["provider", "agreement", "pool", "period", "close pool", "close period", "extend"],
)
def test_nobody_but_the_ministry(cast: Cast, act: Callable[..., object]) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            act(cast, person)
    act(cast, cast.supervisor)


def test_a_provider_is_changed_by_a_supervisor(cast: Cast) -> None:
    with pytest.raises(Refused, match="Alleen een leidinggevende") as refusal:
        pools.set_up_provider(provider=cast.provider, by=cast.officer, now=NOW)
    assert refusal.value.code == "supervisor-only"


def test_how_codes_compare_is_fixed_once_some_are_loaded(cast: Cast) -> None:
    cast.provider.case_matters = True
    pools.set_up_provider(provider=cast.provider, by=cast.supervisor, now=NOW)
    load_codes(cast.pool, by=cast.officer)
    cast.provider.name = "Telenet NV"
    pools.set_up_provider(provider=cast.provider, by=cast.supervisor, now=NOW)
    cast.provider.case_matters = False
    with pytest.raises(Refused, match="ligt nu vast"):
        pools.set_up_provider(provider=cast.provider, by=cast.supervisor, now=NOW)


def test_a_pool_with_codes_keeps_its_last_day_and_is_extended_instead(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    cast.pool.valid_until = date(2021, 6, 30)
    with pytest.raises(Refused, match="Verleng ze"):
        pools.set_up_pool(pool=cast.pool, by=cast.officer, now=NOW)
    pools.extend_pool(pool=cast.pool, valid_until=date(2021, 6, 30), by=cast.officer, now=NOW)
    found = Pool.objects.with_last_day().get(pk=cast.pool.pk)
    assert (found.valid_until, found.last_day) == (date(2020, 6, 30), date(2021, 6, 30))


def test_an_extension_is_longer_than_what_holds_already(cast: Cast) -> None:
    pools.extend_pool(pool=cast.pool, valid_until=date(2020, 9, 30), by=cast.officer, now=NOW)
    with pytest.raises(Refused, match=r"al geldig tot en met 30/09/2020"):
        pools.extend_pool(pool=cast.pool, valid_until=date(2020, 9, 30), by=cast.officer, now=NOW)
    assert PoolExtension.objects.count() == 1


def test_the_letters_of_a_period_stay_once_a_request_has_them(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    cast.period.name, cast.period.prefix = "Golf een", "X"
    with pytest.raises(Refused, match="Die letters"):
        pools.set_up_period(period=cast.period, by=cast.officer, now=NOW)


def test_changing_a_period_leaves_the_numbers_of_requests_alone(cast: Cast) -> None:
    stale = Period.objects.get(pk=cast.period.pk)
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    stale.name = "Golf een"
    pools.set_up_period(period=stale, by=cast.officer, now=NOW)
    found = Period.objects.get(pk=cast.period.pk)
    assert (found.name, found.last_number) == ("Golf een", 1)


def test_closing_a_period_closes_the_lines_that_wait(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )
    handing_out.hand_out(request=request, by=cast.officer, now=NOW, as_many_as_there_are=True)

    assert pools.close_period(period=cast.period, by=cast.officer, now=NOW) == 2

    states = PupilLine.objects.order_by("position").values_list("state", "closed_by")
    closed = (LineState.CLOSED, cast.officer.pk)
    assert list(states) == [(LineState.GRANTED, None), closed, closed]
    assert HandOut.objects.live().count() == 1
    with pytest.raises(Refused, match="al gesloten"):
        pools.close_period(period=cast.period, by=cast.officer, now=NOW)


def test_another_start_page_of_a_provider_is_an_alert(cast: Cast) -> None:
    """It is the QR code of every later letter; who changed it does not settle that (15.14)."""
    provider = Provider.objects.get(pk=cast.provider.pk)
    provider.name = "Telenet Groep"
    pools.set_up_provider(provider=provider, by=cast.supervisor, now=NOW)
    assert not Alert.objects.exists()
    before, provider.start_url = provider.start_url, "https://elders.example/"
    pools.set_up_provider(provider=provider, by=cast.supervisor, now=NOW)
    acts.let_go(act=WaitingAct.objects.get(), by=cast.administrator, now=NOW)
    alert = Alert.objects.get()
    assert (alert.kind, alert.about, alert.provider) == (
        AlertKind.START_PAGE_CHANGED,
        cast.supervisor,
        provider,
    )
    assert alert.data == {"before": before, "after": "https://elders.example/"}
    assert not allowed(policies.check_can_handle, cast.supervisor, alert)


def test_a_period_with_undecided_requests_stays_open(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    with pytest.raises(Refused, match="wacht nog 1 aanvraag op een beslissing"):
        pools.close_period(period=cast.period, by=cast.officer, now=NOW)


def test_a_closed_period_does_not_change_any_more(cast: Cast) -> None:
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="gesloten en verandert niet meer"):
        pools.set_up_period(period=cast.period, by=cast.officer, now=NOW)


def test_a_form_opened_before_a_pool_was_closed_does_not_open_it_again(cast: Cast) -> None:
    opened_before = Pool.objects.get(pk=cast.pool.pk)
    pools.close_pool(pool=cast.pool, by=cast.officer, now=NOW)
    opened_before.name = "april"
    pools.set_up_pool(pool=opened_before, by=cast.officer, now=NOW)
    saved = Pool.objects.get(pk=cast.pool.pk)
    assert (saved.name, saved.closed_at) == ("april", NOW)


def test_the_days_of_the_report_stay_once_somebody_asked(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    cast.period.refresh_from_db()
    cast.period.reports_until = date(2020, 6, 30)
    with pytest.raises(Refused, match="De dagen van het rapport liggen nu vast"):
        pools.set_up_period(period=cast.period, by=cast.officer, now=NOW)
