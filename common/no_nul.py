"""No NUL in what a browser sends as text.

No keyboard makes one, PostgreSQL neither stores nor compares one, and a page that hands such a text
to the database without a form in between would answer 500. So it is refused here, once, whatever a
page does with it: 400, nothing changed. Files are no text: what reads them looks for itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, QueryDict, UnreadablePostError


class NoNulMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """A cookie with a NUL counts as absent, before anything looks at cookies."""
        for name in [name for name, value in request.COOKIES.items() if "\0" in name + value]:
            del request.COOKIES[name]
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> None:
        """Refuse an address or a form with a NUL."""
        if "\0" in request.path_info or _holds_nul(request.GET) or _holds_nul(_form_of(request)):
            raise BadRequest("a NUL in what was sent")


def _form_of(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except UnreadablePostError:  # whoever sent it is gone
        return QueryDict()


def _holds_nul(sent: QueryDict) -> bool:
    return any(
        "\0" in name or any("\0" in value for value in values) for name, values in sent.lists()
    )
