"""Who gets which mail at each turn of the road, in their language, with nothing in it but numbers
and links."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import block
from accounts.models import User
from accounts.tests.factories import make_coordinator
from conftest import Cast
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.stock import NotEnoughCodes
from vouchers.actions.life import lifecycle, renewals
from vouchers.actions.mail import mails, notifications
from vouchers.actions.requests import requests
from vouchers.models import HandOut, Mail, Renewal, VoucherRequest
from vouchers.states import MailKind, MailState, VoidReason
from vouchers.tests.factories import (
    activation_csv,
    at,
    code_of,
    granted_request,
    handed_out,
    load_codes,
    report_activations,
    submitted_request,
)

DAY = date(2020, 3, 12)
NOW = at(DAY)


def mailed(kind: MailKind | None = None) -> list[tuple[str, str]]:
    """Which mails there are and to whom, in the order they were made."""
    found = Mail.objects.order_by("pk")
    return list((found.filter(kind=kind) if kind else found).values_list("kind", "address"))


def body(kind: MailKind) -> str:
    """The text of the only mail of this kind, one space between words."""
    return " ".join(Mail.objects.get(kind=kind).body.split())


@pytest.fixture
def sent(cast: Cast) -> VoucherRequest:
    """A request for three pupils by the own school, which has a second coordinator."""
    make_coordinator(cast.school, email="colleague@example.org", name="Cora Collega")
    return submitted_request(cast.school, cast.period, by=cast.coordinator, references=3)


def decide(request: VoucherRequest, officer: User, *, granted: int) -> VoucherRequest:
    """This many lines granted, the rest refused."""
    lines = list(request.lines.order_by("position").values_list("pk", flat=True))
    refused = dict.fromkeys(lines[granted:], "Heeft al internet.")
    return requests.decide(
        request=request, granted=lines[:granted], refused=refused, by=officer, now=NOW
    )


def test_that_it_arrived_goes_to_who_sent_it(cast: Cast, sent: VoucherRequest) -> None:
    assert mailed() == [("RECEIVED", "own@example.org")]
    text = body(MailKind.RECEIVED)
    assert "Je aanvraag G1-00001 voor 3 leerlingen is aangekomen." in text
    assert "meestal binnen 5 werkdagen" in text
    assert f"{settings.PUBLIC_URL}/aanvragen/{sent.pk}/" in text


def test_a_question_goes_to_every_coordinator_without_the_question(
    cast: Cast, sent: VoucherRequest
) -> None:
    requests.return_to_asker(request=sent, question="Zijn dit KANARIES?", by=cast.officer, now=NOW)
    assert mailed(MailKind.RETURNED) == [
        ("RETURNED", "own@example.org"),
        ("RETURNED", "colleague@example.org"),
    ]
    assert not Mail.objects.filter(body__icontains="kanarie").exists()


@pytest.mark.parametrize(
    ("granted", "subject", "sentences"),
    [
        (3, "Aanvraag G1-00001 is goedgekeurd", ["Goedgekeurd voor 3 leerlingen."]),
        (0, "Aanvraag G1-00001 is niet goedgekeurd", ["Niet goedgekeurd voor 3 leerlingen."]),
        (
            1, "Aanvraag G1-00001 is voor een deel goedgekeurd",
            ["Goedgekeurd voor 1 leerling.", "Niet goedgekeurd voor 2 leerlingen."],
        ),
    ],
)  # fmt: skip
def test_a_decision_says_for_how_many(
    cast: Cast, sent: VoucherRequest, granted: int, subject: str, sentences: Sequence[str]
) -> None:
    decide(sent, cast.officer, granted=granted)
    mail, other = Mail.objects.filter(kind=MailKind.DECIDED).order_by("pk")
    assert (mail.subject, mail.address) == (subject, "own@example.org")
    assert other.address == "colleague@example.org"
    assert [sentence in mail.body for sentence in sentences] == [True] * len(sentences)
    assert "Heeft al internet" not in mail.body


def test_a_decision_undone_before_its_mail_left_is_not_told(
    cast: Cast, sent: VoucherRequest
) -> None:
    decide(sent, cast.officer, granted=3)
    requests.undo_decision(request=sent, by=cast.officer, now=NOW + timedelta(minutes=1))
    states = Mail.objects.filter(kind=MailKind.DECIDED).values_list("state", flat=True)
    assert list(states) == [MailState.DROPPED] * 2
    assert mailed(MailKind.DECISION_UNDONE) == []


def test_who_was_told_a_decision_hears_that_it_was_undone(cast: Cast, sent: VoucherRequest) -> None:
    decide(sent, cast.officer, granted=3)
    decision = Mail.objects.filter(kind=MailKind.DECIDED)
    decision.filter(address="own@example.org").update(state=MailState.SENT, sent_at=NOW)
    requests.undo_decision(request=sent, by=cast.officer, now=NOW + timedelta(minutes=1))
    assert mailed(MailKind.DECISION_UNDONE) == [("DECISION_UNDONE", "own@example.org")]
    # Decided again, told again.
    requests.grant_all(request=sent, by=cast.officer, now=NOW + timedelta(minutes=2))
    assert len(mailed(MailKind.DECIDED)) == 4


def test_codes_that_are_ready_lead_to_the_letters(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )
    handing_out.hand_out(request=request, by=cast.officer, now=NOW, as_many_as_there_are=True)
    text = body(MailKind.CODES_READY)
    assert "Er zijn 2 codes klaar voor aanvraag G1-00001" in text
    assert "1 leerling wacht nog op een code." in text
    assert f"{settings.PUBLIC_URL}/brieven/?aanvraag=G1-00001" in text
    load_codes(cast.pool, by=cast.officer, codes=1, now=NOW)
    handing_out.hand_out(request=request, by=cast.officer, now=NOW + timedelta(days=1))
    assert len(mailed(MailKind.CODES_READY)) == 2


def test_a_code_in_the_place_of_another_is_told(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    (out,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    lifecycle.replace(hand_out=out, by=cast.officer, now=NOW, reason=VoidReason.FAULTY)
    assert mailed(MailKind.CODES_READY) == [("CODES_READY", "own@example.org")] * 2


def test_a_hand_out_that_is_refused_tells_nothing(cast: Cast) -> None:
    request = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    with pytest.raises(NotEnoughCodes):
        handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    assert mailed(MailKind.CODES_READY) == []


def test_codes_of_many_requests_are_told_in_as_many_queries_as_of_one(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    """As the hand-out of a whole period calls it: one message for the workers."""
    load_codes(cast.pool, by=cast.officer, codes=3)
    every = [
        handed_out(school, cast.period, by=by, officer=cast.officer)[0].line.request_id
        for school, by in (
            (cast.school, cast.coordinator),
            (cast.school, cast.coordinator),
            (cast.other_school, cast.other_coordinator),
        )
    ]
    # Colleagues who were not there yet: their mails are new, those of the others are not.
    make_coordinator(cast.school, email="colleague@example.org")
    make_coordinator(cast.other_school, email="another@example.org")
    counts = []
    for chosen, new in ((every[:1], 1), (every, 2)):
        with (
            django_capture_on_commit_callbacks() as callbacks,
            CaptureQueriesContext(connection) as captured,
        ):
            assert notifications.codes_ready(requests=chosen, now=at(date(2020, 3, 11))) == new
        counts.append((len(captured), len(callbacks)))
    # Hand-outs, who waits, who goes first, requests, readers; insert and count, in a savepoint.
    assert counts == [(9, 1), (9, 1)]


@pytest.fixture
def active(cast: Cast) -> list[HandOut]:
    """Two codes in use, renewed on simple request."""
    load_codes(cast.pool, by=cast.officer, codes=3)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    report_activations(found, on=date(2020, 4, 10), by=cast.provider_user)
    return found


def asked(cast: Cast, hand_outs: Sequence[HandOut]) -> list[int]:
    """Renewals of these that are on the provider's list."""
    now = at(date(2020, 6, 1))
    renewals.ask(hand_outs=[each.pk for each in hand_outs], by=cast.coordinator, now=now)
    renewals.take_list(provider=cast.provider, by=cast.provider_user, now=now)
    return list(Renewal.objects.values_list("pk", flat=True))


def test_codes_that_are_renewed_are_told_together(cast: Cast, active: list[HandOut]) -> None:
    renewals.confirm(
        renewals=asked(cast, active), on=date(2020, 6, 3), valid_until=date(2020, 12, 31),
        by=cast.provider_user, now=at(date(2020, 6, 3)),
    )  # fmt: skip
    assert mailed(MailKind.RENEWED) == [("RENEWED", "own@example.org")]
    text = body(MailKind.RENEWED)
    assert "verlengde 2 codes: ze werken nu tot en met donderdag 31 december 2020." in text
    assert f"{settings.PUBLIC_URL}/verlengen/" in text


def test_codes_that_are_not_renewed_are_told_without_the_reason(
    cast: Cast, active: list[HandOut]
) -> None:
    renewals.refuse_by_provider(
        renewals=asked(cast, active[:1]), reason="De kanarie zong.", by=cast.provider_user, now=NOW
    )
    text = body(MailKind.NOT_RENEWED)
    assert "De verlenging van 1 code gaat niet door." in text
    assert "kanarie" not in text


def invited(organisation: Organisation) -> User:
    """Somebody who never chose a password."""
    person = make_coordinator(organisation, email="invited@example.org")
    person.set_unusable_password()
    person.save(update_fields=["password"])
    return person


def test_who_is_blocked_or_never_chose_a_password_gets_none(
    cast: Cast, sent: VoucherRequest
) -> None:
    invited(cast.school)
    block(person=User.objects.get(email="colleague@example.org"), by=cast.officer)
    decide(sent, cast.officer, granted=3)
    assert mailed(MailKind.DECIDED) == [("DECIDED", "own@example.org")]


def test_a_mail_is_in_the_language_of_who_reads_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day shows it: the texts may not be translated yet."""
    User.objects.filter(pk=cast.coordinator.pk).update(language="en")
    load_codes(cast.pool, by=cast.officer, codes=1)
    hand_outs = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    report_activations(hand_outs, on=date(2020, 4, 10), by=cast.provider_user)
    renewals.confirm(
        renewals=asked(cast, hand_outs), on=date(2020, 6, 3), valid_until=date(2020, 12, 31),
        by=cast.provider_user, now=at(date(2020, 6, 3)),
    )  # fmt: skip
    assert "Thursday 31 December 2020" in body(MailKind.RENEWED)


def test_nothing_of_a_pupil_or_a_code_is_in_any_mail(cast: Cast) -> None:
    """A canary as reference and as code, along the whole road; history keeps no text at all."""
    load_codes(cast.pool, by=cast.officer, codes=["KANARIE-1", "KANARIE-2"])
    hand_outs = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer,
        references=["KANARIE-3"],
    )  # fmt: skip
    assert "kanarie" in activation_csv([(code_of(hand_outs[0]), DAY)]).decode().lower()
    report_activations(hand_outs, on=date(2020, 4, 10), by=cast.provider_user)
    renewals.confirm(
        renewals=asked(cast, hand_outs), on=date(2020, 6, 3), valid_until=date(2020, 12, 31),
        by=cast.provider_user, now=at(date(2020, 6, 3)),
    )  # fmt: skip
    assert [kind for kind, _address in mailed()] == [
        "RECEIVED",
        "DECIDED",
        "CODES_READY",
        "RENEWED",
    ]
    assert not Mail.objects.filter(body__icontains="kanarie").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE data ?| ARRAY['subject', 'body', 'error'])"
            ' FROM history_historyevent WHERE "table" = %s',
            ["vouchers_mail"],
        )
        assert cursor.fetchone() == (4, 0)


def test_a_mail_about_one_moment_is_written_once(cast: Cast, sent: VoucherRequest) -> None:
    """Asked twice, the database refuses the second, and the transaction around it goes on."""
    moment = Mail.objects.get().created_at
    notifications.received(request=sent, now=moment)
    assert len(mailed()) == 1
    assert mails.write([], now=NOW) == 0


def test_a_coordinator_sees_the_mails_of_the_own_organisation(cast: Cast) -> None:
    school = make_school(number="000034")
    person = make_coordinator(school, email="third@example.org")
    for by, asker in ((cast.coordinator, cast.school), (person, school)):
        submitted_request(asker, cast.period, by=by)
    seen = {
        who.email: Mail.objects.visible_to(who).count()
        for who in (cast.coordinator, cast.other_coordinator, cast.officer, cast.provider_user)
    }
    assert list(seen.values()) == [1, 0, 2, 0]
