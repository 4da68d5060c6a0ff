"""Ours compared with its floor and its peer, measured in turn in one run; medians, ratios, a table.

A contender gets a clock and does its work inside `with clock:`; what it does outside that is not
counted.
"""

import importlib
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import databases

TICKS = os.sysconf("SC_CLK_TCK")
# The peer's part where all of the work would take minutes; its time grows linearly.
PEER_PART = 1 / 50


@dataclass(slots=True)
class Clock:
    """Adds up the time spent inside `with`: wall time and processor time.

    Processor time is that of our own process and of the server processes that answer us, when
    they run on this machine; on a machine that is busy with other work it is more reliable than
    wall time.
    """

    wall: float = 0.0
    processors: float = 0.0
    _started: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> None:
        processors = _processors()
        self._started = time.perf_counter(), processors

    def __exit__(self, *exception: object) -> None:
        self.wall += time.perf_counter() - self._started[0]
        self.processors += _processors() - self._started[1]

    def add(self, several: "Clock", times: int) -> None:
        """Add the average of the `times` runs that another clock measured."""
        self.wall += several.wall / times
        self.processors += several.processors / times


Contender = Callable[[Clock], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the table: a piece of work, its floor and its peer, and the limits for both.

    at_most: the limit of ours to the floor, in wall time or, with on_processors, in processor time.
    goal: what a later issue has to reach; exceeding it is no failure. peer_needs: the package of
    the peer. peer_part: the part of the work that the peer does, where all of it would take too
    long; its time is divided by it. also: something other than time that must be true, as (what was
    seen, is it so).
    """

    work: str
    ours: Contender
    floor: Contender
    at_most: float = math.inf
    on_processors: bool = False
    goal: float | None = None
    peer: Contender | None = None
    peer_needs: str = ""
    peer_part: float = 1.0
    faster: float = 0.0
    rounds: int = 3
    also: Callable[[], tuple[str, bool]] | None = None


@dataclass(slots=True)
class Times:
    """The times of one contender, round by round."""

    part: float = 1.0
    rounds: list[Clock] = field(default_factory=list)

    @property
    def wall(self) -> float:
        return statistics.median(clock.wall for clock in self.rounds) / self.part

    @property
    def processors(self) -> float:
        return statistics.median(clock.processors for clock in self.rounds) / self.part


@dataclass(frozen=True, slots=True)
class Result:
    """A comparison with its measurements; missing: why its peer could not be measured."""

    asked: Comparison
    ours: Times
    floor: Times
    peer: Times | None
    also: tuple[str, bool]
    missing: str = ""

    @property
    def to_floor(self) -> float:
        return self.ours.wall / self.floor.wall

    @property
    def to_floor_on_processors(self) -> float | None:
        """None when the work is too short for the kernel's clock ticks."""
        ours, floor = self.ours.processors, self.floor.processors
        return ours / floor if min(ours, floor) > 20 / TICKS else None

    @property
    def to_peer(self) -> float | None:
        return self.peer.wall / self.ours.wall if self.peer else None

    @property
    def limited(self) -> float:
        """The ratio to which the limit applies."""
        processors = self.to_floor_on_processors if self.asked.on_processors else None
        return self.to_floor if processors is None else processors

    @property
    def holds(self) -> bool:
        fast = self.to_peer is None or self.to_peer >= self.asked.faster
        measured = not self.missing
        return self.limited <= self.asked.at_most and fast and measured and self.also[1]


def measured(asked: Comparison, *, rounds: int | None = None) -> Result:
    """Floor, ours and peer in turn, as many rounds as the comparison asks for unless `rounds` says
    otherwise; no round is left out."""
    ours, floor = Times(), Times()
    missing = _missing(asked.peer_needs) if asked.peer_needs else ""
    peer = Times(asked.peer_part) if asked.peer and not missing else None
    for _round in range(rounds or asked.rounds):
        _run(asked.floor, floor)
        _run(asked.ours, ours)
        if asked.peer and peer:
            _run(asked.peer, peer)
    return Result(asked, ours, floor, peer, asked.also() if asked.also else ("", True), missing)


def part_of_peer(rows: int) -> int:
    """How many of these rows the peer does; at least one."""
    return max(int(rows * PEER_PART), 1)


def _missing(package: str) -> str:
    """Why this package cannot be used, "" when it can."""
    try:
        importlib.import_module(package)
    except (ImportError, OSError) as error:  # OSError: it loads a system library that is missing
        return f"{package}: {str(error).splitlines()[0]}"
    return ""


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table that can be pasted into docs/bench.md."""
    head = ["work", "ours", "floor", "ours / floor", "(cpu)", "peer / ours", "also", "verdict"]
    lines = [head, [":--", *["--:"] * 5, ":--", ":--"], *map(_cells, results)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def _cells(result: Result) -> list[str]:
    asked, cpu = result.asked, result.to_floor_on_processors
    by_wall, by_processors = _limits(asked)
    return [
        asked.work,
        _seconds(result.ours.wall),
        _seconds(result.floor.wall),
        f"{result.to_floor:.2f}{by_wall}",
        ("" if cpu is None else f"{cpu:.2f}") + by_processors,
        _peer(result),
        result.also[0],
        _verdict(result),
    ]


def _limits(asked: Comparison) -> tuple[str, str]:
    """The limits shown beside the ratios of wall time and of processor time."""
    if asked.goal is not None:
        return f" (goal {asked.goal:g})", ""
    if asked.at_most == math.inf:
        return "", ""
    limit = f" (≤ {asked.at_most:g})"
    return ("", limit) if asked.on_processors else (limit, "")


def _peer(result: Result) -> str:
    if result.missing:
        return f"MISSING {result.missing}"
    return "" if result.to_peer is None else f"{result.to_peer:.1f} (≥ {result.asked.faster:g})"


def _verdict(result: Result) -> str:
    asked = result.asked
    if asked.goal is not None:
        return "at its goal" if result.to_floor <= asked.goal else "goal of a later issue"
    if asked.at_most == math.inf and result.holds:
        return "no limit"
    return "holds" if result.holds else "FALLS SHORT"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def _run(contender: Contender, times: Times) -> None:
    clock = Clock()
    contender(clock)
    times.rounds.append(clock)


def _processors() -> float:
    return time.process_time() + _server_seconds()


def _server_seconds() -> float:
    """The processor time of the server process that answers us and of those that ended beside it,
    which are its parallel workers (rarely also an autovacuum); 0 when it is on another machine."""
    try:
        backend = _stat(databases.backend())
        ended = sum(_stat(backend[1])[13:15])  # of the children that the postmaster waited for
    except OSError:
        return 0.0
    return (sum(backend[11:13]) + ended) / TICKS


def _stat(process: int) -> list[int]:
    """What /proc says of a process after its name and state: the parent first."""
    text = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    state_and_numbers = text.rpartition(")")[2].split()
    return [0, *map(int, state_and_numbers[1:])]
