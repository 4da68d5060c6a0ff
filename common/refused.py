"""A refusal is a sentence for the person, and what one can do instead."""

from collections.abc import Callable
from typing import ParamSpec

from django_stubs_ext import StrPromise

P = ParamSpec("P")


class NotAllowed(Exception):
    """A refusal; `message` says in Dutch why, and what one can do instead."""

    def __init__(self, message: str | StrPromise) -> None:
        super().__init__(str(message))
        self.message = str(message)


def allowed(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Does this check let it pass? For buttons in templates."""
    try:
        check(*args, **kwargs)
    except NotAllowed:
        return False
    return True
