"""A workbook of 100,000 rows.

Ours is `common.tables.xlsx_out.workbook`, as reports are exported. The floor is XlsxWriter in
constant memory, the same values without heading and formats. `also` is the peak memory of a
separate process for ours, the portal included.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from io import BytesIO

from xlsxwriter import Workbook

from benchmarks import data
from benchmarks.comparing import Clock, Comparison
from common.tables.xlsx_out import Column, Kind, Sheet, workbook

MIB_AT_MOST = 200
COLUMNS = (
    Column("school", width=40), Column("gemeente", width=20), Column("nummer"),
    Column("aangevraagd", Kind.COUNT), Column("uitgereikt", Kind.COUNT),
    Column("geactiveerd", Kind.COUNT), Column("activatiegraad", Kind.SHARE),
    Column("gemeld tot", Kind.DAY),
)  # fmt: skip
FIRST_DAY = date(2020, 3, 2)
ALONE = """
import django, resource, sys
django.setup()
from benchmarks.xlsx import written
written(int(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def comparisons(size: data.Size) -> list[Comparison]:
    """One: as many rows as an export may have."""
    rows = int(100_000 * size.scale)
    return [
        Comparison(
            work=f"XLSX of {rows:,} rows",
            ours=partial(ours, rows=rows),
            floor=partial(floor, rows=rows),
            at_most=1.2,
            also=partial(memory_of_its_own, rows),
        )
    ]


def ours(clock: Clock, rows: int) -> None:
    """Typed cells, formats, widths, a heading with filters."""
    with clock:
        content = written(rows)
    assert content.startswith(b"PK")


def floor(clock: Clock, rows: int) -> None:
    """The bare values."""
    with clock, Workbook(BytesIO(), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        texts, numbers = page.write_string, page.write_number
        write = (texts, texts, texts, numbers, numbers, numbers, numbers, page.write_datetime)
        for line, row in enumerate(_rows(rows)):
            for n, value in enumerate(row):
                write[n](line, n, value)


def written(rows: int) -> bytes:
    return workbook(Sheet("bench", COLUMNS, _rows(rows)))


def memory_of_its_own(rows: int) -> tuple[str, bool]:
    """The peak memory of a process that does only this."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(rows)], stdout=subprocess.PIPE, check=True
    )
    mib = int(done.stdout)
    return f"{mib} MiB (< {MIB_AT_MOST})", mib < MIB_AT_MOST


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    for n in range(count):
        yield (
            f"Vrije Basisschool {n % 4097}",
            f"Gemeente {n % 285}",
            f"{100_000 + n}",
            n % 90,
            n % 70,
            n % 20,
            (n % 20) / 70,
            FIRST_DAY + timedelta(days=n % 300),
        )
