"""Press the button of a confirmation page, as a browser does."""

from collections.abc import Mapping
from typing import Any

from django.test import Client


def sent_along(page: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in page.context["fields"]:
        found.setdefault(name, []).append(str(value))
    return found


def answer(client: Client, page: Any, /, **typed: Any) -> Any:
    """The response to the button of this page, with what is filled in beside it."""
    address = page.context["action"] or page.request["PATH_INFO"]
    return client.post(address, sent_along(page) | typed, follow=True)


def confirm(
    client: Client, address: str, ticked: Mapping[str, Any] | None = None, /, **typed: Any
) -> Any:
    """Ask and answer. ticked: what a list posts to the page that asks; without it, it is a GET."""
    page = client.get(address) if ticked is None else client.post(address, ticked)
    assert page.status_code == 200, page
    return answer(client, page, **typed)
