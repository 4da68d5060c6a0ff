"""What somebody copies from a spreadsheet and pastes into a form → its columns."""

import re


def read_column(text: str) -> list[str]:
    """The cells of a column pasted from a spreadsheet, without blank ones; order and duplicates
    stay.

    Of several columns, the first that is not empty.
    """
    return [first for first, _second in read_two_columns(text)]


def read_two_columns(text: str) -> list[tuple[str, str]]:
    """As `read_column`, each cell with the one to its right ("" without one)."""
    rows = [[_pasted(cell) for cell in line.split("\t")] for line in re.split(r"\r\n|\r|\n", text)]
    width = max(map(len, rows))
    for at in range(width):
        pairs = [(*row, "")[at : at + 2] for row in rows if at < len(row) and row[at]]
        if pairs:
            return [(first, second) for first, second in pairs]
    return []


def _pasted(cell: str) -> str:
    """A cell without the quotes that a spreadsheet adds on the clipboard."""
    text = cell.strip().strip("\ufeff\u200b").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"').strip()
    return text
