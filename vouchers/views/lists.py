"""What every list page of the scheme does; pages and chips: `voucherportal.lists`."""

from django.http import HttpRequest

from voucherportal.lists import chips as chips
from voucherportal.lists import numbers as numbers
from voucherportal.lists import page_of as page_of
from voucherportal.lists import page_shown as page_shown


def sorting(request: HttpRequest, columns: dict[str, str]) -> tuple[str, str]:
    """What `?sort=` says and the column it means, "-" kept; both empty when it means none."""
    asked = request.GET.get("sort", "")
    column = columns.get(asked.removeprefix("-"))
    if column is None:
        return "", ""
    return asked, f"-{column}" if asked.startswith("-") else column
