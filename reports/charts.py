"""Bar charts as numbers that a template writes as SVG; nothing here draws or knows colours.

Tested in `pages.ministry.tests.test_reports` and `reports.tests.test_texts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures import BY_NAME, Figure
from reports.tables import Row

SERIES = ("requested", "handed_out", "activated")
LONGEST_LABEL = 32
# Share of the width of the picture; the value is written behind the bar.
FULL_WIDTH = 78
LABEL_HEIGHT = 26
BAR_HEIGHT = 22
GAP = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: which series, how long (0 to 100), where, and the number written behind it."""

    series: int
    width: str
    y: int
    number: int

    @property
    def baseline(self) -> int:
        """The vertical position of the number."""
        return self.y + BAR_HEIGHT - 6


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one row of the table."""

    label: str
    baseline: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture. description: what it shows, in words, for those who cannot see it."""

    title: str
    description: str
    height: int
    bar_height: int
    series: tuple[Figure, ...]
    groups: tuple[Group, ...]


def bar_chart(title: str, rows: Sequence[Row]) -> Chart:
    """Three bars per row: asked, handed out, activated; the longest bar fills the width."""
    longest = max((_number(row, name) for row in rows for name in SERIES), default=0) or 1
    height = LABEL_HEIGHT + len(SERIES) * BAR_HEIGHT + GAP
    groups = tuple(_group(row, n * height, longest) for n, row in enumerate(rows))
    return Chart(
        title=title,
        description="; ".join(_described(row) for row in rows),
        height=len(rows) * height,
        bar_height=BAR_HEIGHT - 3,
        series=tuple(BY_NAME[name] for name in SERIES),
        groups=groups,
    )


def _group(row: Row, top: int, longest: int) -> Group:
    bars = (
        Bar(
            series=n,
            width=f"{FULL_WIDTH * _number(row, name) / longest:.2f}",
            y=top + LABEL_HEIGHT + n * BAR_HEIGHT,
            number=_number(row, name),
        )
        for n, name in enumerate(SERIES)
    )
    return Group(_shortened(row), top + LABEL_HEIGHT - 8, tuple(bars))


def _number(row: Row, name: str) -> int:
    return int(row.numbers[name] or 0)


def _described(row: Row) -> str:
    said = ", ".join(f"{BY_NAME[name].label} {_number(row, name)}" for name in SERIES)
    return f"{row.label}: {said}"


def _shortened(row: Row) -> str:
    """Short enough for a phone. A school keeps its number, since names repeat."""
    if len(row.label) <= LONGEST_LABEL:
        return row.label
    name, number, _rest = row.label.partition(f" ({row.key}")
    short = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"
    return f"{short}{number})" if number else short
