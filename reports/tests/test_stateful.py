"""Random acts, one after another: after each the books balance, history agrees with the rows, and
the figures of every past day are what they were shown to be (docs/rules.md#figures)."""

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from conftest import Cast
from reports.figures import Reading
from reports.tables import Question, total
from reports.tests.histories import STEPS, History
from reports.tests.oracle import counted
from reports.tests.waiting import check_waiting
from storm.sweep import books_off, does_not_fold, not_born_once, over_history

# What happened before: most random acts would find nothing to act on otherwise.
BEFORE = [
    ("ask", 0, 2), ("ask", 0, 3), ("ask_for_others", 0, 1), ("decide", 1, 1), ("decide", 0, 3),
    ("hand_out", 1, 0), ("reveal", 2, 1),
]  # fmt: skip
# A day or none between most acts, now and then a season.
days = st.sampled_from([0, 0, 1, 1, 2, 5, 25, 90])
acting = settings(
    max_examples=5,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Scheme(RuleBasedStateMachine):
    """Everybody who acts on vouchers, in no order but that of the days."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.history = History(self.cast)
        self.history.run(BEFORE)
        self.shown: dict[Question, dict[str, Any]] = {}

    def teardown(self) -> None:
        """Leave nothing for the next run."""
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @rule(what=st.sampled_from(STEPS), later=days, choice=st.integers(0, 7))
    def act(self, what: str, later: int, choice: int) -> None:
        """Somebody does something; whether or not it is refused, time goes on."""
        if later:
            self.shown |= {each: numbers(each) for each in questions(self.history)}
        self.history.run([(what, later, choice)])

    @invariant()
    def the_books_balance(self) -> None:
        """The books of every pool, and the counts that lists rely on."""
        assert books_off() == 0

    @invariant()
    def history_comes_to_the_rows(self) -> None:
        """The last event of each row equals the row, and its first one created it."""
        assert over_history(does_not_fold) == over_history(not_born_once) == 0

    @invariant()
    def every_past_day_is_what_was_shown(self) -> None:
        """Nothing that happens today changes what was true of an earlier day."""
        for question, then in self.shown.items():
            assert numbers(question) == then, f"{question} drifted"

    @invariant()
    def figures_are_what_they_say(self) -> None:
        """Counted line by line they are the same, and who waits is the same everywhere."""
        for question in questions(self.history):
            slow, now = counted(question), numbers(question)
            assert {name: now[name] for name in slow} == slow, question
        check_waiting(self.history)

    @invariant()
    def the_identities_hold_today(self) -> None:
        """Those that hold at one moment, and that the days so far add up to it."""
        for question in questions(self.history):
            now = numbers(question)
            if question.reading == Reading.COHORT:
                assert now["activated"] <= now["handed_out"] <= now["granted"] <= now["requested"]
                assert now["in_use"] + now["expired"] == now["activated"]
        flow = numbers(Question(Reading.ACTIVITY, self.history.day))
        stock = numbers(Question(Reading.COHORT, self.history.day))
        assert flow["handed_out"] - flow["taken_back"] == stock["handed_out"]


def questions(history: History) -> list[Question]:
    """The questions for the current day: both readings, of everything and of the first period."""
    periods = [None, history.cast.period]
    return [Question(reading, history.day, period) for reading in Reading for period in periods]


def numbers(question: Question) -> dict[str, Any]:
    return dict(total(question).row.numbers)


def test_everything_holds_after_each_random_act(cast: Cast) -> None:
    class OfThisCast(Scheme):
        pass

    OfThisCast.cast = cast
    run_state_machine_as_test(OfThisCast, settings=acting)
