"""The sample data, small: the same story and the same statements as the whole of Flanders."""

from datetime import date

import pytest
from django.db.models import Count

from local.sample.everything import make_everything
from local.sample.sizes import SMALL
from schools.models import Organisation, Succession
from vouchers.books import balance
from vouchers.models import (
    Activation,
    HandOut,
    Mail,
    Period,
    ProviderFile,
    PupilLine,
    Renewal,
    VoucherRequest,
)
from vouchers.states import EndReason, FileState, HandOutStage, MailKind, MailState, RequestState


@pytest.mark.parametrize("today", [date(2027, 1, 10), date(2026, 12, 31)])
def test_the_story_is_told_and_the_books_balance(db: None, today: date) -> None:
    """On any day of the year."""
    make_everything(SMALL, today)
    assert {pool.off for pool in balance()} == {()}
    the_schools_are_there()
    the_governments_merged()
    the_first_wave_has_its_texture()
    every_screen_of_today_has_something()
    the_mails_left_but_for_one()


def the_schools_are_there() -> None:
    schools = Organisation.objects.schools()
    numbers = sorted(schools.values_list("number", flat=True))
    assert numbers == [str(900_000 + n) for n in range(1, SMALL.schools + 1)]
    assert not Organisation.objects.exclude(name__endswith="(fictief)").exists()
    primary = schools.filter(education_types=["PRIMARY"], structures__contains=["211"])
    assert SMALL.schools / 3 < primary.count() < SMALL.schools * 3 / 4
    assert schools.filter(pupil_counts__isnull=False).count() > SMALL.schools * 3 / 4
    repeated = schools.values("name").annotate(n=Count("pk")).filter(n__gt=1)
    assert repeated.exists()


def the_governments_merged() -> None:
    """Zwijndrecht moved to Oost-Vlaanderen; what was frozen in 2020 did not."""
    old, new = (
        Organisation.objects.get(kind="OCMW", municipality=name)
        for name in ("Zwijndrecht", "Beveren-Kruibeke-Zwijndrecht")
    )
    assert (old.closed_on, new.opened_on) == (date(2025, 1, 1), date(2025, 1, 1))
    assert Succession.objects.filter(predecessor=old, successor=new).exists()
    assert not Organisation.objects.schools().filter(municipality="Zwijndrecht").exists()
    moved = PupilLine.objects.filter(period__slug="golf-1", municipality="Hasselt")
    assert set(moved.values_list("nis_code", "school__nis_code")) <= {("71022", "71072")}


def the_first_wave_has_its_texture() -> None:
    first = Period.objects.get(slug="golf-1")
    states = set(first.requests.values_list("state", flat=True))
    assert states == {RequestState.DECIDED, RequestState.WITHDRAWN}
    hand_outs = HandOut.objects.filter(line__period=first)
    ends = {reason for reason in hand_outs.values_list("end_reason", flat=True) if reason}
    assert ends == {EndReason.RECLAIMED, EndReason.REPLACED}
    assert PupilLine.objects.filter(period=first, organisation__kind="OCMW").count() > 10
    files = ProviderFile.objects.filter(kind="ACTIVATIONS", uploaded_at__year=2020)
    assert {file.provider.slug for file in files.select_related("provider")} == {
        "telenet",
        "proximus",
    }
    assert {file.state for file in files} == {FileState.APPLIED}


def every_screen_of_today_has_something() -> None:
    today = Period.objects.get(slug="golf-3")
    requests = VoucherRequest.objects.filter(period=today)
    assert set(requests.values_list("state", flat=True)) == set(RequestState)
    hand_outs = HandOut.objects.filter(line__period=today)
    stages = set(hand_outs.values_list("stage", flat=True))
    assert stages >= {HandOutStage.HANDED_OUT, HandOutStage.REVEALED, HandOutStage.GIVEN}
    assert PupilLine.objects.filter(period=today).waiting().exists()
    assert Renewal.objects.open().count() == 1
    reported = Activation.objects.filter(hand_out__line__period=today)
    assert any((each.recorded_at.date() - each.on).days > 7 for each in reported)


def the_mails_left_but_for_one() -> None:
    """The newest request, and to three people an alert, are mailed about as soon as the demo runs;
    one mail was refused."""
    mails = Mail.objects.order_by().values_list("state").annotate(n=Count("pk"))
    assert {state: n for state, n in mails if state != MailState.SENT} == {
        MailState.QUEUED: 4,
        MailState.FAILED: 1,
    }
    assert list(
        Mail.objects.filter(kind=MailKind.REMINDER).order_by("pk").values_list("weeks", flat=True)
    ) == [2, 4]
