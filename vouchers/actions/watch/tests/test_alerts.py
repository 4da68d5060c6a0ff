"""Alerts: raised once, handled with a note, reopened, withdrawn with the file."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.tests.factories import make_ministry_user
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.files import provider_files
from vouchers.actions.watch import alerts
from vouchers.models import Alert, Holding, Mail, ProviderFile, Voucher
from vouchers.states import AlertKind, FileKind, MailKind, MailState, VoucherState
from vouchers.tests.factories import activation_csv, at, code_of, handed_out, load_codes

DAY = date(2020, 3, 20)
NOW = at(DAY)
LATER = at(date(2020, 3, 21))


def report(cast: Cast, codes: list[str], *, name: str = "activaties.csv") -> ProviderFile:
    """The provider reports that these are in use; nobody has them."""
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS,
        provider=cast.provider,
        name=name,
        content=activation_csv([(code, DAY) for code in codes]),
        complete_until=DAY,
        by=cast.provider_user,
        now=NOW,
    )
    provider_files.check(file=received.file, now=NOW)
    provider_files.apply(file=received.file, by=cast.provider_user, now=NOW)
    received.file.refresh_from_db()
    return received.file


@pytest.fixture
def file(cast: Cast) -> ProviderFile:
    """A file that reports two codes in stock as in use."""
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1", "BBBB-2", "CCCC-3"])
    return report(cast, ["AAAA-1", "BBBB-2"])


@pytest.fixture
def alert(file: ProviderFile) -> Alert:
    """The alert about that file."""
    return Alert.objects.get()


def test_codes_active_with_nobody_are_held_and_told_once_a_file(
    cast: Cast, file: ProviderFile, alert: Alert
) -> None:
    assert (alert.kind, alert.file, alert.data) == (
        AlertKind.ACTIVE_WITH_NOBODY,
        file,
        {"codes": 2, "held": 2},
    )
    assert alert.raised_at == NOW
    held = Holding.objects.values_list("held", "file", "done_by", "done_at")
    assert list(held) == [(True, file.pk, cast.provider_user.pk, NOW)] * 2


def test_a_file_without_such_codes_raises_nothing(cast: Cast) -> None:
    report(cast, ["ONBEKEND-1"])
    assert Alert.objects.count() == 0


def test_another_file_about_the_same_codes_is_told_too_and_holds_nothing(
    cast: Cast, file: ProviderFile
) -> None:
    report(cast, ["BBBB-2", "AAAA-1"], name="opnieuw.csv")
    data = Alert.objects.order_by("pk").values_list("data", flat=True)
    assert list(data) == [{"codes": 2, "held": 2}, {"codes": 2, "held": 0}]
    assert Holding.objects.count() == 2


def test_undoing_the_file_frees_the_codes_and_withdraws_the_alert(
    cast: Cast, file: ProviderFile, alert: Alert
) -> None:
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    alert.refresh_from_db()
    assert (alert.withdrawn_at, alert.withdrawn_by) == (LATER, cast.provider_user)
    assert not alert.is_open
    assert Voucher.objects.held().count() == 0
    freed = Holding.objects.filter(held=False).values_list("file", "done_by")
    assert list(freed) == [(file.pk, cast.provider_user.pk)] * 2


def test_an_alert_that_was_handled_stays_so_when_its_file_is_undone(
    cast: Cast, file: ProviderFile, alert: Alert
) -> None:
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=NOW)
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    alert.refresh_from_db()
    assert (alert.handled_at, alert.withdrawn_at) == (NOW, None)


def test_handling_leaves_who_when_and_what(cast: Cast, alert: Alert) -> None:
    alerts.handle(alert=alert, note=" Telenet zoekt het uit. ", by=cast.officer, now=LATER)
    alert.refresh_from_db()
    assert (alert.handled_at, alert.handled_by, alert.note) == (
        LATER,
        cast.officer,
        "Telenet zoekt het uit.",
    )
    assert list(Alert.objects.open()) == []
    event = HistoryEvent.objects.filter(table="vouchers_alert").latest("id")
    assert (event.actor, event.reason) == (cast.officer.pk, "melding afgehandeld")
    assert "Telenet" not in str(event.data)


def test_an_alert_is_opened_again_and_keeps_its_note(cast: Cast, alert: Alert) -> None:
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=LATER)
    alerts.reopen(alert=alert, by=cast.administrator)
    assert list(Alert.objects.open().values_list("pk", "note")) == [(alert.pk, "Gebeld.")]


def test_only_the_ministry_handles_and_opens(cast: Cast, alert: Alert) -> None:
    for person in (cast.coordinator, cast.provider_user):
        with pytest.raises(Refused, match="Alleen het ministerie"):
            alerts.handle(alert=alert, note="Niets aan de hand.", by=person, now=LATER)
        with pytest.raises(Refused, match="Alleen het ministerie"):
            alerts.reopen(alert=alert, by=person)
    assert Alert.objects.open().count() == 1


def test_nobody_handles_an_alert_about_themselves(cast: Cast) -> None:
    own = Alert.objects.create(
        kind=AlertKind.LOOKED_UP_OFTEN, about=cast.officer, data={"codes": 11}, raised_at=NOW
    )
    with pytest.raises(Refused, match="gaat over jou"):
        alerts.handle(alert=own, note="Ik was het.", by=cast.officer, now=LATER)
    colleague = make_ministry_user(email="collega@example.org", name="Collega")
    alerts.handle(alert=own, note="Een vergissing.", by=colleague, now=LATER)
    with pytest.raises(Refused, match="gaat over jou"):
        alerts.reopen(alert=own, by=cast.officer)


def test_nobody_handles_an_alert_about_whom_they_let_in(cast: Cast) -> None:
    """By an invitation, or by a place in an organisation that was given or taken away since."""
    cast.coordinator.memberships.update(added_by=cast.administrator)
    User.objects.filter(pk=cast.coordinator.pk).update(invited_by=cast.officer, invited_at=NOW)
    earlier = make_ministry_user(email="vroeger@example.org", name="Vroeger")
    cast.coordinator.refresh_from_db()
    kind = AlertKind.MANY_ORGANISATIONS
    data = {"organisations": 11, "by": [earlier.pk]}
    own = Alert.objects.create(kind=kind, about=cast.coordinator, data=data, raised_at=NOW)
    for person in (cast.officer, cast.administrator, earlier):
        with pytest.raises(Refused, match="gaat over iemand die jij toeliet") as refused:
            alerts.handle(alert=own, note="In orde.", by=person, now=LATER)
        assert refused.value.code == "alert-about-you"
    colleague = make_ministry_user(email="collega@example.org", name="Collega")
    alerts.handle(alert=own, note="Gebeld.", by=colleague, now=LATER)
    with pytest.raises(Refused, match="die jij toeliet"):
        alerts.reopen(alert=own, by=cast.officer)


# The mail


def mailed() -> list[tuple[str, str]]:
    """To whom, and how it begins."""
    found = Mail.objects.filter(kind=MailKind.ALERT).order_by("pk")
    return list(found.values_list("address", "subject"))


def test_the_ministry_is_mailed_once_of_each_alert(cast: Cast, alert: Alert) -> None:
    subject = "Melding: in gebruik, aan niemand uitgereikt"
    assert mailed() == [("officer@example.org", subject), ("admin@example.org", subject)]
    again = Alert(kind=alert.kind, file=alert.file, data=alert.data)
    assert alerts.raise_alerts([again], now=LATER) == 0
    assert len(mailed()) == 2
    mail = Mail.objects.filter(kind=MailKind.ALERT)[0]
    assert (mail.alert, mail.organisation, mail.state) == (alert, None, MailState.QUEUED)
    assert f"/ministerie/meldingen/{alert.pk}/" in mail.body


def test_the_mail_of_an_alert_holds_no_code_no_reference_and_no_name(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1"])
    found = handed_out(
        cast.school,
        cast.period,
        by=cast.coordinator,
        officer=cast.officer,
        references=["KANARIE-1"],
    )
    data = {"codes": 1, "times": 6, "people": 1, "vouchers": [found[0].voucher_id]}
    seen = Alert(
        kind=AlertKind.SEEN_OFTEN,
        about=cast.coordinator,
        organisation=cast.school,
        request=found[0].line.request,
        data=data,
    )
    alerts.raise_alerts([seen], now=NOW)
    for mail in Mail.objects.filter(kind=MailKind.ALERT):
        text = mail.subject + mail.body
        for secret in ("KANARIE", code_of(found[0]), "Karin", "own@example.org"):
            assert secret not in text


def test_who_may_not_handle_it_or_sign_in_is_not_mailed(cast: Cast) -> None:
    """The person it is about, who let them in, who is blocked, who never chose a password."""
    User.objects.filter(pk=cast.coordinator.pk).update(invited_by=cast.officer, invited_at=NOW)
    blocked = make_ministry_user(email="weg@example.org")
    User.objects.filter(pk=blocked.pk).update(is_active=False)
    User.objects.create_user(email="nieuw@example.org", name="Nieuw", role="officer")
    kind, data = AlertKind.SEEN_BY_ADMITTED, {"codes": 1, "organisations": 1}
    cast.coordinator.refresh_from_db()
    alerts.raise_alerts([Alert(kind=kind, about=cast.coordinator, data=data)], now=NOW)
    guesses = Alert(kind=AlertKind.LOOKED_UP_OFTEN, about=cast.administrator, data={"codes": 11})
    alerts.raise_alerts([guesses], now=LATER)
    assert [address for address, _subject in mailed()] == [
        "admin@example.org",
        "officer@example.org",
    ]


def test_the_mail_is_in_the_language_of_its_reader(cast: Cast) -> None:
    User.objects.filter(pk=cast.officer.pk).update(language="en")
    guesses = Alert(kind=AlertKind.LOOKED_UP_OFTEN, about=cast.administrator, data={"codes": 11})
    alerts.raise_alerts([guesses], now=NOW)
    assert mailed() == [("officer@example.org", "Alert: unknown codes looked up often")]


def test_what_was_handled_or_withdrawn_before_its_mail_left_is_not_mailed(
    cast: Cast, file: ProviderFile, alert: Alert
) -> None:
    mails = Mail.objects.filter(kind=MailKind.ALERT)
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    assert set(mails.values_list("state", flat=True)) == {MailState.DROPPED}
    guesses = Alert(kind=AlertKind.LOOKED_UP_OFTEN, about=cast.officer, data={"codes": 11})
    alerts.raise_alerts([guesses], now=NOW)
    other = Alert.objects.get(about=cast.officer)
    alerts.handle(alert=other, note="Gebeld.", by=cast.administrator, now=LATER)
    assert mails.filter(state=MailState.QUEUED).count() == 0


def test_what_waits_no_more_is_not_handled_and_what_waits_not_opened(
    cast: Cast, alert: Alert
) -> None:
    with pytest.raises(Refused, match="Alleen een melding die afgehandeld is"):
        alerts.reopen(alert=alert, by=cast.officer)
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=LATER)
    with pytest.raises(Refused, match="wacht op niemand meer"):
        alerts.handle(alert=alert, note="Nog eens.", by=cast.officer, now=LATER)


def test_a_note_with_a_national_number_is_refused(cast: Cast, alert: Alert) -> None:
    with pytest.raises(Refused) as refused:
        alerts.handle(alert=alert, note="Over 85.07.30-033.28", by=cast.officer, now=LATER)
    assert (refused.value.code, refused.value.field) == ("national-number", "reason")
    assert Alert.objects.open().count() == 1


def test_an_alert_does_not_open_beside_a_newer_one_about_the_same(cast: Cast, alert: Alert) -> None:
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=LATER)
    again = Alert(kind=alert.kind, file=alert.file, data={"codes": 3, "held": 0})
    assert alerts.raise_alerts([again], now=LATER) == 1
    with pytest.raises(Refused, match="al een nieuwe melding open"):
        alerts.reopen(alert=alert, by=cast.officer)
    assert Alert.objects.open().count() == 1


def test_the_database_keeps_one_open_alert_about_the_same(alert: Alert) -> None:
    twin = Alert(kind=alert.kind, file=alert.file, raised_at=LATER)
    with pytest.raises(IntegrityError, match="alert_open_once"), transaction.atomic():
        twin.save()
    assert alerts.raise_alerts([twin], now=LATER) == 0


@pytest.mark.as_owner
def test_the_database_keeps_what_an_alert_says(alert: Alert) -> None:
    rows = Alert.objects.filter(pk=alert.pk)
    changes: list[dict[str, object]] = [
        {"data": {}},
        {"kind": AlertKind.SEEN_OFTEN},
        {"raised_at": LATER},
        {"provider": ProviderFile.objects.all()[0].provider_id},
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
            rows.update(**change)
    with (
        pytest.raises(IntegrityError, match="never deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM vouchers_alert")


def test_the_ministry_sees_alerts_and_nobody_else(cast: Cast, alert: Alert) -> None:
    for person in (cast.officer, cast.administrator):
        assert list(Alert.objects.visible_to(person)) == [alert]
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        assert list(Alert.objects.visible_to(person)) == []


def test_a_code_that_another_file_keeps_apart_stays_when_the_first_is_undone(
    cast: Cast, file: ProviderFile
) -> None:
    report(cast, ["BBBB-2"], name="opnieuw.csv")
    provider_files.undo(file=file, by=cast.provider_user, now=LATER)
    assert Voucher.objects.held().count() == 1
    assert Alert.objects.open().count() == 1
    assert Voucher.objects.filter(state=VoucherState.AVAILABLE).count() == 2
