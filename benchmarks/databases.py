"""The databases of the bench on the server of this clone: never the demo's, never the tests'.

The data are built once into a database that is kept for later runs; each run works on a copy, which
is dropped afterwards. A comment on the kept database says what it was built from.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg2 import sql

from benchmarks import data
from history.database_roles import as_owner
from local.sample import fill
from vouchers.models import Provider

WHAT_IT_HOLDS = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


def use(name: str) -> None:
    """Make Django use this database from now on."""
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name


def current() -> str:
    """The name of the database in use."""
    return str(settings.DATABASES["default"]["NAME"])


def made(name: str) -> None:
    """An empty database with the schema, in use from now on; an existing one of this name is
    dropped."""
    drop(name)
    _execute("CREATE DATABASE {}", name)
    use(name)
    call_command("migrate", verbosity=0)


def built(size: data.Size) -> str:
    """The database with the data of this size, built now unless it exists."""
    name = f"bench_{size.codes}"
    mark = _mark(size)
    with _server() as cursor:
        cursor.execute(WHAT_IT_HOLDS, [name])
        if cursor.fetchall() == [(mark,)]:
            return name
    made(name)
    with as_owner():
        data.fill(size)
        vacuum()
    connections.close_all()
    _execute(f"COMMENT ON DATABASE {{}} IS '{mark}'", name)
    return name


def copied(source: str, name: str) -> str:
    """A copy to work on, made file by file."""
    drop(name)
    _execute(f"CREATE DATABASE {{}} TEMPLATE {source} STRATEGY FILE_COPY", name)
    return name


def let_peers_number() -> None:
    """django-import-export resets a sequence after each import, which the application may not do
    (ADR 17); granted by the owner, in the database in use. Ours does not need it."""
    application = sql.Identifier(settings.DATABASES["default"]["USER"])
    grant = sql.SQL("GRANT UPDATE ON ALL SEQUENCES IN SCHEMA public TO {}").format(application)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(grant)


def drop(name: str) -> None:
    """Drop a database of the bench."""
    connections.close_all()
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def backend() -> int:
    """The process id of the server process that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    return int(pid)


@contextmanager
def triggers_off() -> Iterator[None]:
    """A transaction of the owner, in which no guard, history trigger or foreign key is checked.

    Both its connection and the application's next one have done the small write (`update_one_row`).
    """
    with as_owner():
        update_one_row()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
    update_one_row()


def vacuum(*tables: str) -> None:
    """What autovacuum would do in the meantime, done between two rounds; all tables when none is
    named."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")


def update_one_row() -> None:
    """The small write that spoils the plans of a careless trigger for the rest of a connection."""
    Provider.objects.filter(pk=Provider.objects.earliest("pk").pk).update(name="Telenet")


def server() -> str:
    """The version of the PostgreSQL that was measured."""
    with _server() as cursor:
        cursor.execute("SHOW server_version")
        ((version,),) = cursor.fetchall()
    return f"PostgreSQL {version}"


def _mark(size: data.Size) -> str:
    """Changes whenever the data would: with the code that makes them, the migrations or the
    keys."""
    leaves = sorted(map(str, MigrationLoader(None).graph.leaf_nodes()))
    sources = [Path(str(each.__file__)).read_text(encoding="utf-8") for each in (data, fill)]
    parts = [str(size), *sources, *leaves, next(iter(settings.FINGERPRINT_KEYS.values())).hex()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _execute(statement: str, name: str) -> None:
    with _server() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def _server() -> Iterator[Any]:
    """The owner's cursor outside our own databases, in autocommit."""
    with as_owner():
        own = connection.get_connection_params() | {"dbname": "postgres"}
    server = psycopg2.connect(**{name: own[name] for name in own if name not in DJANGO_ONLY})
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()


DJANGO_ONLY = {"cursor_factory"}
