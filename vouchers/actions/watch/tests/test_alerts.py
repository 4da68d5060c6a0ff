"""Alerts: raised once, handled with a note, reopened, withdrawn with the file."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import make_ministry_user
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.files import provider_files
from vouchers.actions.watch import alerts
from vouchers.models import Alert, Holding, ProviderFile, Voucher
from vouchers.states import AlertKind, FileKind, VoucherState
from vouchers.tests.factories import activation_csv, at, load_codes

DAY = date(2020, 3, 20)
NOW = at(DAY)
LATER = at(date(2020, 3, 21))


def report(cast: Cast, codes: list[str], *, name: str = "activaties.csv") -> ProviderFile:
    """The provider reports that these are in use; nobody has them."""
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS, provider=cast.provider, name=name,
        content=activation_csv([(code, DAY) for code in codes]), complete_until=DAY,
        by=cast.provider_user, now=NOW,
    )  # fmt: skip
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
        AlertKind.ACTIVE_WITH_NOBODY, file, {"codes": 2, "held": 2},
    )  # fmt: skip
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
        LATER, cast.officer, "Telenet zoekt het uit.",
    )  # fmt: skip
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
        {"data": {}}, {"kind": AlertKind.SEEN_OFTEN}, {"raised_at": LATER},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        rows.delete()


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
