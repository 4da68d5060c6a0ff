"""What every list page does: a page of 50, filters as chips that can be taken off."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any]) -> Page[Any]:
    """The page that the address asks; nonsense gives the first or the last."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def chips(request: HttpRequest, form: forms.Form) -> list[dict[str, str]]:
    """The filters that are on, each with the address of the list without it."""
    found = []
    for field in form:
        value = request.GET.get(field.html_name, "")
        if not value or field.html_name not in getattr(form, "cleaned_data", {}):
            continue
        rest = request.GET.copy()
        rest.pop(field.html_name)
        rest.pop("page", None)
        shown = dict(getattr(field.field, "choices", [])).get(value, value)
        url = f"{request.path}?{rest.urlencode()}" if rest else request.path
        found.append({"label": f"{field.label}: {shown}", "url": url})
    return found


def sorting(request: HttpRequest, columns: dict[str, str]) -> tuple[str, str]:
    """What `?sort=` says and the column it means, "-" kept; both empty when it means none."""
    asked = request.GET.get("sort", "")
    column = columns.get(asked.removeprefix("-"))
    if column is None:
        return "", ""
    return asked, f"-{column}" if asked.startswith("-") else column
