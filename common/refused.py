"""A refusal: a sentence for people, a code for machines."""

from collections.abc import Callable
from typing import ParamSpec

from django_stubs_ext import StrPromise

P = ParamSpec("P")


class Refused(Exception):
    """Nothing was done, and this is why.

    message: why, and what one can do instead. field: the field that was filled in wrongly, "" when
    it is about the whole. code: identifies the refusal and never changes, even when the sentence
    does; all codes are listed in `docs/refusals.md`.
    """

    def __init__(self, message: str | StrPromise, field: str = "", *, code: str) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field
        self.code = code


def allowed(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether this check passes. For buttons in templates."""
    try:
        check(*args, **kwargs)
    except Refused:
        return False
    return True
