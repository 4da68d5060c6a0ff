"""Looking up a code that somebody reads out: found by its fingerprint, recorded, not guessed."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.conf import settings

from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.stock import lookups
from vouchers.models import Alert, CodeLookup, Voucher
from vouchers.states import AlertKind
from vouchers.tests.factories import at, load_codes
from vouchers.tests.races import at_once

NOW = at(date(2020, 3, 20))
LIMITS = settings.WATCH_LIMITS


@pytest.fixture
def code(cast: Cast) -> Voucher:
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1111"])
    return Voucher.objects.get()


@pytest.mark.parametrize("typed", ["AAAA-1111", "aaaa 1111", " AAAA1111 "])
def test_a_code_is_found_as_its_provider_compares_it(cast: Cast, code: Voucher, typed: str) -> None:
    found = lookups.look_up(provider=cast.provider, code=typed, by=cast.officer, now=NOW)
    assert found == code


@pytest.mark.parametrize("typed", ["AAAA-1112", "--", "pw-AAAA-1111"])
def test_what_is_no_code_is_not_found(cast: Cast, code: Voucher, typed: str) -> None:
    assert lookups.look_up(provider=cast.provider, code=typed, by=cast.officer, now=NOW) is None


def test_a_code_of_another_provider_is_not_found(cast: Cast, code: Voucher) -> None:
    found = lookups.look_up(
        provider=cast.other_provider, code="AAAA-1111", by=cast.officer, now=NOW
    )
    assert found is None


def test_each_look_up_is_recorded_without_what_was_typed(cast: Cast, code: Voucher) -> None:
    for typed in ("AAAA-1111", "ZZZZ-9999"):
        lookups.look_up(provider=cast.provider, code=typed, by=cast.officer, now=NOW)
    written = CodeLookup.objects.order_by("pk").values_list(
        "voucher", "provider", "looked_up_by", "looked_up_at"
    )
    assert list(written) == [
        (code.pk, cast.provider.pk, cast.officer.pk, NOW),
        (None, cast.provider.pk, cast.officer.pk, NOW),
    ]
    history = str(list(HistoryEvent.objects.values_list("data", "reason", "origin")))
    assert "1111" not in history
    assert "9999" not in history


def test_only_the_ministry_looks_up(cast: Cast, code: Voucher) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            lookups.look_up(provider=cast.provider, code="AAAA-1111", by=person, now=NOW)
    assert CodeLookup.objects.count() == 0


def looked_up(cast: Cast, count: int, **fields: object) -> None:
    """This many look-ups by the officer before this one."""
    CodeLookup.objects.bulk_create(
        CodeLookup(
            **{"provider": cast.provider, "looked_up_at": NOW, "looked_up_by": cast.officer}
            | fields
        )
        for _ in range(count)
    )


def test_more_than_thirty_in_an_hour_are_refused(cast: Cast, code: Voucher) -> None:
    look = partial(lookups.look_up, provider=cast.provider, code="AAAA-1111", by=cast.officer)
    looked_up(cast, LIMITS["look_ups_an_hour"] - 1, voucher=code)
    assert look(now=NOW) == code
    with pytest.raises(Refused, match="30 codes"):
        look(now=NOW + timedelta(minutes=59))
    assert look(now=NOW + timedelta(minutes=60)) == code
    other = lookups.look_up(
        provider=cast.provider, code="AAAA-1111", by=cast.administrator, now=NOW
    )
    assert other == code


def test_more_than_ten_unknown_codes_in_a_day_raise_an_alert(cast: Cast, code: Voucher) -> None:
    look = partial(lookups.look_up, provider=cast.provider, by=cast.officer)
    looked_up(cast, LIMITS["unknown_codes"] - 1)
    look(code="ZZZZ", now=NOW)
    look(code="AAAA-1111", now=NOW)
    assert Alert.objects.count() == 0
    look(code="ZZZZ", now=NOW + timedelta(hours=23))
    look(code="ZZZZ", now=NOW + timedelta(hours=23))
    written = Alert.objects.values_list("kind", "about", "data")
    assert list(written) == [(AlertKind.LOOKED_UP_OFTEN, cast.officer.pk, {"codes": 11})]


def test_unknown_codes_of_yesterday_count_no_more(cast: Cast) -> None:
    looked_up(cast, LIMITS["unknown_codes"])
    lookups.look_up(
        provider=cast.provider, code="ZZZZ", by=cast.officer, now=NOW + timedelta(hours=24)
    )
    assert Alert.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_pass_the_limit_together(cast: Cast) -> None:
    looked_up(cast, LIMITS["look_ups_an_hour"] - 1)
    look = partial(lookups.look_up, provider=cast.provider, code="ZZZZ", by=cast.officer, now=NOW)
    assert [type(each) for each in at_once([look, look])] == [Refused]
