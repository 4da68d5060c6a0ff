"""In which language somebody reads a page: Dutch, unless they chose English (ADR 16)."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.models import User

LANGUAGES = frozenset(dict(settings.LANGUAGES))


class LanguageMiddleware:
    """Each response in the language of its reader, with nothing of it left in the thread
    afterwards.

    Not Django's LocaleMiddleware: that one follows the browser, and stays active after the request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = written_in(language, iter(response))
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


def language_of(request: HttpRequest) -> str:
    """The language of the account; else the one chosen in this browser; else Dutch."""
    try:
        person = request.user if isinstance(request.user, User) else None
    except Error:  # without a database the page itself says what is wrong
        person = None
    chosen = person.language if person else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE


def written_in(language: str, parts: Iterator[Any]) -> Iterator[Any]:
    """Keeps the language of a response that is generated while it is sent."""
    with translation.override(language):
        yield from parts
