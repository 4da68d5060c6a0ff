"""Reads a small table, for the tests of the readers."""

import pytest

from common.refused import Refused
from common.tables.reading import read_table
from common.tables.table import Row, Table

NEEDED = {"code": ["code", "voucher code"], "on": ["datum", "geactiveerd op"]}
OPTIONAL = {"note": ["opmerking"]}
Cells = list[list[str]]


def read(content: bytes | str, *, max_rows: int = 1000) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return read_table(raw, needed=NEEDED, optional=OPTIONAL, max_rows=max_rows)


def refusal(content: bytes | str, *, max_rows: int = 1000) -> str:
    with pytest.raises(Refused) as caught:
        read(content, max_rows=max_rows)
    return caught.value.message


def rows(content: bytes | str) -> list[Row]:
    return list(read(content).rows)
