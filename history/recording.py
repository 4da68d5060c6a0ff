"""Who, from where and why: what the history triggers read while something is written (rule 3)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from accounts.models import User


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What the innermost open `recorded` says.
_said: ContextVar[dict[str, str] | None] = ContextVar("recorded", default=None)


def _set_config(*, local: bool, **values: str) -> None:
    """Set portal.* settings of the connection, for the transaction (local) or until set again."""
    calls = ", ".join("set_config(%s, %s, %s)" for _ in values)
    parameters = [
        part for name, value in values.items() for part in (f"portal.{name}", value, local)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", parameters)


@contextmanager
def recorded(*, by: "User | None", why: str = "") -> Iterator[None]:
    """One transaction whose history says who did it and why. Every action writes inside one.

    by: the person who acts, None for an operator of the server without an account. why: a reason
    for the log, without secrets or references; a text in Dutch (`gettext_noop`), so that the log
    has one language. Inside another one, what that one writes afterwards has its reason again.
    """
    outer = _said.get()
    said = {"actor": str(by.pk) if by else "", "reason": why[:500]}
    token = _said.set(said)
    try:
        with transaction.atomic():
            _set_config(local=True, **said)
            yield
    finally:
        _said.reset(token)
    # After a failure the database went back to the savepoint, and with it to what was said there.
    if outer and connection.in_atomic_block:
        _set_config(local=True, **outer)


@contextmanager
def coming_from(origin: str, *, by: "User | None" = None) -> Iterator[None]:
    """Record where all writes of this connection come from, until the block ends.

    origin: an address, `command:name` or `task:name`. by: who acts when no action says so.
    """
    _set_config(local=False, origin=origin[:200], actor=str(by.pk) if by else "")
    try:
        yield
    finally:
        if not connection.in_atomic_block and connection.is_usable():
            _set_config(local=False, origin="", actor="")


class HistoryMiddleware:
    """Each request that may write leaves its path and person in the history of what it changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        person = request.user if request.user.is_authenticated else None
        with coming_from(request.path, by=person):
            return self.get_response(request)
