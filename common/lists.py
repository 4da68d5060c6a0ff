"""What every list page does: a page of 50 and a sort. Its filters: `common.filters`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

PAGE_SIZE = 50
Rows = TypeVar("Rows", bound=QuerySet[Any])


class CountedPaginator(Paginator):
    """Pages of rows of which the number is known, or is counted when somebody asks it."""

    def __init__(self, rows: QuerySet[Any] | Sequence[Any], *, count: int | None = None) -> None:
        super().__init__(rows, PAGE_SIZE)
        self._known = count

    @cached_property
    def count(self) -> int:
        return super().count if self._known is None else self._known


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, count: int | None = None
) -> Page[Any]:
    """The page that the address asks; nonsense gives the first or the last. `count`: of the rows,
    where that is known already."""
    return CountedPaginator(rows, count=count).get_page(request.GET.get("page"))


def page_shown(
    request: HttpRequest, rows: Rows, shown: Callable[[Rows], Rows], *, count: int | None = None
) -> Page[Any]:
    """The page that the address asks: first which rows, then what is said of these alone.

    rows: filtered and ordered, without what only a page reads; `shown` adds that (joins, counts,
    last days). Asked at once, the database works it out for every row that fits the filter.
    """
    page: Page[Any] = page_of(request, rows.values_list("pk", flat=True), count=count)
    order = list(page.object_list)
    found = shown(rows.model._default_manager.filter(pk__in=order)).in_bulk()
    # A draft may be thrown away between the two.
    page.object_list = [found[pk] for pk in order if pk in found]
    return page


def sort_of(
    request: HttpRequest, columns: Mapping[str, Sequence[str]], *, otherwise: str
) -> tuple[str, list[str]]:
    """What `?sort=` asks and the fields it means, all turned round by a "-" before it; `otherwise`
    when it asks nonsense."""
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in columns:
        asked = otherwise
    fields = columns[asked.removeprefix("-")]
    return asked, list(map(_turned, fields) if asked.startswith("-") else fields)


def _turned(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def numbers(texts: Iterable[str]) -> list[int]:
    """The ids among these texts; what no row can have as its id is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
