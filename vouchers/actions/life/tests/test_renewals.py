"""Renewal of activated codes: asked, passed on, on the provider's list, confirmed or refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from common.refused import Refused
from conftest import Cast
from vouchers.actions.life import lifecycle, renewals
from vouchers.actions.stock import pools
from vouchers.models import HandOut, Renewal, Reveal, Voucher
from vouchers.states import Channel, RenewalRule, RenewalState, VoidReason
from vouchers.tests.factories import (
    at,
    code_of,
    handed_out,
    load_codes,
    make_pool,
    report_activations,
    reveal,
)
from vouchers.tests.races import while_held

ASKED = at(date(2020, 6, 2))
TAKEN = at(date(2020, 6, 3))
DONE = at(date(2020, 6, 10))
LATER = date(2021, 6, 30)
NATIONAL = "93.05.18-223.61"


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Three codes with three pupils, the first two in use."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3"])
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )
    report_activations(found[:2], on=date(2020, 4, 10), by=cast.provider_user)
    return found


def ask(cast: Cast, *hand_outs: HandOut) -> renewals.Asked:
    return renewals.ask(hand_outs=[h.pk for h in hand_outs], by=cast.coordinator, now=ASKED)


def set_rule(cast: Cast, rule: RenewalRule) -> None:
    cast.pool.renewal_rule = rule
    cast.pool.save()


def states() -> list[str]:
    return list(Renewal.objects.order_by("id").values_list("state", flat=True))


def ids() -> list[int]:
    return list(Renewal.objects.order_by("id").values_list("pk", flat=True))


def take(cast: Cast) -> list[renewals.ToRenew]:
    return renewals.take_list(provider=cast.provider, by=cast.provider_user, now=TAKEN).rows


def confirm(cast: Cast, **options: Any) -> int:
    """The provider's person confirms everything on the list."""
    fields: dict[str, Any] = {
        "renewals": ids(), "on": date(2020, 6, 9), "valid_until": LATER,
        "by": cast.provider_user, "now": DONE,
    } | options  # fmt: skip
    return renewals.confirm(**fields)


def test_on_simple_request_it_goes_straight_to_the_provider(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    result = ask(cast, *hand_outs)
    assert (result.passed, result.asked) == (2, 0)
    assert result.refused == [
        (hand_outs[2].pk, "Deze code is nog niet gebruikt. Verlengen kan pas daarna.")
    ]
    assert states() == [RenewalState.PASSED] * 2


def test_where_an_officer_decides_it_waits_for_one(cast: Cast, hand_outs: list[HandOut]) -> None:
    set_rule(cast, RenewalRule.BY_OFFICER)
    result = ask(cast, *hand_outs[:2])
    assert (result.passed, result.asked, result.refused) == (0, 2, [])
    assert renewals.pass_on(renewals=ids()[:1], by=cast.officer, now=ASKED) == 1
    refused = renewals.refuse(
        renewals=ids()[1:], reason="De school sluit.", by=cast.officer, now=ASKED
    )
    assert (refused, states()) == (1, [RenewalState.PASSED, RenewalState.REFUSED])
    assert renewals.pass_on(renewals=ids(), by=cast.officer, now=ASKED) == 0


def test_what_cannot_be_renewed_says_why(cast: Cast, hand_outs: list[HandOut]) -> None:
    first, second, _third = hand_outs
    ask(cast, first)
    load_codes(cast.other_pool, by=cast.officer, codes=["XY-1"])
    reveal([second], by=cast.coordinator, now=ASKED)
    lifecycle.replace(hand_out=second, by=cast.officer, now=ASKED, reason=VoidReason.FAULTY)
    assert ask(cast, first, second, first).refused == [
        (first.pk, "De verlenging van deze code is al gevraagd."),
        (second.pk, "Deze code is niet meer bij deze leerling."),
    ]


def test_a_pool_whose_codes_are_never_renewed(cast: Cast, hand_outs: list[HandOut]) -> None:
    set_rule(cast, RenewalRule.NEVER)
    assert ask(cast, hand_outs[0]).refused == [
        (hand_outs[0].pk, "Codes uit deze voorraad worden niet verlengd. Vraag een nieuwe code.")
    ]


@pytest.mark.parametrize("who", ["other_coordinator", "officer", "provider_user"])
def test_only_the_own_organisation_asks(cast: Cast, hand_outs: list[HandOut], who: str) -> None:
    with pytest.raises(Refused):
        renewals.ask(hand_outs=[hand_outs[0].pk], by=getattr(cast, who), now=ASKED)
    assert states() == []


def test_the_list_holds_the_codes_and_every_reveal_is_recorded(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ask(cast, *hand_outs[:2])
    assert take(cast) == [
        renewals.ToRenew(pk, code_of(hand_out), "maart", date(2020, 6, 2), date(2020, 6, 30))
        for pk, hand_out in zip(ids(), hand_outs, strict=False)
    ]
    assert states() == [RenewalState.SENT] * 2
    again = take(cast)
    assert len(again) == 2
    written: list[tuple[object, ...]] = list(
        Reveal.objects.order_by("id").values_list(
            "hand_out", "channel", "revealed_to", "provider", "organisation", "revealed_at"
        )
    )
    assert written == 2 * [
        (h.pk, Channel.RENEWAL_LIST.value, cast.provider_user.pk, cast.provider.pk, None, TAKEN)
        for h in hand_outs[:2]
    ]


@pytest.mark.parametrize("who", ["other_provider_user", "officer", "administrator", "coordinator"])
def test_only_the_provider_takes_its_list(cast: Cast, hand_outs: list[HandOut], who: str) -> None:
    ask(cast, hand_outs[0])
    with pytest.raises(Refused):
        renewals.take_list(provider=cast.provider, by=getattr(cast, who), now=TAKEN)
    assert (states(), Reveal.objects.count()) == ([RenewalState.PASSED], 0)


def test_the_list_of_another_provider_is_empty(cast: Cast, hand_outs: list[HandOut]) -> None:
    ask(cast, hand_outs[0])
    other = renewals.take_list(provider=cast.other_provider, by=cast.other_provider_user, now=TAKEN)
    assert (other.rows, other.unreadable) == ([], 0)


def lose_key(voucher: Voucher) -> None:
    """Take the key of this code out of the ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_voucher SET key_id = 'weg', secret = secret || 'x' WHERE id = %s",
            [voucher.pk],
        )


def test_a_code_that_cannot_be_read_blocks_no_other(cast: Cast, hand_outs: list[HandOut]) -> None:
    ask(cast, *hand_outs[:2])
    lose_key(hand_outs[0].voucher)
    taken = renewals.take_list(provider=cast.provider, by=cast.provider_user, now=TAKEN)
    assert ([row.code for row in taken.rows], taken.unreadable) == ([code_of(hand_outs[1])], 1)
    assert states() == [RenewalState.PASSED, RenewalState.SENT]
    assert list(Reveal.objects.values_list("hand_out", flat=True)) == [hand_outs[1].pk]


def test_the_code_is_on_the_list_after_its_column_got_another_name(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ask(cast, hand_outs[0])
    cast.provider.code_column = "bon"  # not saved: the database refuses it once codes are loaded
    assert [row.code for row in take(cast)] == [code_of(hand_outs[0])]


def test_who_has_a_code_that_works_is_the_same_for_a_list_as_by_its_last_day(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    """`works_on` looks at pools and renewals, `last_day` at each code."""
    ask(cast, *hand_outs[:2])
    take(cast)
    confirm(cast)
    extended = LATER - timedelta(days=10)
    pools.extend_pool(pool=cast.pool, valid_until=extended, by=cast.officer, now=DONE)
    rows = list(HandOut.objects.with_last_day())
    for last in (date(2020, 6, 30), extended, LATER):
        for day in (last, last + timedelta(days=1)):
            slow = {each.pk for each in rows if each.last_day >= day}
            assert set(HandOut.objects.working_on(day).values_list("pk", flat=True)) == slow
    assert {each.last_day for each in rows} == {extended, LATER}


def test_confirming_moves_the_validity(cast: Cast, hand_outs: list[HandOut]) -> None:
    ask(cast, *hand_outs[:2])
    take(cast)
    assert confirm(cast) == 2
    renewal = Renewal.objects.order_by("id")[0]
    assert (renewal.on, renewal.valid_until, renewal.confirmed_at) == (
        date(2020, 6, 9), LATER, DONE,
    )  # fmt: skip
    days = [each.last_day for each in HandOut.objects.with_last_day().order_by("id")]
    assert days == [LATER, LATER, date(2020, 6, 30)]
    assert confirm(cast) == 0


def test_only_what_was_on_the_list_is_confirmed(cast: Cast, hand_outs: list[HandOut]) -> None:
    ask(cast, hand_outs[0])
    take(cast)
    ask(cast, hand_outs[1])
    assert confirm(cast) == 1
    assert states() == [RenewalState.CONFIRMED, RenewalState.PASSED]


@pytest.mark.parametrize(
    ("days", "field", "sentence"),
    [
        (
            {"on": date(2020, 6, 11)},
            "on",
            "Deze dag moet nog komen. Kies de dag waarop je verlengde.",
        ),
        (
            {"on": date(2020, 6, 1)},
            "on",
            "Minstens één van deze verlengingen is pas gevraagd op 2 juni 2020. Kies die dag of "
            "later.",
        ),
        (
            {"valid_until": date(2020, 6, 30)},
            "valid_until",
            "Minstens één van deze codes is al geldig tot en met 30 juni 2020. Kies een latere "
            "dag.",
        ),
    ],
)
def test_a_day_that_cannot_be_right_is_refused_beside_its_field(
    cast: Cast, hand_outs: list[HandOut], days: dict[str, date], field: str, sentence: str
) -> None:
    ask(cast, hand_outs[0])
    take(cast)
    with pytest.raises(Refused) as refused:
        confirm(cast, **days)
    assert (refused.value.field, refused.value.message) == (field, sentence)
    assert states() == [RenewalState.SENT]


def test_the_provider_refuses_with_a_reason_and_the_school_may_ask_again(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ask(cast, hand_outs[0])
    take(cast)
    with pytest.raises(Refused, match="Zeg waarom"):
        renewals.refuse_by_provider(renewals=ids(), reason="  ", by=cast.provider_user, now=DONE)
    renewals.refuse_by_provider(
        renewals=ids(), reason="Toestel onbekend.", by=cast.provider_user, now=DONE
    )
    assert Renewal.objects.get().reason == "Toestel onbekend."
    assert ask(cast, hand_outs[0]).passed == 1


def test_a_reason_with_a_national_number_is_not_kept(cast: Cast, hand_outs: list[HandOut]) -> None:
    set_rule(cast, RenewalRule.BY_OFFICER)
    ask(cast, hand_outs[0])
    reason = f"Leerling {NATIONAL} is verhuisd."
    for act, by in (
        (renewals.refuse, cast.officer),
        (renewals.refuse_by_provider, cast.provider_user),
    ):
        with pytest.raises(Refused, match="staat een rijksregisternummer") as refused:
            act(renewals=ids(), reason=reason, by=by, now=DONE)
        assert refused.value.field == "reason"
        renewals.pass_on(renewals=ids(), by=cast.officer, now=DONE)
    assert states() == [RenewalState.PASSED]


@pytest.mark.parametrize("who", ["other_provider_user", "officer", "coordinator"])
def test_others_neither_confirm_nor_refuse(cast: Cast, hand_outs: list[HandOut], who: str) -> None:
    ask(cast, hand_outs[0])
    take(cast)
    with pytest.raises(Refused):
        confirm(cast, by=getattr(cast, who))
    with pytest.raises(Refused):
        renewals.refuse_by_provider(renewals=ids(), reason="x", by=getattr(cast, who), now=DONE)
    assert states() == [RenewalState.SENT]


@pytest.mark.parametrize("who", ["provider_user", "coordinator"])
def test_only_the_ministry_passes_on_and_refuses(
    cast: Cast, hand_outs: list[HandOut], who: str
) -> None:
    set_rule(cast, RenewalRule.BY_OFFICER)
    ask(cast, hand_outs[0])
    with pytest.raises(Refused):
        renewals.pass_on(renewals=ids(), by=getattr(cast, who), now=TAKEN)
    with pytest.raises(Refused):
        renewals.refuse(renewals=ids(), reason="x", by=getattr(cast, who), now=TAKEN)


def test_codes_of_several_pools_each_follow_their_own_rule(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    slow = make_pool(cast.provider, name="april", renewal_rule=RenewalRule.BY_OFFICER)
    load_codes(slow, by=cast.officer, codes=["CD-1"])
    other = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=1
    )
    report_activations(other, on=date(2020, 4, 11), by=cast.provider_user)
    result = ask(cast, hand_outs[0], *other)
    assert (result.passed, result.asked) == (1, 1)


def end_of_the_second(cast: Cast, hand_out: HandOut) -> object:
    """How asking ends for a code whose renewal another person is asking for at that moment."""

    def ask_first() -> None:
        assert ask(cast, hand_out).passed == 1

    def ask_too() -> list[str]:
        return [sentence for _pk, sentence in ask(cast, hand_out).refused]

    end = while_held(ask_first, ask_too)
    assert states() == [RenewalState.PASSED]
    return end


@pytest.mark.django_db(transaction=True)
def test_the_second_who_asks_waits_and_is_told(cast: Cast, hand_outs: list[HandOut]) -> None:
    assert end_of_the_second(cast, hand_outs[0]) == ["De verlenging van deze code is al gevraagd."]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_database_stops_the_second(
    cast: Cast, hand_outs: list[HandOut], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewals, "lock_hand_outs", lambda ids: None)
    assert type(end_of_the_second(cast, hand_outs[0])) is IntegrityError
