"""Asking, sending, deciding: what each action does, refuses and leaves alone."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.refused import Refused
from conftest import Cast
from schools.models import EducationType, Organisation, Province
from schools.tests.factories import make_ocmw, make_school
from vouchers.actions.requests import requests
from vouchers.actions.requests.requests import (
    DecisionRefused,
    Defaults,
    DraftRefused,
    LineInput,
    Problem,
    RequestRefused,
    SubmitRefused,
)
from vouchers.models import Decision, PupilLine, VoucherRequest
from vouchers.states import LineState, RequestState, Wish
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_period,
    make_request,
    submitted_request,
)

NOW = at(date(2020, 3, 9))
LATER = at(date(2020, 3, 20))
TOKEN = UUID("11111111-1111-4111-8111-111111111111")
NATIONAL_NUMBER = "85.07.30-033.28"


def own_draft(cast: Cast, **options: Any) -> VoucherRequest:
    return make_request(cast.school, cast.period, by=cast.coordinator, **options)


def own_submitted(cast: Cast, **options: Any) -> VoucherRequest:
    return submitted_request(cast.school, cast.period, by=cast.coordinator, **options)


def own_granted(cast: Cast, **options: Any) -> VoucherRequest:
    return granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, **options
    )


def own_returned(cast: Cast, **options: Any) -> VoucherRequest:
    request = own_submitted(cast, **options)
    return requests.return_to_asker(
        request=request, question="Klopt het aantal?", by=cast.officer, now=NOW
    )


def refused(
    error: type[RequestRefused], act: Callable[..., object], *args: Any, **options: Any
) -> list[tuple[str, int | None]]:
    """Where an act is refused: field and line of each problem."""
    with pytest.raises(error) as caught:
        act(*args, **options)
    return [(problem.field, problem.line) for problem in caught.value.problems]


def save(request: VoucherRequest, cast: Cast, *texts: str, **defaults: Any) -> VoucherRequest:
    return requests.save_draft(
        request=request,
        lines=[LineInput(text) for text in texts],
        defaults=Defaults(**{"education_type": EducationType.PRIMARY} | defaults),
        by=cast.coordinator,
        now=NOW,
    )


def texts(request: VoucherRequest) -> list[str]:
    return list(request.lines.order_by("position", "pk").values_list("reference", flat=True))


# Making a draft


def test_requests_of_a_period_are_numbered_one_by_one(cast: Cast) -> None:
    assert [own_draft(cast).label, own_draft(cast).label] == ["G1-00001", "G1-00002"]


def test_the_same_form_twice_is_one_request(cast: Cast) -> None:
    def create() -> VoucherRequest:
        return requests.create_draft(
            organisation=cast.school,
            period=cast.period,
            by=cast.coordinator,
            now=NOW,
            form_token=TOKEN,
        )

    assert create() == create()
    assert VoucherRequest.objects.count() == 1


def test_a_form_of_another_organisation_is_not_given_back(cast: Cast) -> None:
    options: dict[str, Any] = {"period": cast.period, "now": NOW, "form_token": TOKEN}
    requests.create_draft(organisation=cast.other_school, by=cast.other_coordinator, **options)
    with pytest.raises(Refused):
        requests.create_draft(organisation=cast.school, by=cast.coordinator, **options)


def test_who_does_not_act_for_the_organisation_makes_no_draft(cast: Cast) -> None:
    for person in (cast.other_coordinator, cast.officer, cast.administrator, cast.provider_user):
        with pytest.raises(Refused):
            requests.create_draft(organisation=cast.school, period=cast.period, by=person, now=NOW)
    assert not VoucherRequest.objects.exists()


@pytest.mark.parametrize("day", [date(2020, 2, 29), date(2020, 8, 1)])
def test_no_draft_in_a_period_that_takes_no_requests(cast: Cast, day: date) -> None:
    found = refused(
        DraftRefused,
        requests.create_draft,
        organisation=cast.school,
        period=cast.period,
        by=cast.coordinator,
        now=at(day),
    )
    assert found == [("period", None)]
    assert not VoucherRequest.objects.exists()


def test_a_closed_period_says_since_when_and_whom_to_mail(cast: Cast) -> None:
    with pytest.raises(DraftRefused) as caught:
        requests.create_draft(
            organisation=cast.school,
            period=cast.period,
            by=cast.coordinator,
            now=at(date(2020, 9, 1)),
        )
    message = caught.value.message
    assert "kan niet meer sinds 01/08/2020" in message
    assert "Mail " in message


# Keeping what was typed


def test_lines_are_kept_as_typed_in_their_order_doubles_too(cast: Cast) -> None:
    request = save(own_draft(cast, references=0), cast, "ll-3", "LL-1", "LL-1", "ll 2")
    assert texts(request) == ["ll-3", "LL-1", "LL-1", "ll 2"]


def test_unchanged_lines_keep_their_row_others_are_made_or_deleted(cast: Cast) -> None:
    request = own_draft(cast, references=["A1", "A2", "A3"])
    rows = {line.reference: line.pk for line in request.lines.all()}
    save(request, cast, "A3", "A4", "A1")
    now = {line.reference: line.pk for line in request.lines.all()}
    assert texts(request) == ["A3", "A4", "A1"]
    assert (now["A1"], now["A3"]) == (rows["A1"], rows["A3"])
    assert not PupilLine.objects.filter(pk=rows["A2"]).exists()


def test_a_name_or_a_national_number_is_never_kept(cast: Cast) -> None:
    request = own_draft(cast, references=["A1"])
    found = refused(
        DraftRefused,
        save,
        request,
        cast,
        "A1",
        "Jan Janssens",
        NATIONAL_NUMBER,
        note=f"Bel {NATIONAL_NUMBER} eens",
    )
    assert found == [("reference", 2), ("reference", 3), ("note", None)]
    assert texts(request) == ["A1"]


def test_a_wish_needs_its_provider(cast: Cast) -> None:
    request = own_draft(cast)
    found = refused(DraftRefused, save, request, cast, "A1", wish=Wish.ONLY)
    assert found == [("wish_provider", None)]


def test_a_school_asks_for_its_own_pupils_only(cast: Cast) -> None:
    assert refused(DraftRefused, own_draft, cast, school=cast.other_school) == [("school", 1)]


def test_a_pupil_belongs_to_a_school(cast: Cast) -> None:
    ocmw = make_ocmw()
    cast.coordinator.memberships.create(organisation=ocmw)
    request = requests.create_draft(
        organisation=ocmw, period=cast.period, by=cast.coordinator, now=NOW
    )
    found = refused(
        DraftRefused,
        requests.save_draft,
        request=request,
        lines=[LineInput("A1", cast.school), LineInput("A2", ocmw)],
        defaults=Defaults(),
        by=cast.coordinator,
        now=NOW,
    )
    assert found == [("school", 2)]


# Sending


def test_sending_freezes_the_school_of_each_pupil(cast: Cast) -> None:
    ocmw = make_ocmw()
    cast.coordinator.memberships.create(organisation=ocmw)
    request = requests.create_draft(
        organisation=ocmw, period=cast.period, by=cast.coordinator, now=NOW
    )
    lines = [
        *(LineInput(f"X{n}", cast.school) for n in range(6)),
        *(LineInput(f"Y{n}", cast.other_school) for n in range(4)),
    ]
    requests.save_draft(
        request=request, lines=lines, defaults=Defaults(), by=cast.coordinator, now=NOW
    )
    requests.submit(request=request, by=cast.coordinator, now=NOW)
    frozen = request.lines.values_list("school", "municipality", "province", "education_type")
    in_aalst = (cast.school.pk, "Aalst", Province.OOST_VLAANDEREN, EducationType.PRIMARY)
    in_brussels = (cast.other_school.pk, "Brussel", Province.BRUSSEL, EducationType.PRIMARY)
    assert sorted(frozen) == sorted([in_aalst] * 6 + [in_brussels] * 4)
    assert set(request.lines.values_list("organisation", "state", "submitted_at")) == {
        (ocmw.pk, LineState.ASKED, NOW)
    }


def test_a_school_that_moves_later_changes_nothing_on_the_line(cast: Cast) -> None:
    request = own_submitted(cast, references=["A1"])
    before = PupilLine.objects.filter(request=request).values().get()
    Organisation.objects.filter(pk=cast.school.pk).update(
        municipality="Zwijndrecht",
        nis_code="11056",
        province=Province.ANTWERPEN,
        education_types=[EducationType.SECONDARY],
    )
    assert PupilLine.objects.filter(request=request).values().get() == before


def test_what_was_sent_stays_frozen_when_it_is_sent_again_after_a_move(cast: Cast) -> None:
    request = own_returned(cast, references=["A1", "A2"])
    Organisation.objects.filter(pk=cast.school.pk).update(
        municipality="Zwijndrecht", province=Province.ANTWERPEN
    )
    save(request, cast, "A1", "A2", "A3")
    requests.submit(request=request, by=cast.coordinator, now=LATER)
    lines = request.lines.order_by("position").values_list("reference", "province", "submitted_at")
    assert list(lines) == [
        ("A1", Province.OOST_VLAANDEREN, NOW),
        ("A2", Province.OOST_VLAANDEREN, NOW),
        ("A3", Province.ANTWERPEN, LATER),
    ]


def test_the_only_type_of_a_school_wins_over_the_default(cast: Cast) -> None:
    request = own_draft(cast)
    save(request, cast, "A1", education_type=EducationType.SECONDARY)
    requests.submit(request=request, by=cast.coordinator, now=NOW)
    assert request.lines.get().education_type == EducationType.PRIMARY


def test_a_school_with_two_types_takes_the_default(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(
        education_types=[EducationType.SECONDARY, EducationType.PART_TIME]
    )
    request = own_draft(cast)
    save(request, cast, "A1", education_type=EducationType.PART_TIME)
    requests.submit(request=request, by=cast.coordinator, now=NOW)
    assert request.lines.get().education_type == EducationType.PART_TIME


@pytest.mark.parametrize("chosen", ["", EducationType.PRIMARY])
def test_a_school_with_two_types_says_which_of_them(cast: Cast, chosen: str) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(
        education_types=[EducationType.SECONDARY, EducationType.PART_TIME]
    )
    request = own_draft(cast)
    save(request, cast, "A1", education_type=chosen)
    assert submit_refused(request, cast) == [("education_type", None)]


def submit_refused(
    request: VoucherRequest, cast: Cast, day: date = date(2020, 3, 9)
) -> list[tuple[str, int | None]]:
    found = refused(
        SubmitRefused, requests.submit, request=request, by=cast.coordinator, now=at(day)
    )
    request.refresh_from_db()
    assert request.state in {RequestState.DRAFT, RequestState.RETURNED}
    return found


def test_the_wish_of_the_request_is_frozen_on_its_lines(cast: Cast) -> None:
    request = own_submitted(cast, wish=Wish.ONLY, wish_provider=cast.provider)
    line = request.lines.get()
    assert (line.wish, line.wish_provider) == (Wish.ONLY, cast.provider)


def test_a_request_without_pupils_is_not_sent(cast: Cast) -> None:
    request = own_draft(cast, references=0)
    assert submit_refused(request, cast) == [("lines", None)]


def test_a_reference_twice_in_the_form_is_refused_beside_the_second(cast: Cast) -> None:
    request = own_draft(cast, references=["A1", "A2", "a1"])
    assert submit_refused(request, cast) == [("reference", 3)]
    assert texts(request) == ["A1", "A2", "a1"]


def test_a_reference_already_asked_in_the_period_names_the_request(cast: Cast) -> None:
    first = own_submitted(cast, references=["A1"])
    second = own_draft(cast, references=["A1", "A2"])
    with pytest.raises(SubmitRefused) as caught:
        requests.submit(request=second, by=cast.coordinator, now=NOW)
    (problem,) = caught.value.problems
    assert (problem.field, problem.line) == ("reference", 1)
    assert first.label in problem.message


def test_another_organisation_or_another_period_may_use_the_same_reference(cast: Cast) -> None:
    own_submitted(cast, references=["A1"])
    wave_2 = make_period(slug="golf-2", name="Golf 2", prefix="G2")
    others = [
        submitted_request(
            cast.other_school, cast.period, by=cast.other_coordinator, references=["A1"]
        ),
        submitted_request(cast.school, wave_2, by=cast.coordinator, references=["A1"]),
    ]
    assert {request.state for request in others} == {RequestState.SUBMITTED}


def test_a_withdrawn_reference_can_be_asked_again(cast: Cast) -> None:
    request = own_submitted(cast, references=["A1"])
    requests.withdraw(request=request, by=cast.coordinator, now=NOW)
    assert own_submitted(cast, references=["A1"]).state == RequestState.SUBMITTED


def test_a_period_that_closed_meanwhile_refuses_and_keeps_the_draft(cast: Cast) -> None:
    request = own_draft(cast, references=["A1"])
    assert submit_refused(request, cast, date(2020, 8, 1)) == [("period", None)]
    assert texts(request) == ["A1"]


def test_an_answer_to_a_question_may_come_after_the_last_day(cast: Cast) -> None:
    request = own_returned(cast)
    requests.submit(request=request, by=cast.coordinator, now=at(date(2020, 8, 2)))
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED


def test_a_closed_school_does_not_ask(cast: Cast) -> None:
    request = own_draft(cast)
    Organisation.objects.filter(pk=cast.school.pk).update(closed_on=date(2020, 3, 5))
    assert submit_refused(request, cast) == [("organisation", None)]


def test_nobody_asks_for_a_pupil_of_a_closed_school(cast: Cast) -> None:
    closed = make_school(number="000034", name="School dicht", closed_on=date(2020, 1, 1))
    ocmw = make_ocmw()
    cast.coordinator.memberships.create(organisation=ocmw)
    request = make_request(ocmw, cast.period, by=cast.coordinator, references=["A1"], school=closed)
    assert submit_refused(request, cast) == [("school", 1)]


def test_every_pupil_of_an_ocmw_has_a_school(cast: Cast) -> None:
    ocmw = make_ocmw()
    cast.coordinator.memberships.create(organisation=ocmw)
    request = requests.create_draft(
        organisation=ocmw, period=cast.period, by=cast.coordinator, now=NOW
    )
    save(request, cast, "A1")
    assert submit_refused(request, cast) == [("school", 1)]


def test_sending_locks_the_organisation_so_that_two_requests_cannot_share_a_reference(
    cast: Cast,
) -> None:
    request = own_draft(cast)
    with CaptureQueriesContext(connection) as captured:
        requests.submit(request=request, by=cast.coordinator, now=NOW)
    locks = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert ["vouchers_voucherrequest" in locks[0], "schools_organisation" in locks[1]] == [
        True,
        True,
    ]


# A request that came back


def test_lines_left_out_of_a_returned_request_are_withdrawn_not_deleted(cast: Cast) -> None:
    request = own_returned(cast, references=["A1", "A2"])
    rows = dict(request.lines.values_list("reference", "pk"))
    save(request, cast, "A2", "A3")
    found = {line.reference: (line.state, line.pk) for line in request.lines.all()}
    assert found["A1"] == (LineState.WITHDRAWN, rows["A1"])
    assert found["A2"] == (LineState.ASKED, rows["A2"])
    assert found["A3"][0] == LineState.DRAFT


def test_another_type_or_wish_replaces_the_lines_that_were_sent(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(
        education_types=[EducationType.PRIMARY, EducationType.SPECIAL_PRIMARY]
    )
    request = own_returned(cast, references=["A1"])
    save(request, cast, "A1", education_type=EducationType.SPECIAL_PRIMARY)
    requests.submit(request=request, by=cast.coordinator, now=LATER)
    assert sorted(request.lines.values_list("state", "education_type")) == [
        (LineState.ASKED, EducationType.SPECIAL_PRIMARY),
        (LineState.WITHDRAWN, EducationType.PRIMARY),
    ]
    requests.return_to_asker(request=request, question="En?", by=cast.officer, now=LATER)
    save(
        request,
        cast,
        "A1",
        education_type=EducationType.SPECIAL_PRIMARY,
        wish=Wish.ONLY,
        wish_provider=cast.provider,
    )
    requests.submit(request=request, by=cast.coordinator, now=LATER)
    assert request.lines.get(state=LineState.ASKED).wish == Wish.ONLY


def test_a_question_is_needed_and_holds_no_national_number(cast: Cast) -> None:
    request = own_submitted(cast)
    for question in (" ", f"Is {NATIONAL_NUMBER} van jullie?"):
        found = refused(
            DecisionRefused,
            requests.return_to_asker,
            request=request,
            question=question,
            by=cast.officer,
            now=NOW,
        )
        assert found == [("question", None)]


# Deciding


def test_deciding_writes_a_decision_for_each_line(cast: Cast) -> None:
    request = own_submitted(cast, references=["A1", "A2"])
    first, second = request.lines.order_by("position")
    requests.decide(
        request=request,
        granted=[first.pk],
        refused={second.pk: "Heeft al internet"},
        by=cast.officer,
        now=LATER,
    )
    assert list(request.lines.order_by("position").values_list("state", flat=True)) == [
        LineState.GRANTED,
        LineState.REFUSED,
    ]
    decisions = Decision.objects.order_by("line").values_list(
        "line", "granted", "reason", "decided_at", "decided_by"
    )
    assert list(decisions) == [
        (first.pk, True, "", LATER, cast.officer.pk),
        (second.pk, False, "Heeft al internet", LATER, cast.officer.pk),
    ]


@pytest.mark.parametrize(
    ("granted", "refusals", "expected"),
    [
        ([0], {}, ["lines"]),
        ([0, 1], {1: "nee"}, ["lines"]),
        ([0], {1: " "}, ["reason"]),
        ([0], {1: f"Zie {NATIONAL_NUMBER}"}, ["reason"]),
    ],
)
def test_a_decision_is_complete_or_refused(
    cast: Cast, granted: list[int], refusals: dict[int, str], expected: list[str]
) -> None:
    request = own_submitted(cast, references=2)
    ids = list(request.lines.order_by("position").values_list("pk", flat=True))
    with pytest.raises(DecisionRefused) as caught:
        requests.decide(
            request=request,
            granted=[ids[n] for n in granted],
            refused={ids[n]: reason for n, reason in refusals.items()},
            by=cast.officer,
            now=NOW,
        )
    assert [problem.field for problem in caught.value.problems] == expected
    assert not Decision.objects.exists()


def test_a_line_of_another_request_is_not_decided_along(cast: Cast) -> None:
    request, other = own_submitted(cast), own_submitted(cast)
    ids = [request.lines.get().pk, other.lines.get().pk]
    with pytest.raises(DecisionRefused):
        requests.decide(request=request, granted=ids, refused={}, by=cast.officer, now=NOW)
    assert other.lines.get().state == LineState.ASKED


def test_a_selection_grants_what_it_can_and_tells_the_rest(cast: Cast) -> None:
    waiting = [own_submitted(cast, references=2), own_submitted(cast, references=3)]
    decided = own_granted(cast)
    result = requests.grant_selection(
        requests=[request.pk for request in [*waiting, decided]], by=cast.officer, now=LATER
    )
    assert (result.requests, result.lines) == (2, 5)
    assert [request for request, _sentence in result.refused] == [decided]


def test_undoing_withdraws_the_decisions(cast: Cast) -> None:
    request = own_granted(cast, references=2)
    requests.undo_decision(request=request, by=cast.officer, now=LATER)
    request.refresh_from_db()
    assert (request.state, request.decided_at) == (RequestState.SUBMITTED, None)
    assert set(Decision.objects.values_list("withdrawn_at", "withdrawn_by")) == {
        (LATER, cast.officer.pk)
    }
    requests.grant_all(request=request, by=cast.officer, now=LATER)
    assert Decision.objects.standing().count() == 2


def test_a_decision_stands_once_codes_were_handed_out(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer)
    (hand_out,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    with pytest.raises(Refused):
        requests.undo_decision(request=hand_out.line.request, by=cast.officer, now=LATER)
    assert Decision.objects.standing().count() == 1


def test_a_refusal_is_not_undone_when_the_pupil_was_asked_again(cast: Cast) -> None:
    request = own_submitted(cast, references=["A1"])
    line = request.lines.get()
    requests.decide(
        request=request, granted=[], refused={line.pk: "Te laat"}, by=cast.officer, now=NOW
    )
    own_submitted(cast, references=["A1"])
    with pytest.raises(DecisionRefused):
        requests.undo_decision(request=request, by=cast.officer, now=LATER)
    line.refresh_from_db()
    assert line.state == LineState.REFUSED


def test_possible_doubles_are_a_number_of_pupils_another_organisation_asks_too(
    cast: Cast,
) -> None:
    ocmw = make_ocmw()
    cast.coordinator.memberships.create(organisation=ocmw)
    of_school = own_submitted(cast, references=["A1", "A2", "A3"])
    of_ocmw = submitted_request(
        ocmw, cast.period, by=cast.coordinator, references=["a1", "A3", "B9"], school=cast.school
    )
    elsewhere = submitted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, references=["A1"]
    )
    counts = [requests.possible_doubles(each) for each in (of_school, of_ocmw, elsewhere)]
    assert counts == [2, 2, 0]


def test_throwing_a_draft_away_deletes_it_with_its_lines(cast: Cast) -> None:
    request = own_draft(cast, references=2)
    requests.throw_away(request=request, by=cast.coordinator)
    assert (VoucherRequest.objects.count(), PupilLine.objects.count()) == (0, 0)


def test_withdrawing_a_returned_request_keeps_what_was_sent(cast: Cast) -> None:
    request = own_returned(cast, references=["A1"])
    save(request, cast, "A1", "A2")
    requests.withdraw(request=request, by=cast.coordinator, now=LATER)
    lines = request.lines.values_list("reference", "state", "withdrawn_by")
    assert list(lines) == [("A1", LineState.WITHDRAWN, cast.coordinator.pk)]


def test_a_problem_reads_as_one_message_for_who_has_no_fields() -> None:
    refusal = SubmitRefused([Problem("lines", "Eén."), Problem("note", "Twee.")])
    assert refusal.message == "Eén. Twee."
