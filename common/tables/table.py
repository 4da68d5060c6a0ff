"""Records of any format → rows with canonical column names, each with its line number.

A table that cannot be understood as a whole is refused with a sentence for the user; a row that
cannot be understood is passed on with its line and its problem, and the others continue (rule 7).
No sentence repeats the content of a cell, which may be a code (rule 4): of the first line only the
headings we know are named, in our spelling.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, starmap
from typing import Protocol

from django.utils.translation import gettext as _

from common.formats import as_number
from common.refused import Refused
from common.tables.headings import Wanted

MAX_ROWS = 200_000
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of cells that cannot be told apart with certainty: why, in a sentence."""

    reason: str


Record = tuple[int, list[str] | Unreadable]


class Records(Protocol):
    """The content of a file, in its order: for each record the line where it begins, numbered as
    the program in which people open the file does, and its cells as text. Some may be blank.

    It can be walked repeatedly, from the beginning, with the same result. The first complete walk
    may raise Refused; later ones do not.
    """

    def __iter__(self) -> Iterator[Record]: ...


class Reader(Protocol):
    """A format. A module with these two functions is one."""

    def recognises(self, content: bytes) -> bool:
        """Whether this is a file of the format, judged by its first bytes only."""

    def read(self, content: bytes, wanted: Wanted) -> Records:
        """The records, the heading first. wanted: decides between several possible readings.

        A day is written as `parse_date` reads it, a whole number without decimals. Raises Refused;
        nothing is stored outside memory.
        """


@dataclass(slots=True)
class Row:
    """A record: the line where it begins, its values by canonical column, its problem.

    A row with a problem has no values, so that nobody uses shifted ones by mistake.
    """

    line: int
    values: dict[str, str] = field(repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read. `rows` can be walked repeatedly; `len()` counts them."""

    columns: tuple[str, ...]
    count: int
    _records: Records = field(repr=False)
    _layout: "_Layout" = field(repr=False)

    def __len__(self) -> int:
        return self.count

    @property
    def rows(self) -> Iterator[Row]:
        """The rows in the order of the file, without blank ones."""
        filled = _filled(self._records)
        next(filled)
        return starmap(self._layout.row, filled)


def table_of(records: Records, wanted: Wanted, *, max_rows: int) -> Table:
    """The table that these records form. Reads all, so that no refusal can come halfway later."""
    filled = _filled(records)
    _line, header = next(filled, (1, []))
    layout = _layout_of(header, wanted)
    count = _count(filled, max_rows)
    return Table(tuple(layout.positions), count, records, layout)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where each canonical column is, how wide a full row is, and how wide it must be."""

    width: int
    least: int
    positions: dict[str, int]

    def row(self, line: int, cells: list[str] | Unreadable) -> Row:
        """A record as a row; with a problem when its cells cannot be told apart with certainty."""
        if isinstance(cells, Unreadable):
            return Row(line, {}, cells.reason)
        missing = self.width - len(cells)
        if missing == 0:
            return Row(line, {name: cells[at].strip() for name, at in self.positions.items()})
        if missing < 0 and any(cell.strip() for cell in cells[self.width :]):
            return Row(line, {}, self._wrong_width(_("te veel"), len(cells)))
        # Excel drops empty cells at the end of a row, unless a needed column is among them.
        if len(cells) < self.least:
            return Row(line, {}, self._wrong_width(_("te weinig"), len(cells)))
        there = {name: at for name, at in self.positions.items() if at < len(cells)}
        values = {name: cells[at].strip() for name, at in there.items()}
        return Row(line, dict.fromkeys(self.positions, "") | values)

    def _wrong_width(self, what: str, found: int) -> str:
        return _(
            "Deze regel heeft %(what)s cellen: %(found)s in plaats van %(width)s. Er is niets van "
            "overgenomen."
        ) % {"what": what, "found": found, "width": self.width}


def _layout_of(header: list[str] | Unreadable, wanted: Wanted) -> _Layout:
    """Find each wanted column in the first record that is not blank."""
    if isinstance(header, Unreadable):
        raise Refused(header.reason, code="row-unreadable")
    # Excel may add empty ones at the end; whatever is there, no row costs more than its own cells.
    if any(cell.strip() for cell in header[MAX_COLUMNS:]):
        raise Refused(
            _(
                "Dit bestand heeft meer dan %(most)s kolommen. Laat alleen de kolommen staan die "
                "nodig zijn."
            )
            % {"most": MAX_COLUMNS},
            code="too-many-columns",
        )
    positions: dict[str, int] = {}
    for at, cell in enumerate(header[:MAX_COLUMNS]):
        column = wanted.column(cell)
        if column in positions:
            raise Refused(
                _("Kolom '%(column)s' staat meer dan één keer in dit bestand. Laat er één staan.")
                % {"column": wanted.shown(column)},
                code="column-twice",
            )
        if column:
            positions[column] = at
    missing = [column for column in wanted.needed if column not in positions]
    if missing:
        raise Refused(wanted.missing(missing, header), code="columns-missing")
    least = 1 + max((positions[column] for column in wanted.needed), default=0)
    return _Layout(len(header), least, positions)


def _filled(records: Iterable[Record]) -> Iterator[Record]:
    """The records that are not blank."""
    for record in records:
        cells = record[1]
        # The first cell nearly always decides, and is checked in half the time.
        if isinstance(cells, Unreadable) or (cells and cells[0].strip()) or "".join(cells).strip():
            yield record


def _count(rows: Iterator[Record], max_rows: int) -> int:
    count = sum(1 for _row in islice(rows, max_rows + 1))
    if count > max_rows:
        raise Refused(
            _(
                "Dit bestand telt meer dan %(rows)s rijen. Splits het in kleinere bestanden en "
                "laad ze na elkaar."
            )
            % {"rows": as_number(max_rows)},
            code="too-many-rows",
        )
    if not count:
        raise Refused(
            _("In dit bestand staat alleen een kopregel, zonder rijen eronder. Vul het aan."),
            code="no-rows",
        )
    return count
