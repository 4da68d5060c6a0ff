"""What figures promise, on histories made by the real actions: identities, stability, edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from conftest import Cast
from reports.figures import FIGURES, Dimension, Reading
from reports.tables import Question, table, total, whole_table
from reports.tests.asking import activity, by, cohort
from reports.tests.histories import FIRST_DAY, STEPS, History, steps
from reports.tests.oracle import counted, counted_by, days_of, seen
from reports.tests.waiting import check_waiting
from schools.models import Organisation, Succession
from vouchers.actions.files import provider_files
from vouchers.actions.life import lifecycle
from vouchers.models import Period
from vouchers.models.files import reported_until
from vouchers.states import VoidReason
from vouchers.tests.factories import (
    at,
    handed_out,
    load_codes,
    make_period,
    make_request,
    report_activations,
    reveal,
    submitted_request,
)

Happenings = list[tuple[str, int, int]]
generated = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Every step of a history at least once, so that no figure is compared at zero only.
BUSY: Happenings = [
    *[("ask", 1, n) for n in range(8)], *[("ask_for_others", 1, n) for n in range(3)],
    ("withdraw", 1, 1), *[("decide", 1, n) for n in (1, 3, 4, 2, 1, 1)], ("undo_decision", 1, 6),
    *[("hand_out", 1, n) for n in range(6)], *[("reveal", 1, n) for n in (0, 2, 3, 5)],
    ("give", 1, 0), ("give", 1, 2), ("not_given", 2, 0), ("give", 1, 0),
    ("void", 1, 3), *[("reassign", 1, n) for n in range(8)], ("give_back", 1, 4),
    *[("reclaim", 1, n) for n in (1, 4, 6, 2)], ("hand_out", 3, 0),
    ("activate", 3, 0), ("activate", 4, 2), ("activate", 1, 4), ("replace", 5, 0),
    ("activate", 6, 5),
    # Replaced unseen, and the replacement is taken back: the pupil has had nothing.
    ("replace", 1, 2), ("reclaim", 1, 9),
    ("undo_file", 9, 1), ("renew", 20, 0), ("renew", 1, 2), ("extend", 10, 1),
    ("decide", 1, 1), ("decide", 1, 1), ("decide", 1, 1), ("close", 60, 0),
    # Whoever loses a code after the period was closed waits.
    ("void", 1, 8), ("renew", 100, 2),
]  # fmt: skip


def all_questions(history: History, as_of: date) -> list[Question]:
    periods: list[Period | None] = [None, history.cast.period, history.second]
    return [Question(reading, as_of, period) for reading in Reading for period in periods]


def numbers(question: Question) -> dict[str, Any]:
    return dict(total(question).row.numbers)


def shown_of(history: History, wanted: Happenings) -> dict[Question, dict[str, Any]]:
    """Run it; what every question answered at the end of each day on which something happened."""
    shown: dict[Question, dict[str, Any]] = {}
    for n, (name, days, choice) in enumerate(wanted):
        last_of_day = n + 1 == len(wanted) or wanted[n + 1][1] > 0
        history.run([(name, days, choice)])
        if last_of_day:
            shown |= {each: numbers(each) for each in all_questions(history, history.day)}
            check_waiting(history)
    return shown


def check(history: History, wanted: Happenings) -> None:
    shown = shown_of(history, wanted)
    for n, (question, then) in enumerate(shown.items()):
        now = numbers(question)
        assert now == then, f"{question} drifted"
        check_identities(question, now)
        # Seven does not divide six, so that each kind of question is used.
        if n % 7 == 0:
            slow = counted(question)
            assert {name: now[name] for name in slow} == slow, question
            check_dimensions(question, now)
        if n % 35 == 0:
            check_filters(question)
    check_flow(history)


def check_identities(question: Question, now: dict[str, Any]) -> None:
    if question.reading != Reading.COHORT:
        return
    assert now["activated"] <= now["handed_out"] <= now["granted"] <= now["requested"]
    assert now["in_use"] + now["expired"] == now["activated"]
    rate = now["activated"] / now["handed_out"] if now["handed_out"] else None
    assert now["activation_rate"] == rate


def check_dimensions(question: Question, now: dict[str, Any]) -> None:
    """Each table is what the slow way counts per row, and adds up to the total."""
    counts = [figure.name for figure in question.figures if not figure.is_share]
    lines = seen(question)
    for dimension in Dimension:
        rows = {row.key: row.numbers for row in table(question, dimension)}
        found = {key: {name: row[name] for name in counts} for key, row in rows.items()}
        assert found == counted_by(question, lines, dimension), dimension
        assert {name: sum(row[name] or 0 for row in found.values()) for name in counts} == {
            name: now[name] for name in counts
        }


def check_filters(question: Question) -> None:
    """What is asked about a part counts that part only, and gives the whole beside it."""
    narrowed = replace(question, province="BE-BRU", education_type="PRIMARY", search="vrije 0026")
    answer, slow = total(narrowed), counted(narrowed)
    assert {name: answer.row.numbers[name] for name in slow} == slow
    assert answer.everything.numbers == numbers(question)
    check_dimensions(narrowed, dict(answer.row.numbers))
    for dimension in Dimension:
        assert whole_table(narrowed, dimension).of == len(table(question, dimension))


def check_flow(history: History) -> None:
    """Handed out minus taken back over all days up to D is handed out as of D."""
    for as_of in days_of(FIRST_DAY, history.day, step=29):
        flow = numbers(Question(Reading.ACTIVITY, as_of))
        stock = numbers(Question(Reading.COHORT, as_of))
        assert flow["handed_out"] - flow["taken_back"] == stock["handed_out"]


@given(wanted=steps)
@generated
def test_figures_hold_on_any_history(cast: Cast, wanted: Happenings) -> None:
    with transaction.atomic():
        check(History(cast), wanted)
        transaction.set_rollback(True)


def test_figures_hold_on_a_busy_history(cast: Cast) -> None:
    check(History(cast), BUSY)


def test_the_busy_history_has_every_step(cast: Cast) -> None:
    history = History(cast)
    assert history.run(BUSY) == set(STEPS)
    seen = set()
    for as_of in days_of(FIRST_DAY, history.day, step=5):
        stock = numbers(Question(Reading.COHORT, as_of))
        seen |= {name for name, number in stock.items() if number}
    assert seen == {figure.name for figure in FIGURES}


def test_handed_out_day_by_day_adds_up(cast: Cast) -> None:
    history = History(cast)
    history.run(BUSY)
    dag = make_period(slug="dag", prefix="D")
    flow = 0
    for day in days_of(FIRST_DAY, history.day):
        dag.reports_from = dag.reports_until = day
        happened = numbers(Question(Reading.ACTIVITY, history.day, dag))
        flow += happened["handed_out"] - happened["taken_back"]
    assert flow == cohort("handed_out", None, as_of=history.day)


def test_closures_mergers_and_moves_change_nothing_of_a_past_day(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator, references=3)
    question = Question(Reading.COHORT, date(2020, 6, 30), cast.period)
    before = {dimension: table(question, dimension) for dimension in Dimension}
    Succession.objects.create(
        predecessor=cast.school,
        successor=cast.other_school,
        on=date(2020, 9, 1),
        recorded_at=at(date(2020, 9, 1)),
    )
    Organisation.objects.filter(pk=cast.school.pk).update(
        closed_on=date(2020, 8, 31),
        municipality="Gent",
        province="BE-VAN",
        nis_code="11002",
        education_types=["SECONDARY"],
    )
    assert {dimension: table(question, dimension) for dimension in Dimension} == before
    (row,) = table(replace(question, as_of=date(2020, 9, 1)), Dimension.SCHOOL)
    assert row.numbers == before[Dimension.SCHOOL][0].numbers
    assert row.label == (
        "Vrije Basisschool (000018, Aalst), sinds 01/09/2020 opgegaan in "
        "Vrije Basisschool (000026, Brussel)"
    )


def test_a_school_that_moved_within_the_wave_is_one_row_with_both_places(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    Organisation.objects.filter(pk=cast.school.pk).update(municipality="Gent")
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    (row,) = table(Question(Reading.COHORT, date(2020, 6, 30)), Dimension.SCHOOL)
    assert row.label == "Vrije Basisschool (000018, Aalst, Gent)"
    assert row.numbers["requested"] == 2


@pytest.mark.parametrize(
    ("moment", "last_day_without"),
    [
        (datetime(2020, 3, 9, 22, 59, 59, tzinfo=UTC), date(2020, 3, 8)),
        (datetime(2020, 3, 9, 23, 0, 0, tzinfo=UTC), date(2020, 3, 9)),
        # The clock goes forward on 29 March: midnight of the 30th is 22.00 in UTC.
        (datetime(2020, 3, 29, 21, 59, 59, tzinfo=UTC), date(2020, 3, 28)),
        (datetime(2020, 3, 29, 22, 0, 0, tzinfo=UTC), date(2020, 3, 29)),
        # And back on 25 October: midnight of the 25th is 22.00, of the 26th 23.00.
        (datetime(2020, 10, 24, 22, 0, 0, tzinfo=UTC), date(2020, 10, 24)),
        (datetime(2020, 10, 25, 22, 59, 59, tzinfo=UTC), date(2020, 10, 24)),
        (datetime(2020, 10, 25, 23, 0, 0, tzinfo=UTC), date(2020, 10, 25)),
    ],
)
def test_a_day_ends_at_midnight_in_brussels(
    cast: Cast, moment: datetime, last_day_without: date
) -> None:
    period = make_period(slug="jaar", prefix="J", start=date(2020, 1, 1), end=date(2020, 12, 31))
    submitted_request(cast.school, period, by=cast.coordinator, now=moment)
    first_day_with = last_day_without + timedelta(days=1)
    assert cohort("requested", period, as_of=last_day_without) == 0
    assert cohort("requested", period, as_of=first_day_with) == 1
    day = make_period(slug="dag", prefix="D", start=first_day_with, end=first_day_with)
    assert activity("requested", day, as_of=date(2021, 1, 1)) == 1
    day.reports_from = day.reports_until = last_day_without
    assert activity("requested", day, as_of=date(2021, 1, 1)) == 0


def test_a_line_with_two_activated_codes_counts_once(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    (first,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    report_activations([first], on=date(2020, 3, 20), by=cast.provider_user)
    assert cohort("activated", cast.period, as_of=date(2020, 3, 20)) == 1
    assert cohort("activation_rate", cast.period, as_of=date(2020, 3, 20)) == 1.0
    assert activity("activation_rate", cast.period, as_of=date(2020, 3, 20)) is None
    assert activity("waiting", cast.period, as_of=date(2020, 3, 20)) is None


def test_a_rate_of_nought_is_not_no_rate(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    assert cohort("activation_rate", cast.period, as_of=date(2020, 3, 20)) is None
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    assert cohort("activation_rate", cast.period, as_of=date(2020, 3, 20)) == 0.0


def test_a_pupil_of_an_unknown_province_is_counted(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(province="UNKNOWN")
    submitted_request(cast.school, cast.period, by=cast.coordinator, references=2)
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator)
    counts = by(Dimension.PROVINCE, "requested", cast.period, as_of=date(2020, 3, 9))
    assert counts == {"BE-BRU": 1, "UNKNOWN": 2}


def test_rows_with_nothing_only_on_request(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    Organisation.objects.filter(pk=cast.other_school.pk).update(opened_on=date(2020, 7, 31))
    question = Question(Reading.COHORT, date(2020, 12, 31), cast.period)

    def keys(asked: Question) -> list[str]:
        return [row.key for row in table(asked, Dimension.SCHOOL)]

    assert keys(question) == [cast.school.number]
    assert keys(replace(question, with_empty=True)) == [
        cast.school.number,
        cast.other_school.number,
    ]
    Organisation.objects.filter(pk=cast.other_school.pk).update(opened_on=date(2020, 8, 1))
    assert keys(replace(question, with_empty=True)) == [cast.school.number]
    Organisation.objects.filter(pk=cast.other_school.pk).update(
        opened_on=None, closed_on=date(2020, 3, 1)
    )
    assert keys(replace(question, with_empty=True)) == [cast.school.number]
    provinces = table(replace(question, with_empty=True), Dimension.PROVINCE)
    assert len(provinces) == 8


@pytest.mark.parametrize("dimension", Dimension)
def test_one_query_for_a_table_and_one_for_the_total(cast: Cast, dimension: Dimension) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator, references=3)
    question = Question(Reading.COHORT, date(2020, 12, 31), cast.period)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        table(question, dimension)
        total(question)
    assert len(queries) == 2


def test_only_what_is_asked_is_counted(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    asked = Question(Reading.COHORT, date(2020, 12, 31), None, only=frozenset({"requested"}))
    found = {figure.name: None for figure in FIGURES} | {"requested": 1}
    assert numbers(asked) == found


def test_how_far_a_provider_told_is_known_as_of_a_day(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    (first,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    file = report_activations(
        [first], on=date(2020, 3, 20), by=cast.provider_user, now=at(date(2020, 3, 25))
    )
    nothing = (("Proximus", None), ("Telenet", None))
    reported = (("Proximus", None), ("Telenet", date(2020, 3, 20)))
    assert total(Question(Reading.COHORT, date(2020, 3, 24))).reported_until == nothing
    assert total(Question(Reading.COHORT, date(2020, 3, 25))).reported_until == reported
    assert reported_until() == {cast.provider.pk: date(2020, 3, 20)}
    provider_files.undo(file=file, by=cast.provider_user, now=at(date(2020, 3, 27)))
    assert total(Question(Reading.COHORT, date(2020, 3, 26))).reported_until == reported
    assert total(Question(Reading.COHORT, date(2020, 3, 27))).reported_until == nothing
    assert reported_until() == {}


@pytest.mark.parametrize("seen", [False, True])
def test_a_code_that_ended_unseen_is_handed_out_to_nobody(cast: Cast, seen: bool) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    (first,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    if seen:
        reveal([first], by=cast.coordinator, now=at(date(2020, 3, 12)))
    second = lifecycle.replace(
        hand_out=first, by=cast.officer, now=at(date(2020, 4, 6)), reason=VoidReason.FAULTY
    )
    lifecycle.reclaim(
        hand_outs=[second.pk], by=cast.officer, now=at(date(2020, 4, 8)), keep_waiting=True
    )

    def standing(as_of: date) -> list[object]:
        names = ("handed_out", "taken_back", "waiting")
        return [cohort(name, cast.period, as_of=as_of) for name in names]

    assert standing(date(2020, 4, 7)) == [1, 0, 0]
    assert standing(date(2020, 4, 8)) == ([1, 0, 1] if seen else [0, 1, 1])
    assert activity("handed_out", None, as_of=date(2020, 4, 8)) == 1
    assert activity("taken_back", None, as_of=date(2020, 4, 8)) == (0 if seen else 1)


def test_drafts_are_nobodys_figure(cast: Cast) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    make_request(cast.other_school, cast.period, by=cast.other_coordinator)
    assert cohort("requested", None, as_of=date(2020, 12, 31)) == 1
