"""What the commands that merge and split schools share.

Tested in `schools.tests.test_register_commands`.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import CommandError

from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from schools.models import Organisation, Succession

if TYPE_CHECKING:
    from accounts.models import User


class SuccessionCommand(OperatorCommand):
    """Writes successions, or says why there are none. origin: the name of the command; counted: the
    key of their number in --json."""

    origin: ClassVar[str]
    counted: ClassVar[str]

    def succeed(
        self,
        act: Callable[["User | None"], Sequence[Succession]],
        line: Callable[[Succession], str],
        options: dict[str, Any],
    ) -> None:
        """Act as the person the options name, and print a line for each succession.

        Exits with 1 when it is refused.
        """
        by = self.acting_if_known(options["user"])
        try:
            with coming_from(f"command:{self.origin}", by=by):
                made = act(by)
        except Refused as refused:
            self.stdout.write(refused.message)
            self.answer(0, refused.message, as_json=options["json"])
            raise SystemExit(1) from None
        for each in made:
            self.stdout.write(line(each))
        self.answer(len(made), "", as_json=options["json"])

    def school(self, number: str) -> Organisation:
        """The school with this number, with or without leading zeros."""
        found = Organisation.objects.schools().filter(number=number.zfill(6)).first()
        if found is None:
            raise CommandError(f"Er is geen school met nummer {number}.", returncode=2)
        return found

    def answer(self, number: int, refusal: str, *, as_json: bool) -> None:
        """With --json the last line says how many there are, or why none."""
        if as_json:
            self.stdout.write(json.dumps({self.counted: number, "refusal": refusal}))
