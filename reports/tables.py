"""Asks for the figures: a table by a dimension in one query, the total in one of its own."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from common.days import at
from common.search import words
from reports.figures import FIGURES, READS, Dimension, Figure, Reading
from reports.groupings import all_lines, by_choice, by_name, by_school
from reports.line_status import Asked
from schools.models import EducationType, Organisation, Province
from vouchers.models import Period

ALWAYS = (date.min, date.max)
CHOICES = {Dimension.PROVINCE: Province, Dimension.EDUCATION_TYPE: EducationType}
Number = int | float | None
Numbers = Mapping[str, Number]
NOT_ASKED: dict[str, Number] = {figure.name: None for figure in FIGURES}


@dataclass(frozen=True)
class Question:
    """What is asked: a reading, of one period or of all, as of a day.

    with_empty: include rows where nothing is counted. only: names of the figures to count; empty
    means all. province, education_type: only lines frozen with it. search: only lines whose school
    has each of these words in its number, name or frozen municipality.
    """

    reading: str
    as_of: date
    period: Period | None = None
    with_empty: bool = False
    only: frozenset[str] = frozenset()
    province: str = ""
    education_type: str = ""
    search: str = ""

    @cached_property
    def filters(self) -> dict[str, tuple[str, str]]:
        """The filters that are on: for each the name of its parameter, and its value."""
        found = {
            name: (name, value)
            for name in ("province", "education_type")
            if (value := getattr(self, name))
        }
        asked = enumerate(words(self.search))
        return found | {f"word_{n}": ("word", word) for n, word in asked}

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures asked that this reading has; only these are computed."""
        return tuple(
            figure
            for figure in FIGURES
            if figure.count(self.reading) and (not self.only or figure.name in self.only)
        )

    @property
    def of_period(self) -> bool:
        """Whether only the lines of the period's own requests are counted."""
        return self.reading == Reading.COHORT and self.period is not None

    @property
    def window(self) -> tuple[date, date]:
        """The days [a, b) of the activity: the period's reporting window, else all days."""
        if self.reading == Reading.COHORT or self.period is None:
            return ALWAYS
        return self.period.reports_from, self.period.reports_until + timedelta(days=1)

    @property
    def existing(self) -> tuple[date, date]:
        """First and last day of the time in which a school without lines must have existed."""
        if self.period is None:
            return date.min, self.as_of
        return self.period.reports_from, min(self.period.reports_until, self.as_of)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one school, type, province, period or provider, or of all; None for a figure
    that was not asked or that the reading does not have."""

    key: str
    label: str
    numbers: Numbers

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to count."""
        return not any(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that match the filters, and how many there are without filters."""

    rows: list[Row]
    of: int


@dataclass(frozen=True, slots=True)
class Total:
    """All lines that match the filters together, and `everything`: all lines without filters; and
    up to which day each provider had reported its activations."""

    row: Row
    everything: Row
    reported_until: tuple[tuple[str, date | None], ...]


def table(question: Question, dimension: str) -> list[Row]:
    """A row for each school, type, province, period or provider, with its figures."""
    return whole_table(question, Dimension(dimension)).rows


def whole_table(question: Question, dimension: Dimension) -> Table:
    """The rows in order, and how many there are without the filters; one query."""
    rows: dict[str, Row] = {}
    found: set[str] = set()
    for row, fits, matches in _answered_rows(question, dimension):
        if question.with_empty or not row.is_empty:
            found.add(row.key)
        if matches:
            rows[row.key] = row
        elif fits:
            rows.setdefault(row.key, replace(row, numbers=_nothing(question)))
    shown = [row for row in rows.values() if question.with_empty or not row.is_empty]
    return Table(shown, len(found))


def total(question: Question) -> Total:
    """All lines together, in a query of its own: what every table must add up to."""
    query = all_lines(_asked(question))
    answers = {
        matches: (reported, values) for matches, reported, *values in _answers(question, query)
    }
    reported, values = answers[None]
    everything = matching = Row("", _("Totaal"), _numbers(question, values))
    if question.filters:
        found = _numbers(question, answers[True][1]) if True in answers else _nothing(question)
        everything = replace(everything, label=_("Totaal, zonder deze filters"))
        matching = Row("", _("Samen, met deze filters"), found)
    until = tuple((name, date.fromisoformat(day) if day else None) for name, day in reported or [])
    return Total(matching, everything, until)


def _asked(question: Question) -> Asked:
    counts = {each.name: each.count(question.reading) for each in question.figures}
    return Asked(
        reads=READS,
        counts={name: count.sql for name, count in counts.items() if count},
        filters={name: kind for name, (kind, _value) in question.filters.items()},
        of_period=question.of_period,
    )


def _answers(question: Question, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, _parameters(question))
        return cursor.fetchall()


def _parameters(question: Question) -> dict[str, Any]:
    """The bounds of the question; what is known ends with the Brussels day `as_of`."""
    known = at(question.as_of + timedelta(days=1), 0)
    first_day, day_after = question.window
    existing_from, existing_until = question.existing
    return {
        "as_of": question.as_of,
        "known": known,
        "period": question.period.pk if question.period else None,
        "first_day": first_day,
        "day_after": day_after,
        "window_start": at(first_day, 0),
        "window_end": min(at(day_after, 0), known),
        "with_empty": question.with_empty,
        "existing_from": existing_from,
        "existing_until": existing_until,
        "school_kind": Organisation.Kind.SCHOOL,
        **{name: value for name, (_kind, value) in question.filters.items()},
    }


def _numbers(question: Question, values: Sequence[Number]) -> Numbers:
    """The values by name of their figure; None for a figure that is not asked."""
    return NOT_ASKED | dict(zip((each.name for each in question.figures), values, strict=True))


def _nothing(question: Question) -> Numbers:
    """The figures where there are no lines: 0, and None for a share."""
    return NOT_ASKED | {each.name: None if each.is_share else 0 for each in question.figures}


def _row(
    question: Question, key: str, label: str, matches: bool | None, values: Sequence[Number]
) -> Row:
    """A row of an answer; without lines (`matches` is None) nothing is counted."""
    return Row(key, label, _nothing(question) if matches is None else _numbers(question, values))


def _answered_rows(
    question: Question, dimension: Dimension
) -> Iterator[tuple[Row, bool, bool | None]]:
    """Each row of the answer, whether the filter fits it when none of its lines match, and whether
    its lines match. A row with lines of both kinds comes twice."""
    if dimension == Dimension.SCHOOL:
        answers = _answers(question, by_school(_asked(question)))
        for number, name, place, since, successors, fits, matches, *values in answers:
            label = _school_label(number, name, place, since, successors)
            yield _row(question, number, label, matches, values), fits, matches
    elif dimension in CHOICES:
        for key, label, matches, counted in _choice_answers(question, dimension):
            yield _row(question, key, label, matches, counted), True, matches
    else:
        answers = _answers(question, by_name(_asked(question), dimension))
        for key, name, matches, *values in answers:
            yield _row(question, key, name or _("geen code"), matches, values), True, matches


def _choice_answers(
    question: Question, dimension: Dimension
) -> Iterator[tuple[str, str, bool | None, Sequence[Number]]]:
    """In the order of the choices: unknown comes last."""
    found: dict[str, list[tuple[bool | None, Sequence[Number]]]] = defaultdict(list)
    for key, matches, *values in _answers(question, by_choice(_asked(question), dimension)):
        found[key].append((matches, values))
    for key, label in CHOICES[dimension].choices:
        for matches, counted in found[key] or [(None, ())]:
            yield key, str(label), matches, counted


def _school_label(
    number: str, name: str, place: str, since: date | None, successors: list[str] | None
) -> str:
    """Names repeat, so number and municipality are added; a school that merged or split says so.

    What a school asked before it split stays on its own row: no pupil belongs to one part.
    """
    label = f"{name} ({number}, {place})"
    if since and successors and len(successors) > 1:
        label = _("{school}, sinds {day} gesplitst in {successors}").format(
            school=label, day=f"{since:%d/%m/%Y}", successors=_(" en ").join(successors)
        )
    elif since and successors:
        label = _("{school}, sinds {day} opgegaan in {successors}").format(
            school=label, day=f"{since:%d/%m/%Y}", successors=_(" en ").join(successors)
        )
    return label
