"""Two logins in PostgreSQL: the owner migrates, the application does everything else and owns
nothing.

What the application may do with a table follows from the table's guards, read from the database
when `migrate` ends, so that a new table needs nothing here: what a guard refuses unconditionally is
not granted either, and TRUNCATE, triggers and tables are the owner's alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg2 import sql

WRITES = ("INSERT", "UPDATE", "DELETE")
# A guard refuses an event unconditionally when it looks at no row, or treats every row alike.
GUARDED = r"""
SELECT c.relname, coalesce(array_agg(upper(substr(t.tgname, 7))) FILTER (WHERE t.oid > 0), '{}')
FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
    AND t.tgname IN ('guard_insert', 'guard_update', 'guard_delete')
    AND pg_get_triggerdef(t.oid) ~ 'FOR EACH STATEMENT|WHEN \(true\)'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
GROUP BY c.relname ORDER BY c.relname
"""
FUNCTIONS = """
SELECT oid::regprocedure::text, prosecdef FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proowner = current_user::regrole
"""
# MAINTAIN (PostgreSQL 17): the vacuum after a load. Older servers leave that to autovacuum.
MAINTAIN_SINCE = 170000
RIGHTS_OF_ALL = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC, {application};
GRANT CONNECT{temporary} ON DATABASE {database} TO {application};
REVOKE ALL ON SCHEMA public FROM PUBLIC, {application};
GRANT USAGE ON SCHEMA public TO {application};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {application};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {application};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {application};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, {application};
"""
# Whoever is one of these, or a member of it, gets around guards and grants; server's own roles by
# name, since none of their attributes says so.
POWERFUL_ROLES = (
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_create_subscription",
    "pg_maintain",
)
POWER = """
SELECT has_parameter_privilege(r.oid, 'session_replication_role', 'SET')
    OR EXISTS (SELECT 1 FROM pg_roles p
               WHERE pg_has_role(r.oid, p.oid, 'MEMBER')
                   AND (p.rolsuper OR p.rolcreaterole OR p.rolcreatedb OR p.rolreplication
                        OR p.rolbypassrls OR p.rolname = ANY(%(powerful)s)))
    OR EXISTS (SELECT 1 FROM pg_class
               WHERE pg_has_role(r.oid, relowner, 'MEMBER')
                   AND relnamespace = 'public'::regnamespace)
    OR EXISTS (SELECT 1 FROM pg_database
               WHERE pg_has_role(r.oid, datdba, 'MEMBER') AND datname = current_database())
FROM pg_roles r WHERE rolname = coalesce(%(role)s, current_user)
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """Make this thread's connection the owner's until the block ends; not inside a transaction.

    Raises ImproperlyConfigured where only the application's login is known.
    """
    application, owner = connection.settings_dict, settings.DATABASE_OWNER
    if not owner:
        raise ImproperlyConfigured(
            "Only the owner of the database can do this: set DATABASE_OWNER_URL."
        )
    if application["USER"] == owner["USER"]:
        yield
        return
    if connection.in_atomic_block:
        raise transaction.TransactionManagementError("as_owner() inside a transaction.")
    connection.close()
    connection.settings_dict = {**application, **owner, "NAME": application["NAME"]}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = application


def rights() -> dict[str, list[str]]:
    """What the application may do with each table: read it, and whatever no guard refuses."""
    with connection.cursor() as cursor:
        cursor.execute(GUARDED)
        refused: dict[str, Any] = dict(cursor.fetchall())
        cursor.execute("SELECT current_setting('server_version_num')::int >= %s", [MAINTAIN_SINCE])
        ((has_maintain,),) = cursor.fetchall()
    refused[MigrationRecorder.Migration._meta.db_table] = WRITES
    maintain = ["MAINTAIN"] if has_maintain else []
    return {
        table: ["SELECT", *(each for each in WRITES if each not in kinds), *maintain]
        for table, kinds in refused.items()
    }


def give_rights() -> None:
    """Grant the application its rights anew and revoke all others; run as the owner.

    A function that runs with its owner's rights is for triggers alone. Every function looks for
    tables in our schema, and looks last among the temporary ones, which anybody can create.
    """
    application = sql.Identifier(settings.DATABASES["default"]["USER"])
    database = sql.Identifier(connection.settings_dict["NAME"])
    statements: list[sql.Composable] = [
        sql.SQL(RIGHTS_OF_ALL).format(
            database=database, application=application, temporary=sql.SQL(_temporary())
        )
    ]
    for table, granted in rights().items():
        statements.append(
            sql.SQL("GRANT {} ON TABLE {} TO {};").format(
                sql.SQL(", ".join(granted)), sql.Identifier("public", table), application
            )
        )
    for signature, of_its_owner in functions():
        function = sql.SQL(signature)
        statements.append(
            sql.SQL("ALTER FUNCTION {} SET search_path = public, pg_temp;").format(function)
        )
        if not of_its_owner:
            statements.append(
                sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {};").format(function, application)
            )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("\n").join(statements))


def _temporary() -> str:
    """Sample data and tests make temporary tables; nothing else does."""
    return ", TEMPORARY" if settings.DEMO or settings.TESTING else ""


def functions() -> list[tuple[str, bool]]:
    """Our functions, and whether each runs with its owner's rights."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        return cursor.fetchall()


def has_power(role: str | None = None) -> bool:
    """Whether this login, by default our own, could bypass the guards."""
    with connection.cursor() as cursor:
        cursor.execute(POWER, {"powerful": list(POWERFUL_ROLES), "role": role})
        ((powerful,),) = cursor.fetchall()
    return bool(powerful)


def refuse_power() -> None:
    """Where serving starts: ImproperlyConfigured for a login that could bypass the guards."""
    if has_power():
        raise ImproperlyConfigured(
            f"The login {connection.settings_dict['USER']} of DATABASE_URL owns tables or may do"
            " more than the portal needs. Give the portal a login of its own that owns nothing, and"
            " the owner's to migrate only, as DATABASE_OWNER_URL (docs/operations.md)."
        )
