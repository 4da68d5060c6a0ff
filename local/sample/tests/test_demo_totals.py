"""The waves of the sample data come to exactly what they promise, in every dimension
(docs/demo.md)."""

from datetime import date

import pytest
from django.utils import timezone

from local.sample.everything import make_everything
from local.sample.sizes import SMALL
from reports.figures import Dimension, Reading
from reports.tables import Question, table, total
from vouchers.models import Period

FIGURES = frozenset({"handed_out", "activated", "renewed"})


@pytest.fixture
def periods(db: None) -> dict[str, Period]:
    make_everything(SMALL, timezone.localdate())
    return {period.slug: period for period in Period.objects.all()}


def test_totals_of_2020(periods: dict[str, Period]) -> None:
    """The same as known when the wave ended and as of today."""
    waves = {
        ("golf-1", date(2020, 7, 31)): (SMALL.handed_out, SMALL.activated),
        ("golf-2", date(2020, 12, 31)): (SMALL.second_handed_out, SMALL.second_activated),
    }
    for (slug, end), expected in waves.items():
        for day in (end, timezone.localdate()):
            question = Question(
                reading=Reading.COHORT, as_of=day, period=periods[slug], only=FIGURES
            )
            for dimension in Dimension:
                rows = table(question, dimension)
                found = [
                    sum(row.numbers[name] or 0 for row in rows)
                    for name in ("handed_out", "activated")
                ]
                assert tuple(found) == expected, (slug, day, dimension)
    activity = Question(
        reading=Reading.ACTIVITY, as_of=timezone.localdate(), period=periods["golf-2"], only=FIGURES
    )
    assert total(activity).row.numbers["renewed"] == SMALL.renewed
