"""What happened to a request: the same facts, read by its asker and by the ministry."""

from datetime import date, datetime

import pytest

from conftest import Cast
from pages.coordinator import timeline as of_asker
from pages.ministry import timeline as of_ministry
from pages.shared.request_facts import facts
from vouchers.actions.life import giving_back, lifecycle
from vouchers.actions.requests import requests
from vouchers.actions.stock import voiding
from vouchers.models import HandOut, VoucherRequest
from vouchers.states import VoidReason
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    reveal,
    submitted_request,
)

PRINTED = at(date(2020, 3, 12))
LATER = at(date(2020, 3, 16))
LAST = at(date(2020, 3, 17))
KARIN, OLGA = "Karin Eigen", "Olga Officier"


@pytest.fixture
def codes(cast: Cast) -> list[HandOut]:
    """Three codes of the own school, the first two printed; more in stock."""
    load_codes(cast.pool, by=cast.officer, codes=6)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )
    reveal(found[:2], by=cast.coordinator, now=PRINTED)
    return found


def read(module: object, request: VoucherRequest) -> list[tuple[object, object]]:
    """The titles of a time line with who did it, newest first."""
    assert module in (of_asker, of_ministry)
    events = of_asker.events if module is of_asker else of_ministry.events
    return [(event["title"], event["by"]) for event in events(request)]


def since(codes: list[HandOut], moment: datetime = LATER) -> list[list[tuple[object, object]]]:
    """What happened last, as the asker and as the ministry reads it."""
    request = codes[0].line.request
    n = len([fact for fact in facts(request) if fact.at == moment])
    return [read(module, request)[:n] for module in (of_asker, of_ministry)]


def void(codes: list[HandOut], reason: VoidReason, cast: Cast, *, replace: bool = False) -> None:
    ids = [each.voucher_id for each in codes]
    voiding.void(vouchers=ids, reason=reason, by=cast.officer, now=LATER, replace=replace)


def test_a_lost_code_is_void_for_both_whoever_saw_it(cast: Cast, codes: list[HandOut]) -> None:
    """Of a code that nobody saw, the hand-out says that it was taken back; it was not."""
    void([codes[0], codes[2]], VoidReason.LOST, cast)
    asker, ministry = since(codes)
    assert asker == [("2 codes ongeldig gemaakt: verloren", "")]
    assert ministry == [("2 codes ongeldig gemaakt: verloren", OLGA)]


def test_a_code_taken_back_is_told_to_both(cast: Cast, codes: list[HandOut]) -> None:
    lifecycle.reclaim(hand_outs=[codes[2].pk], by=cast.officer, now=LATER)
    asker, ministry = since(codes)
    assert asker == [("1 code teruggenomen", "")]
    assert ministry == [("1 code teruggenomen", OLGA)]
    # The code is in stock again; what becomes of it later does not change what happened.
    ids = [codes[2].voucher_id]
    voiding.void(vouchers=ids, reason=VoidReason.FAULTY, by=cast.officer, now=LAST)
    assert since(codes) == [asker, ministry]


def test_codes_given_back_are_told_as_such(cast: Cast, codes: list[HandOut]) -> None:
    """One that was printed is void then, one that nobody saw in stock."""
    ids = [codes[0].pk, codes[2].pk]
    giving_back.give_back(hand_outs=ids, by=cast.coordinator, now=LATER)
    asker, ministry = since(codes)
    assert asker == ministry == [("2 codes teruggegeven", KARIN)]


def test_a_code_that_is_replaced_says_why(cast: Cast, codes: list[HandOut]) -> None:
    void(codes[:2], VoidReason.FAULTY, cast, replace=True)
    asker, ministry = since(codes)
    assert asker == [("2 codes klaar", ""), ("2 codes vervangen: werkt niet", "")]
    assert ministry == [("2 codes uitgereikt", OLGA), ("2 codes vervangen: werkt niet", OLGA)]


def test_a_code_passed_on_leaves_its_request(cast: Cast, codes: list[HandOut]) -> None:
    other = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    line = other.lines.get()
    giving_back.reassign(hand_out=codes[0].pk, line=line.pk, by=cast.coordinator, now=LATER)
    passed_on = ("1 code aan een andere leerling gegeven", KARIN)
    assert since(codes) == [[passed_on], [passed_on]]
    assert read(of_ministry, other)[0] == ("1 code uitgereikt", KARIN)


def test_the_road_of_a_request_in_the_words_of_each(cast: Cast) -> None:
    request = submitted_request(cast.school, cast.period, by=cast.coordinator, references=2)
    back, again, decided, undone, decided_again = (at(date(2020, 3, day)) for day in range(10, 15))
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=back)
    request.refresh_from_db()
    requests.submit(request=request, by=cast.coordinator, now=again)
    first, second = request.lines.order_by("position")
    requests.decide(
        request=request,
        granted={first.pk},
        refused={second.pk: "Heeft al internet."},
        by=cast.officer,
        now=decided,
    )
    requests.undo_decision(request=request, by=cast.officer, now=undone)
    requests.grant_all(request=request, by=cast.officer, now=decided_again)
    assert read(of_asker, request)[::-1] == [
        ("Begonnen", KARIN),
        ("Verstuurd", ""),
        ("Teruggestuurd met een vraag van het ministerie", ""),
        ("Opnieuw verstuurd", KARIN),
        ("Het ministerie besliste", ""),
        ("Het ministerie maakte die beslissing ongedaan", ""),
        ("Het ministerie besliste", ""),
    ]
    assert read(of_ministry, request)[::-1] == [
        ("Verstuurd", ""),
        ("Teruggestuurd met een vraag", OLGA),
        ("Opnieuw verstuurd", KARIN),
        ("1 goedgekeurd, 1 geweigerd", OLGA),
        ("Beslissing ongedaan gemaakt", OLGA),
        ("2 goedgekeurd", OLGA),
    ]
    texts = [event["text"] for event in of_asker.events(request)][::-1]
    assert texts == [
        "",
        "",
        "Klopt dit?",
        "",
        "1 goedgekeurd, 1 niet goedgekeurd",
        "",
        "2 goedgekeurd, 0 niet goedgekeurd",
    ]


def test_only_the_asker_reads_who_printed_its_letters(cast: Cast, codes: list[HandOut]) -> None:
    request = codes[0].line.request
    assert read(of_asker, request)[:2] == [("2 brieven afgedrukt", KARIN), ("3 codes klaar", "")]
    assert read(of_ministry, request)[0] == ("3 codes uitgereikt", OLGA)
