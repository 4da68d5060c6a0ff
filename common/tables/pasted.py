"""What somebody copies from a spreadsheet and pastes into a form → its columns.

However much is pasted, each character is looked at once (rule 11).
"""

import re

from django.utils.translation import gettext as _

from common.formats import as_number
from common.refused import Refused

MAX_CHARACTERS = 200_000
MAX_COLUMNS = 50  # what is further to the right is not read

_LINE_END = re.compile(r"\r\n|\r|\n")


def read_column(text: str) -> list[str]:
    """The cells of a column pasted from a spreadsheet, without blank ones; order and duplicates
    stay.

    Of several columns, the first that is not empty. Raises Refused.
    """
    return [first for first, _second in read_two_columns(text)]


def read_two_columns(text: str, *, most: int | None = None) -> list[tuple[str, str]]:
    """As `read_column`, each cell with the one to its right ("" without one); `most`: no more than
    so many."""
    if len(text) > MAX_CHARACTERS:
        raise Refused(too_long(), code="paste-too-long")
    lines = _LINE_END.split(text)
    rows = [_cells(line) for line in lines]
    filled = [at for row in rows if (at := _first_filled(row)) is not None]
    if not filled:
        _refuse_if_further_right(lines)
        return []
    first = min(filled)
    pairs = [(*row, "")[first : first + 2] for row in rows if first < len(row) and row[first]]
    return [(cell, beside) for cell, beside in pairs[:most]]


def too_long() -> str:
    """The sentence that refuses more than MAX_CHARACTERS."""
    return _(
        "Dit zijn meer dan %(most)s tekens. Kopieer alleen de kolom die je nodig hebt, of plak de "
        "lijst in delen."
    ) % {"most": as_number(MAX_CHARACTERS)}


def _cells(line: str) -> list[str]:
    return [_pasted(cell) for cell in line.split("\t", MAX_COLUMNS)[:MAX_COLUMNS]]


def _first_filled(row: list[str]) -> int | None:
    return next((at for at, cell in enumerate(row) if cell), None)


def _refuse_if_further_right(lines: list[str]) -> None:
    """Blank as far as it was read: refuse when something stands further to the right."""
    if any(_pasted(cell) for line in lines for cell in line.split("\t")[MAX_COLUMNS:]):
        raise Refused(
            _(
                "De eerste %(most)s kolommen zijn leeg, en verder kijken we niet. Kopieer alleen "
                "de kolom die je nodig hebt."
            )
            % {"most": MAX_COLUMNS},
            code="too-many-columns",
        )


def _pasted(cell: str) -> str:
    """A cell without the quotes that a spreadsheet adds on the clipboard."""
    text = cell.strip().strip("\ufeff\u200b").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"').strip()
    return text
