"""A report as a file, CSV or XLSX: the rows on screen, all figures, the total last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from common.days import in_words
from common.tables import xlsx_out
from common.tables.csv_out import csv_lines
from common.tables.xlsx_out import Column, Kind, Sheet, workbook
from reports import texts
from reports.figures import BY_NAME, Dimension, Reading
from reports.filters import address_of
from reports.tables import Question, Row, Total, table, total
from vouchers.actions.upkeep import exports
from vouchers.models import Export

CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: xlsx_out.CONTENT_TYPE,
}
LABEL_WIDTH, WIDE, NARROW = 45, 25, 14


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file: its name, its bytes and its number of rows, totals included."""

    name: str
    format: Export.Format
    content: bytes
    rows: int

    @property
    def content_type(self) -> str:
        """The type that the browser is told."""
        return CONTENT_TYPES[self.format]


def export(
    question: Question, dimension: Dimension, file_format: str, *, by: User, now: datetime
) -> Exported:
    """The file, made as a whole and recorded with its hash before it leaves. Raises Refused."""
    made = file_of(question, dimension, file_format)
    exports.record(
        name=made.name,
        content=made.content,
        file_format=made.format,
        asked=texts.asked(question, dimension),
        address=address_of(question, dimension),
        rows=made.rows,
        by=by,
        now=now,
    )
    return made


def file_of(question: Question, dimension: Dimension, file_format: str) -> Exported:
    """The file, without recording it."""
    answer = total(question)
    rows = table(question, dimension)
    totals = [answer.row, answer.everything] if question.filters else [answer.row]
    sheet = Sheet(
        name=_("Cijfers"),
        columns=list(_columns(question, dimension)),
        rows=[_cells(question, row) for row in rows],
        totals=[_cells(question, row, whole=row is answer.everything) for row in totals],
    )
    write = _as_csv if file_format == Export.Format.CSV else _as_xlsx
    content = write(sheet, question, dimension, answer)
    name = f"{_name(question, dimension)}.{file_format}"
    return Exported(name, Export.Format(file_format), content, len(rows) + len(totals))


def _as_csv(sheet: Sheet, *_asked: object) -> bytes:
    """Semicolons, a byte-order mark, decimal commas; a share as 25,00%."""
    shares = {n for n, column in enumerate(sheet.columns) if column.kind == Kind.SHARE}
    rows = (
        [_percentage(cell) if n in shares else cell for n, cell in enumerate(row)]
        for row in chain(sheet.rows, sheet.totals)
    )
    return "".join(csv_lines([column.name for column in sheet.columns], rows)).encode()


def _percentage(share: object) -> str | None:
    """A share as a percentage that Excel in Belgium reads as a number: 0.1686 is "16,86%"."""
    return f"{100 * share:.2f}%".replace(".", ",") if isinstance(share, float) else None


def _as_xlsx(sheet: Sheet, question: Question, dimension: Dimension, answer: Total) -> bytes:
    """The figures, and a sheet that explains them."""
    explained = Sheet(
        name=_("Toelichting"),
        columns=[Column(_("Wat"), width=NARROW * 2), Column(_("Uitleg"), width=LABEL_WIDTH * 2)],
        rows=_explained(question, dimension, answer),
    )
    return workbook(sheet, explained)


def _columns(question: Question, dimension: Dimension) -> Iterator[Column]:
    yield Column(_("instellingsnummer") if dimension == Dimension.SCHOOL else _("code"))
    yield Column(str(dimension.label), width=LABEL_WIDTH)
    for figure in question.figures:
        kind = Kind.SHARE if figure.is_share else Kind.COUNT
        yield Column(str(figure.label), kind, width=NARROW)
    yield Column(_("lezing"))
    yield Column(_("golf"))
    yield Column(_("filter"), width=WIDE)
    yield Column(_("zoals bekend op"), Kind.DAY)


def _cells(question: Question, row: Row, *, whole: bool = False) -> list[object]:
    """The cells of a row, with the question beside it. whole: the row counts all lines, whatever
    the filters."""
    period = question.period.name if question.period else _("alle golven")
    return [
        row.key,
        row.label,
        *(row.numbers[figure.name] for figure in question.figures),
        str(Reading(question.reading).label),
        period,
        "" if whole else texts.filters(question),
        question.as_of,
    ]


def _explained(
    question: Question, dimension: Dimension, answer: Total
) -> Iterator[tuple[str, str]]:
    """What the file holds, then what each figure counts."""
    yield _("Rapport"), str(texts.TITLES[dimension])
    yield _("Lezing"), texts.reading(question)
    yield _("Golf"), question.period.name if question.period else _("alle golven")
    yield _("Zoals bekend op"), in_words(question.as_of)
    yield _("Filter"), texts.filters(question) or _("geen: alle leerlingen tellen mee")
    if note := texts.search(question):
        yield _("Zoeken"), note
    yield _("Bekend tot"), texts.known(answer.reported_until)
    yield _("Onderaan"), texts.totals(question)
    for figure in question.figures:
        if count := figure.count(question.reading):
            yield str(figure.label), str(count.says)
    if question.reading == Reading.ACTIVITY:
        yield str(BY_NAME["activation_rate"].label), str(texts.NO_RATE)


def _name(question: Question, dimension: Dimension) -> str:
    """A file name that says what the file holds."""
    period = question.period.slug if question.period else _("alle golven")
    filters = (question.province, question.education_type, question.search)
    parts = [_("rapport"), dimension.label, Reading(question.reading).label, period, *filters]
    return slugify("-".join(str(part) for part in [*parts, question.as_of] if part))
