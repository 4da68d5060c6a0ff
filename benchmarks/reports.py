"""A report by school, type or province as of any day, compared with SQL written for that question
alone.

Ours is `reports.tables.table`, as page and command call it. The floor asks for the same four
numbers of the same lines in one handwritten statement, without the other abilities of the figures.
Both must agree. `also` is the whole page: at most three queries for its figures.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks import data, pages
from benchmarks.comparing import Clock, Comparison
from common.days import at
from reports.figures import Dimension, Reading
from reports.tables import Question, table

FIGURES = ("requested", "granted", "handed_out", "activated")
QUERIES_AT_MOST = 3
BARE = """
SELECT {column}, count(*) FILTER (WHERE stands),
    count(*) FILTER (WHERE stands AND granted), count(*) FILTER (WHERE counts),
    count(*) FILTER (WHERE counts AND active)
FROM (
    SELECT line.school_id, line.education_type, line.province, line.period_id, had.voucher_id,
        line.withdrawn_at IS NULL OR line.withdrawn_at >= %(known)s AS stands, decision.granted,
        had.counts, had.active
    FROM vouchers_pupilline line
    LEFT JOIN vouchers_decision decision ON decision.line_id = line.id
        AND decision.decided_at < %(known)s
        AND (decision.withdrawn_at IS NULL OR decision.withdrawn_at >= %(known)s)
    LEFT JOIN (
        SELECT hand_out.line_id, bool_or(activation.id IS NOT NULL) AS active,
            max(hand_out.voucher_id) AS voucher_id,
            bool_or(hand_out.ended_at IS NULL OR hand_out.ended_at >= %(known)s
                    OR hand_out.revealed_at IS NOT NULL
                        AND hand_out.end_reason <> 'REASSIGNED') AS counts
        FROM vouchers_handout hand_out
        LEFT JOIN vouchers_activation activation ON activation.hand_out_id = hand_out.id
            AND activation.recorded_at < %(known)s
            AND (activation.withdrawn_at IS NULL OR activation.withdrawn_at >= %(known)s)
        WHERE hand_out.handed_out_at < %(known)s
        GROUP BY hand_out.line_id
    ) had ON had.line_id = line.id
    WHERE line.submitted_at < %(known)s
) line
GROUP BY 1
"""
# By provider: of a line's codes the latest, which in these data is the only one.
COLUMNS = {
    Dimension.SCHOOL: "(SELECT number FROM schools_organisation WHERE id = school_id)",
    Dimension.EDUCATION_TYPE: "education_type",
    Dimension.PROVINCE: "province",
    Dimension.PERIOD: "(SELECT slug FROM vouchers_period WHERE id = period_id)",
    Dimension.PROVIDER: """coalesce((SELECT provider.slug FROM vouchers_provider provider
        JOIN vouchers_voucher code ON code.provider_id = provider.id
        WHERE code.id = voucher_id), '')""",
}


def comparisons(size: data.Size) -> list[Comparison]:
    """Each dimension, as of today and as of a day three years ago."""
    today = timezone.localdate()
    days = {"today": today, "three years ago": today - timedelta(days=3 * 365)}
    return [
        _comparison(dimension, name, day) for dimension in Dimension for name, day in days.items()
    ]


def _comparison(dimension: Dimension, name: str, day: date) -> Comparison:
    question = Question(Reading.COHORT, day, only=frozenset(FIGURES))
    answers: dict[str, Any] = {}

    def ours(clock: Clock) -> None:
        with clock:
            rows = table(question, dimension)
        answers["ours"] = {row.key: tuple(row.numbers[each] for each in FIGURES) for row in rows}

    def floor(clock: Clock) -> None:
        column = COLUMNS[dimension]
        with connection.cursor() as cursor, clock:
            cursor.execute(BARE.format(column=column), {"known": at(day + timedelta(days=1), 0)})
            rows = cursor.fetchall()
        answers["floor"] = {key: tuple(numbers) for key, *numbers in rows if any(numbers)}

    def also() -> tuple[str, bool]:
        assert answers["ours"] == answers["floor"]
        return _queries_of_page(dimension)

    return Comparison(
        work=f"report by {dimension.value.replace('_', ' ')}, as of {name}",
        ours=ours,
        floor=floor,
        at_most=1,
        on_processors=True,
        rounds=5,
        also=also,
    )


def _queries_of_page(dimension: Dimension) -> tuple[str, bool]:
    """How many of a page's queries count anything (the rest find out who is asking)."""
    client = pages.client_of(data.officer())
    with CaptureQueriesContext(connection) as asked:
        pages.get(client, reverse("report", args=[dimension]))
    ours = [query for query in asked if "WITH decided" in query["sql"]]
    periods = [query for query in asked if 'FROM "vouchers_period"' in query["sql"]]
    count = len(ours) + len(periods)
    return f"{count} queries (≤ {QUERIES_AT_MOST})", count <= QUERIES_AT_MOST
