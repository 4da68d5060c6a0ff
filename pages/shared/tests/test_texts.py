"""The sentences of docs/ui.md, state by state and per audience."""

from datetime import date, timedelta

import pytest

from common.state_text import StateText
from conftest import Cast
from pages.shared.texts import (
    hand_out_for_coordinator,
    pupil_for_coordinator,
    request_for_coordinator,
    request_for_officer,
)
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import lifecycle, reveals
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
from vouchers.models import HandOut, VoucherRequest
from vouchers.states import VoidReason
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_request,
    report_activations,
    submitted_request,
)

TODAY = date(2020, 3, 12)
NOW = at(TODAY)


def texts(request: VoucherRequest, day: date = TODAY) -> tuple[str, str]:
    """What the coordinator reads and what the officer reads."""
    rows = VoucherRequest.objects.with_line_counts().with_refusal()
    row = rows.with_letters(day).get(pk=request.pk)
    return request_for_coordinator(row).text, request_for_officer(row, day).text


def test_a_request_before_the_decision(cast: Cast) -> None:
    request = make_request(cast.school, cast.period, by=cast.coordinator)
    assert texts(request)[0] == "Nog niet verstuurd"
    requests.submit(request=request, by=cast.coordinator, now=at(date(2020, 3, 9)))
    assert texts(request, date(2020, 3, 9))[1] == "Te beslissen, vandaag verstuurd"
    assert texts(request) == (
        "Verstuurd op 9 maart 2020. We beslissen meestal binnen 5 werkdagen.",
        "Te beslissen, 3 dagen",
    )
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=NOW)
    assert texts(request) == (
        "Teruggestuurd: een vraag aan jou. Pas aan en verstuur opnieuw.",
        "Wacht op de aanvrager",
    )
    requests.withdraw(request=request, by=cast.coordinator, now=NOW)
    assert texts(request) == ("Ingetrokken op 12 maart 2020", "Ingetrokken")


def test_a_granted_request_from_waiting_to_printed(cast: Cast) -> None:
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    assert texts(request) == (
        "Goedgekeurd voor 2 leerlingen. De codes volgen.",
        "2 wachten op codes",
    )
    load_codes(cast.pool, by=cast.officer, codes=1)
    handing_out.hand_out(request=request, by=cast.officer, now=NOW, as_many_as_there_are=True)
    assert texts(request) == (
        "Codes klaar voor 1 van 2 leerlingen: druk de brieven af. De rest volgt.",
        "1 wacht op een code",
    )
    load_codes(cast.pool, by=cast.officer, codes=1)
    handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    assert texts(request) == ("Codes klaar: druk de brieven af.", "Uitgereikt")
    assert texts(request, date(2020, 7, 1))[0] == "De codes zijn niet meer geldig."
    ids = list(HandOut.objects.values_list("pk", flat=True))
    reveals.reveal(hand_outs=ids, by=cast.coordinator, now=NOW)
    assert texts(request) == ("Alle brieven zijn afgedrukt.", "Uitgereikt")


def test_a_refused_request_gives_the_reason(cast: Cast) -> None:
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    line = request.lines.get()
    reasons = {line.pk: "Heeft al internet."}
    requests.decide(request=request, granted=[], refused=reasons, by=cast.officer, now=NOW)
    assert texts(request) == ("Niet goedgekeurd: Heeft al internet.", "Geweigerd")
    line.refresh_from_db()
    assert pupil_for_coordinator(line, None, TODAY, reasons[line.pk]) == StateText(
        "Niet goedgekeurd: Heeft al internet.", "error"
    )


def test_a_request_that_waited_until_its_period_closed(cast: Cast) -> None:
    request = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    assert texts(request) == ("Afgesloten: deze golf is voorbij.", "Gesloten")
    line = request.lines.get()
    assert pupil_for_coordinator(line, None, TODAY).text == "Afgesloten op 12 maart 2020"


@pytest.fixture
def hand_out(cast: Cast) -> HandOut:
    load_codes(cast.pool, by=cast.officer)
    return handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)[0]


def of(hand_out: HandOut, day: date = TODAY) -> str:
    """What the coordinator reads about this code on a day."""
    row = HandOut.objects.with_last_day().with_activation().get(pk=hand_out.pk)
    return hand_out_for_coordinator(row, day).text


def test_a_code_from_ready_to_expired(cast: Cast, hand_out: HandOut) -> None:
    assert of(hand_out) == "Brief nog niet afgedrukt"
    reveals.reveal(hand_outs=[hand_out.pk], by=cast.coordinator, now=NOW)
    assert of(hand_out) == "Afgedrukt, nog niet meegegeven"
    lifecycle.mark_given(hand_outs=[hand_out.pk], by=cast.coordinator, now=NOW)
    assert of(hand_out) == "Meegegeven, nog niet gebruikt"
    report_activations([hand_out], on=TODAY, by=cast.provider_user, now=NOW)
    last_day = cast.pool.valid_until
    assert of(hand_out, last_day) == "In gebruik tot 30 juni 2020"
    assert of(hand_out, last_day + timedelta(days=1)) == "Niet meer geldig sinds 1 juli 2020."


def test_a_replaced_code_says_so(cast: Cast, hand_out: HandOut) -> None:
    lifecycle.replace(hand_out=hand_out, by=cast.officer, now=NOW, reason=VoidReason.FAULTY)
    assert of(hand_out) == "Vervangen door een nieuwe code"
