"""The five worked examples (docs/rules.md#examples), acted out by the real actions in 2020."""

from datetime import date

import pytest

from accounts.tests.factories import make_coordinator
from conftest import Cast
from reports.figures import Dimension
from reports.tests.asking import activity, by, cohort
from schools.models import Province
from schools.tests.factories import make_ocmw
from vouchers.actions.files import provider_files
from vouchers.actions.life import lifecycle, renewals
from vouchers.actions.requests import requests
from vouchers.models import HandOut, Period, Renewal
from vouchers.states import VoidReason
from vouchers.tests.factories import (
    at,
    handed_out,
    load_codes,
    make_period,
    make_pool,
    report_activations,
    reveal,
)

END_OF_YEAR = date(2020, 12, 31)


@pytest.fixture
def wave_2(cast: Cast) -> Period:
    return make_period(
        slug="golf-2", name="Golf 2", prefix="G2", start=date(2020, 9, 1), end=END_OF_YEAR
    )


def one_pupil(cast: Cast, day: date) -> HandOut:
    """A pupil of the own school with a code from the pool that is valid to 30 June."""
    load_codes(cast.pool, by=cast.officer, codes=3, now=at(date(2020, 3, 2)))
    (hand_out,) = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, now=at(day)
    )
    return hand_out


def test_a_code_replaced_in_the_next_wave(cast: Cast, wave_2: Period) -> None:
    first = one_pupil(cast, date(2020, 4, 3))
    report_activations([first], on=date(2020, 4, 10), by=cast.provider_user)
    september = make_pool(cast.provider, name="september", valid_until=date(2021, 6, 30))
    load_codes(september, by=cast.officer, codes=1, now=at(date(2020, 9, 2)))
    second = lifecycle.replace(
        hand_out=first, by=cast.officer, now=at(date(2020, 9, 14)), reason=VoidReason.FAULTY
    )
    report_activations([second], on=date(2020, 10, 1), by=cast.provider_user)

    assert cohort("handed_out", cast.period, as_of=END_OF_YEAR) == 1
    assert cohort("activated", cast.period, as_of=END_OF_YEAR) == 1
    assert activity("handed_out", wave_2, as_of=END_OF_YEAR) == 0
    assert activity("activated", wave_2, as_of=END_OF_YEAR) == 0
    assert activity("replaced", wave_2, as_of=END_OF_YEAR) == 1


def test_b_renewed_by_the_provider_and_known_later(cast: Cast, wave_2: Period) -> None:
    hand_out = one_pupil(cast, date(2020, 4, 3))
    report_activations([hand_out], on=date(2020, 4, 10), by=cast.provider_user)
    renewals.ask(hand_outs=[hand_out.pk], by=cast.coordinator, now=at(date(2020, 9, 15)))
    renewals.take_list(provider=cast.provider, by=cast.provider_user, now=at(date(2020, 9, 16)))
    renewals.confirm(
        renewals=[Renewal.objects.get().pk],
        on=date(2020, 9, 20),
        valid_until=date(2021, 6, 30),
        by=cast.provider_user,
        now=at(date(2020, 9, 22)),
    )

    assert activity("activated", wave_2, as_of=END_OF_YEAR) == 0
    assert activity("renewed", wave_2, as_of=END_OF_YEAR) == 1
    assert activity("renewed", wave_2, as_of=date(2020, 9, 22)) == 1
    assert activity("renewed", wave_2, as_of=date(2020, 9, 21)) == 0
    on_the_20th = make_period(
        slug="dag", prefix="D", start=date(2020, 9, 20), end=date(2020, 9, 20)
    )
    assert activity("renewed", on_the_20th, as_of=END_OF_YEAR) == 1
    assert cohort("expired", cast.period, as_of=date(2020, 7, 31)) == 1
    assert cohort("in_use", cast.period, as_of=date(2020, 7, 31)) == 0
    assert cohort("expired", cast.period, as_of=END_OF_YEAR) == 0
    assert cohort("in_use", cast.period, as_of=END_OF_YEAR) == 1


def test_c_a_code_reclaimed_and_handed_to_another(cast: Cast) -> None:
    a = one_pupil(cast, date(2020, 4, 3))
    assert lifecycle.reclaim(hand_outs=[a.pk], by=cast.officer, now=at(date(2020, 5, 20))) == 1
    (b,) = handed_out(
        cast.other_school,
        cast.period,
        by=cast.other_coordinator,
        officer=cast.officer,
        now=at(date(2020, 5, 25)),
    )
    assert b.voucher_id == a.voucher_id

    def per_school(as_of: date) -> dict[str, object]:
        handed = by(Dimension.SCHOOL, "handed_out", cast.period, as_of=as_of)
        return {key: number for key, number in handed.items() if number}

    assert per_school(date(2020, 5, 10)) == {cast.school.number: 1}
    assert per_school(date(2020, 5, 22)) == {}
    assert per_school(date(2020, 6, 30)) == {cast.other_school.number: 1}
    assert activity("handed_out", cast.period, as_of=END_OF_YEAR) == 2
    assert activity("taken_back", cast.period, as_of=END_OF_YEAR) == 1


def test_d_an_ocmw_asks_for_pupils_of_two_schools(cast: Cast) -> None:
    ocmw = make_ocmw()
    asker = make_coordinator(ocmw, email="ocmw@example.org", name="Ona Ocmw")
    now = at(date(2020, 3, 9))
    request = requests.create_draft(organisation=ocmw, period=cast.period, by=asker, now=now)
    schools = [cast.school] * 6 + [cast.other_school] * 4
    requests.save_draft(
        request=request,
        lines=[requests.LineInput(f"K-{n}", school) for n, school in enumerate(schools)],
        defaults=requests.Defaults(education_type="PRIMARY"),
        by=asker,
        now=now,
    )
    requests.submit(request=request, by=asker, now=now)

    for name in ("requested", "via_other"):
        assert by(Dimension.SCHOOL, name, cast.period, as_of=END_OF_YEAR) == {
            cast.school.number: 6,
            cast.other_school.number: 4,
        }
        assert by(Dimension.PROVINCE, name, cast.period, as_of=END_OF_YEAR) == {
            Province.OOST_VLAANDEREN: 6,
            Province.BRUSSEL: 4,
        }


def test_e_a_file_undone_five_days_later(cast: Cast) -> None:
    hand_out = one_pupil(cast, date(2020, 4, 3))
    reveal([hand_out], by=cast.coordinator, now=at(date(2020, 4, 6)))
    file = report_activations(
        [hand_out], on=date(2020, 5, 10), by=cast.provider_user, now=at(date(2021, 1, 15))
    )
    may = make_period(slug="mei", prefix="M", start=date(2020, 5, 1), end=date(2020, 5, 31))

    def check() -> None:
        assert activity("activated", may, as_of=date(2021, 1, 6)) == 0
        assert activity("activated", may, as_of=date(2021, 1, 16)) == 1
        assert cohort("activated", cast.period, as_of=date(2021, 1, 6)) == 0
        assert cohort("activated", cast.period, as_of=date(2021, 1, 16)) == 1

    check()
    provider_files.undo(file=file, by=cast.provider_user, now=at(date(2021, 1, 20)))
    check()
    assert activity("activated", may, as_of=date(2021, 1, 25)) == 0
    assert cohort("activated", cast.period, as_of=date(2021, 1, 25)) == 0
