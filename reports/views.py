"""The report on screen: tiles, a chart and a table of one question, for the ministry only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from reports import exports, texts
from reports.charts import bar_chart
from reports.figures import Dimension, Figure, Reading
from reports.filters import ALL, ReportFilter, address
from reports.tables import Number, Question, Row, Total, day_of, table, total
from schools.models import MINISTRY
from voucherportal.access import roles_required
from voucherportal.csv_out import csv_response
from voucherportal.lists import page_of

TILES = ("requested", "granted", "handed_out", "given", "activated", "activation_rate")
CHART_ROWS = 10
BY_LABEL = "naam"

ministry_only = roles_required(*MINISTRY)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with its figure and what that counts."""

    figure: Figure
    number: Number
    says: str | StrPromise


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table as it is shown; `url` leads to what a school asked itself."""

    label: str
    cells: list[Cell]
    url: str = ""


@ministry_only
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The whole scheme in a few numbers, and the way to the tables."""
    form = filter_of(request)
    context = frame(request, form, title=_("Rapporten"))
    if form.is_valid():
        question = form.question
        answer = total(question)
        context |= summary(question, answer)
        context["cells"] = cells(answer.row, question.figures, question.reading)
    return render(request, "reports/overview.html", context)


@ministry_only
@require_safe
def report(request: HttpRequest, dimension: Dimension) -> HttpResponse:
    """One table: number first, then the picture, then the rows."""
    form = filter_of(request, dimension)
    context = frame(request, form, title=texts.TITLES[dimension])
    if form.is_valid():
        asked = {*TILES, *(figure.name for figure in form.figures)}
        question = replace(form.question, only=frozenset(asked))
        answer = total(question)
        context |= summary(question, answer)
        context |= listing(request, form, table(question, dimension), answer.row)
    return render(request, "reports/report.html", context)


@ministry_only
@require_safe
def report_csv(request: HttpRequest, dimension: Dimension) -> HttpResponseBase:
    """The same table with all its figures, for a spreadsheet."""
    form = filter_of(request, dimension)
    if not form.is_valid():
        return redirect(address(request, reverse("report", args=[dimension])))
    question = form.question
    return csv_response(
        exports.file_name(question, dimension),
        exports.header(question, dimension),
        exports.rows(question, dimension),
    )


def filter_of(request: HttpRequest, dimension: str = "") -> ReportFilter:
    """What the address asks; the day of today is read here and nowhere deeper."""
    return ReportFilter(request.GET, today=day_of(timezone.now()), dimension=dimension)


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
        "chips": form.chips(request) if form.is_valid() else [],
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
    """The sentence that says what is counted, the tiles, and how far the data are known."""
    figures = [figure for figure in question.figures if figure.name in TILES]
    return {
        "reading": texts.reading(question),
        "known": texts.known(answer.told_until),
        "tiles": cells(answer.row, figures, question.reading),
        "is_activity": question.reading == Reading.ACTIVITY,
    }


def listing(
    request: HttpRequest, form: ReportFilter, rows: Sequence[Row], together: Row
) -> dict[str, Any]:
    """The chart and one page of the table, in the order that the address asks."""
    dimension, reading = Dimension(form.dimension), form.question.reading
    sort, ordered = in_order(request, form, rows)
    shown = page_of(request, ordered)
    drawn = [row for row in rows if not row.is_empty]
    whole = len(drawn) <= CHART_ROWS
    most = sorted(drawn, key=lambda row: row.numbers["requested"] or 0, reverse=True)
    return {
        "page": shown,
        "columns": form.figures,
        "lines": [
            Line(row.label, cells(row, form.figures, reading), school_url(row, form))
            for row in shown.object_list
        ],
        "together": Line(together.label, cells(together, form.figures, reading)),
        "first_column": dimension.label,
        "counted": texts.COUNTED[dimension],
        "chart": bar_chart(
            texts.chart_title(dimension, whole=whole), drawn if whole else most[:CHART_ROWS]
        ),
        "sort": sort,
        "shows_all": form.shows_all,
        "all_url": address(request, cijfers=None if form.shows_all else ALL),
        "csv_url": address(
            request, reverse("report_csv", args=[dimension]), sort=None, cijfers=None
        ),
    }


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
    """What `?sort=` asks and the rows so; as they come when it asks nothing or nonsense."""
    asked = request.GET.get("sort", "")
    name, backwards = asked.removeprefix("-"), asked.startswith("-")
    if name in {figure.name for figure in form.figures}:
        return asked, sorted(rows, key=lambda row: row.numbers[name] or 0, reverse=backwards)
    if name == BY_LABEL:
        return asked, sorted(rows, key=lambda row: row.label.casefold(), reverse=backwards)
    return "", rows


def school_url(row: Row, form: ReportFilter) -> str:
    """The requests that a school sent itself, for who wants to see behind its number."""
    own = (row.numbers["requested"] or 0) > (row.numbers["via_other"] or 0)
    if form.dimension != Dimension.SCHOOL or not own:
        return ""
    golf = form.cleaned_data["golf"]
    of_period = f"&golf={golf}" if golf else ""
    return f"{reverse('ministry_requests')}?staat=alle&zoek={row.key}{of_period}"
