"""Looking up a code that somebody reads out: found by its fingerprint, recorded, not guessed."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.conf import settings

from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.stock import lookups, voiding
from vouchers.actions.stock.voiding import Listed
from vouchers.models import Alert, CodeLookup, ListRead, Voucher
from vouchers.states import AlertKind
from vouchers.tests.factories import at, code_csv, load_codes
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


# Lists (finding 6): the same question, asked of thousands at once


def listed(cast: Cast, *codes: str, now: datetime = NOW) -> Listed:
    """The officer reads a list of these codes."""
    content = code_csv(list(codes))
    return voiding.read_list(provider=cast.provider, content=content, by=cast.officer, now=now)


def reads() -> list[tuple[int, int, int, bool]]:
    """What is kept of the lists: rows, found, unknown, refused."""
    found = ListRead.objects.order_by("pk")
    return list(found.values_list("rows", "found", "unknown", "refused"))


@pytest.fixture
def stock(cast: Cast) -> list[str]:
    """Twenty codes that the provider delivered."""
    made = [f"AAAA-{n:04d}" for n in range(20)]
    load_codes(cast.pool, by=cast.officer, codes=made)
    return made


def test_a_list_of_guesses_is_refused_without_a_number_and_recorded(
    cast: Cast, stock: list[str]
) -> None:
    """Whether one of them exists is not told; that this person asked is kept, and alerts."""
    guesses = [f"ZZZZ-{n:04d}" for n in range(100)]
    sentences: list[str] = []
    for content in (guesses, [*guesses, stock[0]]):
        with pytest.raises(Refused) as refused:
            listed(cast, *content, now=NOW + len(sentences) * timedelta(hours=2))
        assert refused.value.code == "list-unknown"
        sentences.append(refused.value.message)
    assert sentences[0] == sentences[1]
    assert reads() == [(100, 0, 100, True), (101, 1, 100, True)]
    assert ListRead.objects.filter(read_by=cast.officer, provider=cast.provider).count() == 2
    written = Alert.objects.values_list("kind", "about", "data")
    assert list(written) == [(AlertKind.LOOKED_UP_OFTEN, cast.officer.pk, {"codes": 100})]


def test_one_mistake_in_twenty_is_told_with_its_line(cast: Cast, stock: list[str]) -> None:
    found = listed(cast, *stock, "ZZZZ-9999")
    assert (len(found.vouchers), [each.line for each in found.left_out]) == (20, [22])
    with pytest.raises(Refused, match="Te veel codes in deze lijst"):
        listed(cast, *stock[:-2], "ZZZZ-9999")
    assert reads() == [(21, 20, 1, False), (19, 18, 1, True)]
    assert not Alert.objects.exists()


def test_what_lists_asked_in_vain_counts_with_what_was_typed(cast: Cast, stock: list[str]) -> None:
    looked_up(cast, LIMITS["unknown_codes"] - 1)
    listed(cast, *stock, "ZZZZ-9998")
    assert not Alert.objects.exists()
    lookups.look_up(provider=cast.provider, code="ZZZZ", by=cast.officer, now=NOW)
    assert Alert.objects.get().data == {"codes": 11}


def test_after_many_unknown_ones_neither_way_answers_for_an_hour(
    cast: Cast, stock: list[str]
) -> None:
    with pytest.raises(Refused, match="Te veel"):
        listed(cast, *[f"ZZZZ-{n:04d}" for n in range(LIMITS["look_ups_an_hour"])])
    later = NOW + timedelta(minutes=59)
    with pytest.raises(Refused, match="30 codes"):
        listed(cast, *stock, now=later)
    with pytest.raises(Refused, match="30 codes"):
        lookups.look_up(provider=cast.provider, code=stock[0], by=cast.officer, now=later)
    assert len(listed(cast, *stock, now=NOW + timedelta(hours=1)).vouchers) == 20
    assert len(reads()) == 2


def test_codes_that_a_list_finds_count_against_no_limit(cast: Cast, stock: list[str]) -> None:
    for _time in range(3):
        listed(cast, *stock)
    assert lookups.look_up(provider=cast.provider, code=stock[0], by=cast.officer, now=NOW)


def test_only_the_ministry_reads_a_list(cast: Cast, stock: list[str]) -> None:
    with pytest.raises(Refused, match="Alleen het ministerie"):
        voiding.read_list(
            provider=cast.provider, content=code_csv(stock), by=cast.provider_user, now=NOW
        )
    assert reads() == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_pass_the_limit_together(cast: Cast) -> None:
    looked_up(cast, LIMITS["look_ups_an_hour"] - 1)
    look = partial(lookups.look_up, provider=cast.provider, code="ZZZZ", by=cast.officer, now=NOW)
    assert [type(each) for each in at_once([look, look])] == [Refused]
