"""One line of somebody's home page: what waits, how many, since when, and where to do it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Task:
    """What waits. `count` is a number of things; `since` the day the oldest began to wait."""

    title: str
    url: str
    count: int
    since: date | None = None
    hint: str = ""
