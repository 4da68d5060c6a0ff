"""Commands, run as an operator runs them."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass(frozen=True)
class Answer:
    """The output of a command and its exit status."""

    status: int
    lines: list[str]

    @property
    def object(self) -> dict[str, Any]:
        """The last line, parsed as JSON."""
        found: dict[str, Any] = json.loads(self.lines[-1])
        return found


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Answer:
    """Run a command; its own exit status, 2 for wrong use."""
    status = 0
    try:
        call_command(*map(str, arguments))
    except SystemExit as left:
        status = int(str(left.code))
    except CommandError as wrong:
        return Answer(wrong.returncode, [str(wrong)])
    return Answer(status, capsys.readouterr().out.splitlines())
