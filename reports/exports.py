"""A report as rows of cells: the rows of the screen, all figures, the total last."""

from collections.abc import Iterator

from django.utils.text import slugify
from django.utils.translation import gettext as _

from reports.figures import Dimension, Figure, Reading
from reports.tables import Number, Question, table, total


def header(question: Question, dimension: str) -> list[str]:
    """The names of the columns."""
    key = _("instellingsnummer") if dimension == Dimension.SCHOOL else _("code")
    names = [str(figure.label) for figure in question.figures]
    asked = [_("lezing"), _("golf"), _("zoals bekend op")]
    return [key, str(Dimension(dimension).label), *names, *asked]


def rows(question: Question, dimension: str) -> Iterator[list[object]]:
    """A row of cells per row of the table, the total last."""
    period = question.period.name if question.period else _("alle golven")
    asked = [str(Reading(question.reading).label), period, question.as_of]
    for row in [*table(question, dimension), total(question).row]:
        numbers = [_cell(figure, row.numbers[figure.name]) for figure in question.figures]
        yield [row.key, row.label, *numbers, *asked]


def file_name(question: Question, dimension: str) -> str:
    """A name that says what is in the file."""
    period = question.period.slug if question.period else _("alle golven")
    parts = [Dimension(dimension).label, Reading(question.reading).label, period, question.as_of]
    return f"{slugify('-'.join(str(part) for part in [_('rapport'), *parts]))}.csv"


def _cell(figure: Figure, number: Number) -> object:
    """A share as a percentage that Excel in Belgium reads as a number: 0,1686 is "16,86%"."""
    if figure.is_share and number is not None:
        return f"{100 * number:.2f}%".replace(".", ",")
    return number
