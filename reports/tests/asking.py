"""Short ways to ask for a figure in tests."""

from datetime import date

from reports.figures import Dimension, Reading
from reports.tables import Number, Question, table, total
from vouchers.models import Period


def cohort(name: str, period: Period | None, *, as_of: date) -> Number:
    """A figure of a period's own requests."""
    return total(Question(Reading.COHORT, as_of, period)).row.numbers[name]


def activity(name: str, period: Period | None, *, as_of: date) -> Number:
    """A figure of what happened in a period's window."""
    return total(Question(Reading.ACTIVITY, as_of, period)).row.numbers[name]


def by(dimension: Dimension, name: str, period: Period | None, *, as_of: date) -> dict[str, Number]:
    """A cohort figure for each key of a dimension."""
    rows = table(Question(Reading.COHORT, as_of, period), dimension)
    return {row.key: row.numbers[name] for row in rows}
