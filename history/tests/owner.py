"""What only the owner of the tables can do; for tests marked `as_owner`."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def as_owner() -> Iterator[None]:
    """Act as the owner of the tables, with the triggers off: nothing refuses what follows."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def sql(statement: str, *values: int) -> int:
    """Run it as the owner; how many rows it affected."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.rowcount)
