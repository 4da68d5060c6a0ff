"""Who let somebody into an organisation leaves its codes to a colleague for thirty days (finding 1,
ADR 36)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.admissions import admit
from accounts.models import Admission, User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.refused import Refused, allowed
from common.tests.asking import confirm
from conftest import Cast, SignIn
from vouchers import policies
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.plan import NotEnoughForPeriod, Plan
from vouchers.actions.hand_out.preview import preview_period
from vouchers.actions.life import lifecycle, reveals
from vouchers.actions.requests import requests
from vouchers.models import HandOut
from vouchers.states import RequestState, VoidReason
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    submitted_request,
)

ADMITTED = at(date(2020, 3, 2))
NOW = at(date(2020, 3, 12))
AFTER = ADMITTED + timedelta(days=30)


def let_in(cast: Cast, *, by: User) -> None:
    """Somebody was let into the own school."""
    helper = make_coordinator(email="helper@example.org", name="Hanne Helper")
    Admission.objects.create(
        organisation=cast.school, who=helper, admitted_at=ADMITTED, admitted_by=by
    )


@pytest.fixture
def second(cast: Cast) -> User:
    return make_ministry_user(email="second@example.org", name="Tweede Officier")


def test_the_sentence_names_until_when_and_who_else(cast: Cast, second: User) -> None:
    let_in(cast, by=cast.officer)
    with pytest.raises(Refused) as refusal:
        policies.check_did_not_admit(cast.officer, cast.school, NOW)
    assert refusal.value.code == "admitted-lately"
    assert refusal.value.message == (
        "Jij liet Hanne Helper toe bij Vrije Basisschool (000018, Aalst), op 2 maart 2020. Tot en "
        "met 1 april 2020 beslist een collega over deze organisatie en reikt die de codes uit: "
        "Ada Admin, Tweede Officier."
    )
    for who, place, when in (
        (second, cast.school, NOW),
        (cast.officer, cast.other_school, NOW),
        (cast.officer, cast.school, AFTER),
    ):
        assert allowed(policies.check_did_not_admit, who, place, when)


def test_who_let_it_go_keeps_off_as_well(cast: Cast, second: User) -> None:
    Admission.objects.create(
        organisation=cast.school, who=cast.coordinator, admitted_at=ADMITTED,
        admitted_by=cast.officer, let_go_by=second,
    )  # fmt: skip
    assert not allowed(policies.check_did_not_admit, second, cast.school, NOW)


def test_it_stays_when_the_membership_ends(cast: Cast) -> None:
    helper = make_coordinator(email="helper@example.org", name="Hanne Helper")
    cast.school.memberships.all().delete()
    admit(helper, [cast.school], by=cast.officer, now=ADMITTED)
    helper.memberships.all().delete()
    assert not allowed(policies.check_did_not_admit, cast.officer, cast.school, NOW)


def test_deciding_is_for_a_colleague(cast: Cast, second: User) -> None:
    let_in(cast, by=cast.officer)
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    with pytest.raises(Refused, match="Jij liet Hanne Helper toe"):
        requests.grant_all(request=request, by=cast.officer, now=NOW)
    done = requests.grant_selection(requests=[request.pk], by=cast.officer, now=NOW)
    assert (done.requests, len(done.refused)) == (0, 1)
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=NOW)
    request.refresh_from_db()
    assert request.state == RequestState.RETURNED  # a question gives nothing away


def test_handing_out_and_replacing_are_for_a_colleague(cast: Cast, second: User) -> None:
    load_codes(cast.pool, by=cast.officer, codes=5)
    (bond,) = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=1
    )
    request = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    let_in(cast, by=cast.officer)
    with pytest.raises(Refused, match="Jij liet"):
        handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    reveals.reveal(hand_outs=[bond.pk], by=cast.coordinator, now=NOW)
    with pytest.raises(Refused, match="Jij liet"):
        lifecycle.replace(hand_out=bond, by=cast.officer, now=NOW, reason=VoidReason.FAULTY)
    bond.refresh_from_db()
    assert bond.ended_at is None
    handing_out.hand_out(request=request, by=second, now=NOW)
    lifecycle.replace(hand_out=bond, by=second, now=NOW, reason=VoidReason.FAULTY)


def waiting(cast: Cast) -> None:
    """Both schools wait, each for as many pupils."""
    for school, asker in (
        (cast.school, cast.coordinator),
        (cast.other_school, cast.other_coordinator),
    ):
        granted_request(school, cast.period, by=asker, officer=cast.officer, references=2)


def test_a_whole_wave_passes_that_organisation_over_and_keeps_its_codes(
    cast: Cast, second: User
) -> None:
    waiting(cast)
    let_in(cast, by=cast.officer)
    load_codes(cast.pool, by=cast.officer, codes=3)
    with pytest.raises(NotEnoughForPeriod):  # counted with everybody
        handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW)
    load_codes(cast.pool, by=cast.officer, codes=["more-1"])
    lately = policies.admitted_lately(cast.officer, NOW)
    shown = preview_period(cast.period, NOW, without=lately)
    done = handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW)
    assert (done.count, shown.count, shown.passed_over) == (2, 2, 2)
    served = HandOut.objects.values_list("line__organisation", flat=True)
    assert set(served) == {cast.other_school.pk}
    with pytest.raises(Refused, match="Jij liet"):  # only they are left
        handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW)
    assert handing_out.hand_out_period(period=cast.period, by=second, now=NOW).count == 2


def test_a_division_is_made_by_a_colleague(cast: Cast, second: User) -> None:
    waiting(cast)
    let_in(cast, by=cast.officer)
    load_codes(cast.pool, by=cast.officer, codes=2)
    plan = Plan(rule="PROPORTIONAL")
    with pytest.raises(Refused, match="Een collega verdeelt deze golf: Ada Admin"):
        handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW, plan=plan)
    done = handing_out.hand_out_period(period=cast.period, by=second, now=NOW, plan=plan)
    assert done.count == 2


def test_the_page_of_a_request_says_it_instead_of_buttons(cast: Cast, as_user: SignIn) -> None:
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    helper = make_coordinator(email="helper@example.org", name="Hanne Helper")
    Admission.objects.create(
        organisation=cast.school, who=helper, admitted_at=timezone.now(), admitted_by=cast.officer
    )
    address = reverse("ministry_request", args=[request.pk])
    page = as_user(cast.officer).get(address).content.decode()
    assert "Jij liet Hanne Helper toe" in page
    assert "Alles goedkeuren" not in page
    assert "Alles goedkeuren" in as_user(cast.administrator).get(address).content.decode()
    decide = reverse("ministry_decide", args=[request.pk])
    assert as_user(cast.officer).get(decide).status_code == 302
    confirm(as_user(cast.administrator), decide, {})
