"""Codes that are shown: to whom, what is written down, and nothing without the other."""

import ast
import io
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typst
from django.conf import settings
from django.db import connection, transaction
from pypdf import PdfReader

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from schools.tests.factories import make_school
from vouchers.actions.life import lifecycle, reveals
from vouchers.actions.life.reveals import print_letters
from vouchers.codes import CodeUnreadable
from vouchers.letters import LettersFailed
from vouchers.models import HandOut, Reveal, Voucher
from vouchers.states import Channel
from vouchers.tests.factories import (
    at,
    handed_out,
    load_codes,
    make_period,
    make_pool,
    make_provider,
    reveal,
)
from vouchers.tests.races import at_once

PRINTED = at(date(2020, 3, 12))
LATER = at(date(2020, 3, 13))


def of_cast(cast: Cast, n: int = 2) -> list[HandOut]:
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=n
    )


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes of Telenet with the own school."""
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1111", "BBBB-2222", "CCCC-3333"])
    return of_cast(cast)


def lose_key(voucher: Voucher) -> None:
    """Take the key of this code out of the ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_voucher SET key_id = 'weg', secret = secret || 'x' WHERE id = %s",
            [voucher.pk],
        )


def nothing_is_recorded() -> bool:
    """Whether no code was seen, by the rows of reveals and by the hand-outs."""
    return not (Reveal.objects.exists() or HandOut.objects.exclude(revealed_at=None).exists())


def test_reveal_gives_the_codes_as_delivered_in_the_order_asked(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first, second = hand_outs
    found = reveal([second, first], by=cast.coordinator, now=PRINTED)
    assert [each.fields for each in found] == [
        {"code": "BBBB-2222", "wachtwoord": "pw-BBBB-2222"},
        {"code": "AAAA-1111", "wachtwoord": "pw-AAAA-1111"},
    ]
    assert [each.hand_out.revealed_at for each in found] == [PRINTED, PRINTED]


def test_a_revealed_code_is_not_in_its_repr(cast: Cast, hand_outs: list[HandOut]) -> None:
    found = reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    assert "AAAA" not in repr(found)


def test_the_first_reveal_stays_and_each_one_is_recorded(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first, second = hand_outs
    reveal([first], by=cast.coordinator, now=PRINTED)
    reveal([first, second], by=cast.coordinator, now=LATER)
    moments = HandOut.objects.order_by("pk").values_list("revealed_at", flat=True)
    assert list(moments) == [PRINTED, LATER]
    written = Reveal.objects.order_by("pk").values_list(
        "hand_out", "voucher", "channel", "revealed_at", "revealed_to", "organisation", "provider"
    )
    to = (Channel.LETTER, cast.coordinator.pk, cast.school.pk, None)
    expected: list[Any] = [
        (each.pk, each.voucher_id, to[0], moment, *to[1:])
        for each, moment in [(first, PRINTED), (first, LATER), (second, LATER)]
    ]
    assert list(written) == expected


def test_what_is_shown_is_what_is_marked(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Failure 7: a hand-out comes and another ends while somebody looks at the page."""
    ticked = list(hand_outs)
    lifecycle.reclaim(hand_outs=[ticked[0].pk], by=cast.officer, now=PRINTED)
    of_cast(cast, 1)
    shown = reveal(ticked, by=cast.coordinator, now=LATER)
    assert [each.hand_out for each in shown] == [ticked[1]]
    assert list(HandOut.objects.exclude(revealed_at=None)) == [ticked[1]]
    assert list(Reveal.objects.values_list("hand_out", flat=True)) == [ticked[1].pk]


def test_only_the_own_organisation_reveals(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Rule 4: nobody at the ministry, no other school, no provider."""
    others = [cast.other_coordinator, cast.officer, cast.administrator, cast.provider_user]
    for person in others:
        with pytest.raises(Refused, match="Alleen de organisatie"):
            reveal(hand_outs, by=person, now=PRINTED)
    assert Reveal.objects.count() == 0
    assert HandOut.objects.filter(revealed_at=None).count() == 2


@pytest.mark.parametrize("channel", sorted(reveals.TO_PROVIDER))
def test_what_leads_to_the_provider_shows_an_organisation_nothing(
    cast: Cast, hand_outs: list[HandOut], channel: Channel
) -> None:
    ids = [each.pk for each in hand_outs]
    with pytest.raises(ValueError, match="does not lead to an organisation"):
        reveals.reveal(hand_outs=ids, by=cast.coordinator, now=PRINTED, channel=channel)
    assert nothing_is_recorded()


def test_one_code_of_another_organisation_reveals_none(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    theirs = handed_out(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer
    )
    with pytest.raises(Refused):
        reveal([*hand_outs, *theirs], by=cast.coordinator, now=PRINTED)
    assert Reveal.objects.count() == 0


def test_history_of_a_reveal_holds_no_code(cast: Cast, hand_outs: list[HandOut]) -> None:
    reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    written = str(list(HistoryEvent.objects.values_list("data", "reason")))
    assert "AAAA" not in written
    assert "pw-" not in written


def test_one_code_that_cannot_be_read_reveals_none(cast: Cast, hand_outs: list[HandOut]) -> None:
    lose_key(hand_outs[1].voucher)
    with pytest.raises(CodeUnreadable):
        reveal(hand_outs, by=cast.coordinator, now=PRINTED)
    assert nothing_is_recorded()


@pytest.mark.parametrize("channel", list(Channel))
def test_each_channel_goes_to_one_party(
    cast: Cast, hand_outs: list[HandOut], channel: Channel
) -> None:
    """The provider that delivered it gets receipts and renewals, the asker everything else."""
    to_provider = channel in {Channel.RECEIPT, Channel.RENEWAL_LIST}
    by = cast.provider_user if to_provider else cast.coordinator
    reveals.record_and_open(hand_outs[:1], channel=channel, by=by, now=PRINTED)
    written = Reveal.objects.values_list("channel", "organisation", "provider", "revealed_to").get()
    party = (None, cast.provider.pk) if to_provider else (cast.school.pk, None)
    assert written == (channel, *party, by.pk)


# Letters


def test_printed_letters_hold_the_codes_that_are_recorded_in_the_order_asked(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first, second = hand_outs
    pdf = print_letters(hand_outs=[second.pk, first.pk], by=cast.coordinator, now=PRINTED)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    for page, each, code in zip(pages, [second, first], ["BBBB-2222", "AAAA-1111"], strict=True):
        for words in (
            f"Code {code} Wachtwoord pw-{code}",
            cast.school.name,
            each.line.reference,
            "gratis op het internet van Telenet",
            "Tot en met 30 juni 2020.",
            f"Zeg erbij: {each.line.request.label}, {each.line.reference}.",
        ):
            assert words in " ".join(page.splitlines())
    assert list(Reveal.objects.order_by("pk").values_list("hand_out", "channel")) == [
        (second.pk, Channel.LETTER),
        (first.pk, Channel.LETTER),
    ]


def test_without_a_pdf_nothing_is_recorded(
    cast: Cast, hand_outs: list[HandOut], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **options: Any) -> bytes:
        if options.get("sys_inputs"):
            raise typst.TypstError("no", "no")
        return b""

    monkeypatch.setattr(typst, "compile", fails)
    with pytest.raises(LettersFailed):
        print_letters(hand_outs=[hand_outs[0].pk], by=cast.coordinator, now=PRINTED)
    assert nothing_is_recorded()


def test_letters_whose_codes_all_went_back_are_not_printed(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    ids = [each.pk for each in hand_outs]
    lifecycle.reclaim(hand_outs=ids, by=cast.officer, now=PRINTED)
    with pytest.raises(Refused, match="Deze codes zijn net teruggenomen"):
        print_letters(hand_outs=ids, by=cast.coordinator, now=LATER)
    assert nothing_is_recorded()


def test_letters_of_another_organisation_are_not_printed(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    with pytest.raises(Refused, match="Alleen de organisatie"):
        print_letters(hand_outs=[hand_outs[0].pk], by=cast.other_coordinator, now=PRINTED)
    assert nothing_is_recorded()


# One function that records and opens


# Besides showing: encrypting again under another key, and comparing with what a provider reports.
OPENS_TOO = {
    "actions/upkeep/key_rotation.py",
    "actions/upkeep/key_proofs.py",
    "actions/files/activation_files.py",
}
HERE = "actions/life/reveals.py"


def calls() -> Iterator[tuple[str, str]]:
    """What the scheme's own code calls, and in which of its files."""
    root = Path(settings.BASE_DIR) / "vouchers"
    for path in root.rglob("*.py"):
        name = path.relative_to(root).as_posix()
        if "tests/" in name or name == "codes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), name


def test_nothing_else_opens_a_code_to_show_it_or_writes_a_reveal() -> None:
    """A way out that opens codes by itself can forget to record it."""
    opens, writes = set(), set()
    for called, name in calls():
        if called.endswith(("decrypt_code", "decrypt_voucher")):
            opens.add(name)
        if called == "Reveal" or (called.startswith("Reveal.objects.") and "create" in called):
            writes.add(name)
    assert opens == {HERE, *OPENS_TOO}
    assert writes == {HERE}


# A race: real connections, real commits.


@pytest.fixture
def unseen(transactional_db: None) -> tuple[User, User, list[HandOut]]:
    """An officer and a coordinator with two codes that nobody has seen, and one more in stock."""
    officer, school = make_ministry_user(), make_school(number="000018")
    coordinator, period = make_coordinator(school), make_period()
    load_codes(make_pool(make_provider()), by=officer, codes=3)
    return (
        officer,
        coordinator,
        handed_out(school, period, by=coordinator, officer=officer, references=2),
    )


def test_a_hand_out_committed_during_a_reveal_is_neither_shown_nor_marked(
    unseen: tuple[User, User, list[HandOut]],
) -> None:
    """Failure 7."""
    officer, coordinator, ticked = unseen
    school, period = ticked[0].line.organisation, ticked[0].line.period
    with transaction.atomic():
        shown = reveal(ticked, by=coordinator, now=PRINTED)
        another = partial(handed_out, school, period, by=coordinator, officer=officer)
        assert at_once([another]) == []
    assert HandOut.objects.live().count() == 3
    marked = set(HandOut.objects.exclude(revealed_at=None))
    assert marked == {each.hand_out for each in shown} == set(ticked)
