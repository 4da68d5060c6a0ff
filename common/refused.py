"""What may not be: said to a person in a sentence, to a machine in a code."""

from collections.abc import Callable
from typing import ParamSpec

from django_stubs_ext import StrPromise

P = ParamSpec("P")


class Refused(Exception):
    """Nothing was done, and this is why.

    message: why, and what one can do instead. field: what was filled in wrongly, "" for the whole.
    code: says the same for ever, whatever becomes of the sentence; all stand in `docs/refusals.md`.
    """

    def __init__(self, message: str | StrPromise, field: str = "", *, code: str) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field
        self.code = code


def allowed(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Does this check let it pass? For buttons in templates."""
    try:
        check(*args, **kwargs)
    except Refused:
        return False
    return True
