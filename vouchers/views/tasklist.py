"""One line of somebody's home page: what waits, how many, since when, and where to do it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """What waits. `count` is a number of things; `since` a text such as "oudste: 4 dagen"."""

    title: str
    url: str
    count: int
    since: str = ""
    hint: str = ""
