"""What the clients of the storm were told, recorded by the clients themselves after each answer.

The database may lose what it had not confirmed; it may not lose what is recorded here.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """Somebody (`by`) was shown an identifier as the code of a hand-out, for a line."""

    by: int
    hand_out: int
    line: int
    identifier: str


@dataclass(slots=True)
class Ledger:
    """The totals of all clients. `handed_out`: request → codes; `leaks`: codes of others that were
    shown; `did`: number of times per act; `refused`: number of times per reason."""

    seen: list[Seen] = field(default_factory=list)
    handed_out: Counter[int] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    leaks: int = 0


class Pen:
    """Writes one client's page of the ledger."""

    def __init__(self, folder: Path, number: int) -> None:
        self.page = (folder / f"{number}.jsonl").open("a", encoding="utf-8")

    def note(self, did: str, **what: Any) -> None:
        """One line, handed to the operating system when this returns."""
        self.page.write(json.dumps({"did": did, **what}) + "\n")
        self.page.flush()


def read(folder: Path) -> Ledger:
    """The pages of all clients, added up."""
    ledger = Ledger()
    for entry in _entries(folder):
        did = entry["did"]
        ledger.did[did] += 1
        if did == "hand out":
            ledger.handed_out[entry["request"]] += entry["codes"]
        elif did == "reveal":
            ledger.seen += [Seen(*row) for row in entry["seen"]]
        elif did == "leak":
            ledger.leaks += entry["codes"]
        elif did == "refused":
            ledger.refused[entry["why"]] += 1
    return ledger


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    for page in sorted(folder.glob("*.jsonl")):
        for line in page.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
