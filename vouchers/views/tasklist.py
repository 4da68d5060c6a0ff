"""One line of somebody's home page: what waits, how many, since when, and where to do it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """What waits: `count` things (None: nothing waits, one can always do it).

    `since` is a text such as "oudste: 4 dagen".
    """

    title: str
    url: str
    count: int | None
    since: str = ""
    hint: str = ""
