"""The report on screen: tiles, a chart and a table for one question; analysts see it too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from common.days import brussels_day
from common.lists import page_of
from pages.ministry.shared import readers_only
from pages.shared.person_request import PersonRequest
from reports import texts
from reports.charts import Chart, bar_chart
from reports.figures import Dimension, Figure, Reading
from reports.filters import ALL, ReportFilter, address
from reports.tables import Number, Question, Row, Table, Total, table, total, whole_table

TILES = ("requested", "granted", "handed_out", "given", "activated", "activation_rate")
CHART_ROWS = 10
BY_LABEL = "naam"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with its figure and what that figure counts."""

    figure: Figure
    number: Number
    says: str | StrPromise


@dataclass(frozen=True, slots=True)
class Line:
    """A table row as displayed; `url` leads to the data behind it."""

    label: str
    cells: list[Cell]
    url: str = ""


@readers_only
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The whole scheme in a few numbers, the waves side by side, and links to the tables."""
    form = filter_of(request)
    context = frame(request, form, title=_("Rapporten"))
    if form.is_valid():
        question = form.question
        answer = total(question)
        context |= summary(question, answer)
        context["cells"] = cells(answer.row, question.figures, question.reading)
        context["chart"] = chart_of(Dimension.PERIOD, table(question, Dimension.PERIOD))
        context["chart_url"] = address(request, reverse("report", args=[Dimension.PERIOD]))
    return render(request, "reports/overview.html", context)


@readers_only
@require_safe
def report(request: PersonRequest, dimension: Dimension) -> HttpResponse:
    """One table: the number first, then the chart, then the rows."""
    form = filter_of(request, dimension)
    context = frame(request, form, title=texts.TITLES[dimension])
    if form.is_valid():
        asked = {*TILES, *(figure.name for figure in form.figures)}
        question = replace(form.question, only=frozenset(asked))
        answer = total(question)
        context |= summary(question, answer)
        context |= listing(request, form, whole_table(question, dimension), answer)
    return render(request, "reports/report.html", context)


def filter_of(request: HttpRequest, dimension: str = "") -> ReportFilter:
    """The filter in the address; today's date is read here and nowhere deeper."""
    today = brussels_day(timezone.now())
    return ReportFilter(request.GET, path=request.path, today=today, dimension=dimension)


def frame(request: HttpRequest, form: ReportFilter, *, title: str | StrPromise) -> dict[str, Any]:
    """What every report page shows around its figures."""
    tabs: list[tuple[str, str | StrPromise, str | StrPromise]] = [
        (reverse("reports"), _("Overzicht"), ""),
        *(
            (reverse("report", args=[each]), texts.TABS[each], texts.HINTS[each])
            for each in Dimension
        ),
    ]
    return {
        "title": title,
        "form": form,
        "tabs": [
            {
                "url": address(request, path, sort=None),
                "label": label,
                "hint": hint,
                "current": path == request.path,
            }
            for path, label, hint in tabs
        ],
    }


def summary(question: Question, answer: Total) -> dict[str, Any]:
    """The sentence that says what is counted, the tiles, and up to which day the data are known."""
    figures = [figure for figure in question.figures if figure.name in TILES]
    return {
        "reading": texts.reading(question),
        "narrowed": texts.filters(question),
        "known": texts.known(answer.reported_until),
        "tiles": cells(answer.row, figures, question.reading),
        "search": texts.search(question),
        "no_rate": texts.NO_RATE if question.reading == Reading.ACTIVITY else "",
    }


def listing(
    request: PersonRequest, form: ReportFilter, found: Table, answer: Total
) -> dict[str, Any]:
    """The chart and one page of the table, in the order given by the address."""
    dimension, reading = Dimension(form.dimension), form.question.reading
    sort, ordered = in_order(request, form, found.rows)
    shown = page_of(request, ordered)
    totals = [answer.row, answer.everything] if form.question.filters else [answer.row]
    downloads = (reverse("report_csv", args=[dimension]), reverse("report_xlsx", args=[dimension]))
    csv_url, xlsx_url = (address(request, each, sort=None, cijfers=None) for each in downloads)
    return {
        "page": shown,
        "of": found.of,
        "columns": form.figures,
        "lines": [
            Line(row.label, cells(row, form.figures, reading), rows_behind(request, row, form))
            for row in shown.object_list
        ],
        "totals": [Line(row.label, cells(row, form.figures, reading)) for row in totals],
        "totals_say": texts.totals(form.question),
        "first_column": dimension.label,
        "counted": texts.COUNTED[dimension],
        "chart": chart_of(dimension, found.rows),
        "sort": sort,
        "shows_all": form.shows_all,
        "all_url": address(request, cijfers=None if form.shows_all else ALL),
        "csv_url": csv_url,
        "xlsx_url": xlsx_url,
    }


def chart_of(dimension: Dimension, rows: Sequence[Row]) -> Chart | None:
    """The chart of a table: every row, or the ten largest; None when there are no rows."""
    drawn = [row for row in rows if not row.is_empty]
    whole = len(drawn) <= CHART_ROWS
    if not whole:
        drawn = sorted(drawn, key=lambda row: row.numbers["requested"] or 0, reverse=True)
    title = texts.chart_title(dimension, whole=whole)
    return bar_chart(title, drawn[:CHART_ROWS]) if drawn else None


def cells(row: Row, figures: Iterable[Figure], reading: str) -> list[Cell]:
    """These figures of a row, each with what it counts in this reading."""
    return [
        Cell(figure, row.numbers[figure.name], count.says)
        for figure in figures
        if (count := figure.count(reading))
    ]


def in_order(
    request: HttpRequest, form: ReportFilter, rows: Sequence[Row]
) -> tuple[str, Sequence[Row]]:
    """The sort key from `?sort=` and the rows sorted by it, ties by label; a missing or invalid key
    leaves the rows in their own order."""
    asked = request.GET.get("sort", "")
    name, backwards = asked.removeprefix("-"), asked.startswith("-")
    by_label = sorted(rows, key=lambda row: (row.label.casefold(), row.key))
    if name == BY_LABEL:
        return asked, by_label[::-1] if backwards else by_label
    if name not in {figure.name for figure in form.figures}:
        return "", rows
    return asked, sorted(by_label, key=partial(_number, name), reverse=backwards)


def _number(name: str, row: Row) -> float:
    """The sort value of a row; an unknown number (shown as a dash) sorts below zero."""
    number = row.numbers[name]
    return -1 if number is None else number


def rows_behind(request: PersonRequest, row: Row, form: ReportFilter) -> str:
    """The link to what is behind the numbers of a row: the requests that a school sent itself or
    that belong to a period, the schools of a province or a type. "" where there is no such list,
    and for an analyst, who opens no requests."""
    golf = form.cleaned_data["golf"]
    queue = f"{reverse('ministry_requests')}?staat=alle"
    match form.dimension:
        case Dimension.SCHOOL | Dimension.PERIOD if not request.user.is_ministry:
            return ""
        case Dimension.SCHOOL:
            own = (row.numbers["requested"] or 0) > (row.numbers["via_other"] or 0)
            of_period = f"&golf={golf}" if golf else ""
            return f"{queue}&zoek={row.key}{of_period}" if own else ""
        case Dimension.PERIOD:
            return f"{queue}&golf={row.key}"
        case Dimension.PROVINCE | Dimension.EDUCATION_TYPE:
            name = "provincie" if form.dimension == Dimension.PROVINCE else "type"
            schools = reverse("report", args=[Dimension.SCHOOL])
            return address(request, schools, sort=None, **{name: row.key})
    return ""
