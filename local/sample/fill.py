"""Rows by the hundred thousand for the demo and the bench, written without the actions.

Actions are the only writers of state for everybody else; here whole tables are filled from a query
or a COPY. Only columns that matter are named; the others are as in a newly created row, so that a
new column needs nothing here. What the database allows is up to the caller: the demo writes under
the same guards and history as everybody, the bench with triggers off.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from vouchers.actions.files.file_rows import copy

Values = Mapping[str, Any]

# What triggers count, for data that was written while they were off.
COUNT = """
INSERT INTO vouchers_pooltally (pool_id, state, number)
SELECT pool_id, state, count(*) FROM vouchers_voucher GROUP BY pool_id, state;
SELECT portal_count_pupils(ARRAY(
    SELECT DISTINCT request_id FROM vouchers_pupilline WHERE state = 'GRANTED'));
"""


def born(
    table: type[Model],
    source: str,
    values: Values | None = None,
    /,
    *,
    first: str = "",
    **named: str,
) -> int:
    """Insert a row for each row of the source; returns how many.

    named: columns, each with its expression over the source. source: everything from FROM on,
    including the order; first: what precedes the INSERT. values: the parameters of all of these.
    """
    usual = _usual(table, named)
    columns = ", ".join(f'"{name}"' for name in (*named, *usual))
    given = ", ".join((*named.values(), *(f"%(usual_{name})s" for name in usual)))
    parameters = {f"usual_{name}": value for name, value in usual.items()}
    return run(
        f"{first} INSERT INTO {table._meta.db_table} ({columns}) SELECT {given} {source}",
        {**(values or {}), **parameters},
    )


def copied(
    table: type[Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    /,
    **same: object,
) -> None:
    """Rows by COPY, in the order of the columns; same: columns that have one value in all rows."""
    usual = {**_usual(table, (*columns, *same)), **same}
    names = ", ".join(f'"{name}"' for name in (*usual, *columns))
    copy(f"COPY {table._meta.db_table} ({names}) FROM STDIN", rows, prefix=tuple(usual.values()))


def run(statement: str, values: Values | None = None) -> int:
    """Run a statement; returns the number of rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _usual(table: type[Model], named: Iterable[str]) -> dict[str, Any]:
    """What the other columns contain in a row that does not set them."""
    return {
        column: field.get_db_prep_save(field.get_default(), connection)
        for field in table._meta.local_concrete_fields
        if (column := field.column) and column not in named and not _by_the_database(field)
    }


def _by_the_database(field: "Field[Any, Any]") -> bool:
    return field.primary_key or field.generated or field.has_db_default()
