"""Erasing changes no figure, no book and no seal (rules 2, 3 and 6)."""

from datetime import date
from typing import Any

import pytest

from common.days import at
from conftest import Cast
from history.seal_proof import verify
from history.seals import seal_all
from history.tests.owner import sql
from reports.figures import Dimension, Reading
from reports.tables import Question, table, total
from vouchers.actions.upkeep import jobs
from vouchers.books import balance, miscounted_requests
from vouchers.models import Job, Period
from vouchers.tests.two_waves import ERASED_AT, close_pool, two_waves

DAYS = [
    date(2020, 3, 9), date(2020, 3, 11), date(2020, 4, 30), date(2020, 7, 1), date(2020, 9, 30),
    date(2021, 1, 9), date(2021, 1, 11), date(2021, 12, 31),
]  # fmt: skip


def every_figure() -> list[Any]:
    """All figures of all waves and of each, both readings, by every dimension, as of each day."""
    found: list[Any] = []
    for reading in Reading:
        for day in DAYS:
            for period in (None, *Period.objects.order_by("pk")):
                question = Question(reading, day, period)
                found.append(total(question).row.numbers)
                found += [
                    (row.key, row.label, row.numbers)
                    for dimension in Dimension
                    for row in table(question, dimension)
                ]
    return found


@pytest.mark.as_owner
def test_figures_books_and_seals_are_what_they_were(cast: Cast) -> None:
    waves = two_waves(cast)
    close_pool(cast)
    # All of it happened long ago, in transactions that ended.
    sql("UPDATE history_historyevent SET transaction = 1 + id % 7")
    sealed = seal_all(now=at(date(2020, 12, 1)))
    assert sealed > 50
    before = every_figure(), balance()
    job = jobs.enqueue(
        kind=Job.Kind.ERASE, period=waves.first, by=cast.officer, now=ERASED_AT, sent=False
    )
    assert jobs.run(job_id=job.pk, worker="test", now=ERASED_AT)
    job.refresh_from_db()
    assert job.result == {"codes": 5, "pupils": 3, "texts": 1, "mails": 3, "files": 2}
    assert (every_figure(), balance()) == before
    assert [pool.off for pool in balance() if pool.off] == []
    assert miscounted_requests() == 0
    proof = verify()
    assert (proof.rows, proof.finding) == (sealed, None)
