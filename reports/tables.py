"""Asks the figures: a table by a dimension in one query, and the total in one of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from reports.figures import FIGURES, Dimension, Figure, Reading
from reports.standing import BY_CHOICE, BY_SCHOOL, TOTAL, standing_sql
from schools.models import EducationType, Organisation, Province
from voucherportal.days import BRUSSELS
from vouchers.models import Period

ALWAYS = (date.min, date.max)
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a reading, of a period or of all, as of a day.

    `with_empty`: also the schools, types or provinces of which nothing is counted.
    `only`: names of the figures to count; all when it is empty.
    """

    reading: str
    as_of: date
    period: Period | None = None
    with_empty: bool = False
    only: frozenset[str] = frozenset()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures that this reading has and that are asked; only these are computed."""
        return tuple(
            figure
            for figure in FIGURES
            if figure.count(self.reading) and (not self.only or figure.name in self.only)
        )

    @property
    def of_period(self) -> bool:
        """Are only the lines of the period's own requests counted?"""
        return self.reading == Reading.COHORT and self.period is not None

    @property
    def window(self) -> tuple[date, date]:
        """The days [a, b) of the activity: the period's reporting window, else all days."""
        if self.reading == Reading.COHORT or self.period is None:
            return ALWAYS
        return self.period.reports_from, self.period.reports_until + timedelta(days=1)

    @property
    def existing(self) -> tuple[date, date]:
        """First and last day of the time in which a school has to have existed to show empty."""
        if self.period is None:
            return date.min, self.as_of
        return self.period.reports_from, min(self.period.reports_until, self.as_of)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one school, type or province, or of all; None for one that was not asked or
    that the reading does not have."""

    key: str
    label: str
    numbers: Mapping[str, Number]

    @property
    def is_empty(self) -> bool:
        """Is there nothing to count?"""
        return not any(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Total:
    """All lines together, and up to which day each provider had told its activations."""

    row: Row
    told_until: tuple[tuple[str, date | None], ...]


def start_of(day: date) -> datetime:
    """The first moment of a day in Brussels, also when the clock changes that day."""
    return datetime.combine(day, time.min, BRUSSELS)


def day_of(moment: datetime) -> date:
    """The day in Brussels of a moment."""
    return moment.astimezone(BRUSSELS).date()


def table(question: Question, dimension: str) -> list[Row]:
    """A row per school, type or province with what is counted there; one query."""
    if dimension == Dimension.SCHOOL:
        rows = [_school_row(question, *answer) for answer in _answers(question, BY_SCHOOL)]
    else:
        rows = _choice_rows(question, Dimension(dimension))
    return rows if question.with_empty else [row for row in rows if not row.is_empty]


def total(question: Question) -> Total:
    """All lines together, by a query of its own: what every table must add up to."""
    ((told, *values),) = _answers(question, TOTAL)
    until = tuple((name, date.fromisoformat(day) if day else None) for name, day in told or [])
    return Total(Row("", _("Totaal"), _numbers(question, values)), until)


def _answers(question: Question, sql: str, **parts: str) -> list[tuple[Any, ...]]:
    counts = {each.name: each.count(question.reading) for each in question.figures}
    query = standing_sql(
        sql,
        of_period=question.of_period,
        aggregates=", ".join(f"{count.sql} AS {name}" for name, count in counts.items() if count),
        columns=", ".join(f"counted.{name}" for name in counts),
        **parts,
    )
    with connection.cursor() as cursor:
        cursor.execute(query, _parameters(question))
        return cursor.fetchall()


def _parameters(question: Question) -> dict[str, Any]:
    """The bounds of the question; what is known ends with the Brussels day `as_of`."""
    known = start_of(question.as_of + timedelta(days=1))
    first_day, day_after = question.window
    existing_from, existing_until = question.existing
    return {
        "as_of": question.as_of,
        "known": known,
        "period": question.period.pk if question.period else None,
        "first_day": first_day,
        "day_after": day_after,
        "window_start": start_of(first_day),
        "window_end": min(start_of(day_after), known),
        "with_empty": question.with_empty,
        "existing_from": existing_from,
        "existing_until": existing_until,
        "school_kind": Organisation.Kind.SCHOOL,
    }


def _numbers(question: Question, values: Sequence[Number]) -> dict[str, Number]:
    """The values by the name of their figure; nothing counted is 0, a share of nothing is None."""
    found = dict(zip((figure.name for figure in question.figures), values, strict=True))
    for figure in question.figures:
        if found[figure.name] is None and not figure.is_share:
            found[figure.name] = 0
    return {figure.name: found.get(figure.name) for figure in FIGURES}


def _school_row(
    question: Question, number: str, name: str, place: str, since: date | None,
    successors: list[str] | None, *values: Number,
) -> Row:  # fmt: skip
    """Names repeat, so number and municipality stand beside them; a merged school says so."""
    label = f"{name} ({number}, {place})"
    if since and successors:
        label = _("{school}, sinds {day} opgegaan in {successors}").format(
            school=label, day=f"{since:%d/%m/%Y}", successors=_(" en ").join(successors)
        )
    return Row(number, label, _numbers(question, values))


def _choice_rows(question: Question, dimension: Dimension) -> list[Row]:
    """A row per choice, in the order of the choices: what is unknown comes last."""
    choices = (Province if dimension == Dimension.PROVINCE else EducationType).choices
    answers = _answers(question, BY_CHOICE, column=dimension.value)
    found = {key: _numbers(question, values) for key, *values in answers}
    nothing = _numbers(question, [None] * len(question.figures))
    return [Row(key, str(label), found.get(key, nothing)) for key, label in choices]
