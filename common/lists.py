"""What every list page does: pages of 50, and a sort. For its filter see `common.filters`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

PAGE_SIZE = 50
Rows = TypeVar("Rows", bound=QuerySet[Any])


class CountedPaginator(Paginator):
    """Pages of rows whose number is known already, or is counted when needed."""

    def __init__(self, rows: QuerySet[Any] | Sequence[Any], *, count: int | None = None) -> None:
        super().__init__(rows, PAGE_SIZE)
        self._known = count

    @cached_property
    def count(self) -> int:
        return super().count if self._known is None else self._known


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, count: int | None = None
) -> Page[Any]:
    """The page that the address asks for; an invalid number gives the first or the last. count: the
    number of rows, where it is known already."""
    return CountedPaginator(rows, count=count).get_page(request.GET.get("page"))


def page_shown(
    request: HttpRequest, rows: Rows, shown: Callable[[Rows], Rows], *, count: int | None = None
) -> Page[Any]:
    """The page that the address asks for: first which rows, then what is shown of those alone.

    rows: filtered and ordered, without what only the page shows; `shown` adds that (joins, counts,
    last days). In one query the database would work it out for every row that passes the filter.
    """
    page: Page[Any] = page_of(request, rows.values_list("pk", flat=True), count=count)
    order = list(page.object_list)
    found = shown(rows.model._default_manager.filter(pk__in=order)).in_bulk()
    # A draft may be deleted between the two queries.
    page.object_list = [found[pk] for pk in order if pk in found]
    return page


def sort_of(
    request: HttpRequest, columns: Mapping[str, Sequence[str]], *, otherwise: str
) -> tuple[str, list[str]]:
    """The value of `?sort=` and the fields it means, each reversed when it starts with "-";
    `otherwise` when the value is unknown."""
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in columns:
        asked = otherwise
    fields = columns[asked.removeprefix("-")]
    return asked, list(map(_turned, fields) if asked.startswith("-") else fields)


def _turned(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def numbers(texts: Iterable[str]) -> list[int]:
    """The ids among these texts; texts that cannot be an id are left out."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
