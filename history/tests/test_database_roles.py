"""The portal's own login owns nothing and can touch neither guards nor history (rule 3)."""

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg2 import errors
from pytest_django import Settings

from conftest import Cast
from history import database_roles
from history.models import HistoryEvent
from history.tests.test_recording import APPEND_ONLY, COUNTED
from vouchers.database.tests.test_guards import KEPT, refused
from vouchers.tests.factories import handed_out, load_codes

OWNER = settings.DATABASE_OWNER["USER"]
APPLICATION = settings.DATABASES["default"]["USER"]
DENIED = errors.InsufficientPrivilege
# The database itself refuses each of these, before any guard of ours is asked.
IN_VAIN = {
    "TRUNCATE history_historyevent": DENIED,
    "TRUNCATE vouchers_voucher CASCADE": DENIED,
    "TRUNCATE accounts_session": DENIED,
    "UPDATE history_historyevent SET reason = 'x'": DENIED,
    "DELETE FROM history_historyevent": DENIED,
    'INSERT INTO history_historyevent (transaction, "table", "row", operation, data, origin,'
    " reason) VALUES (1, 'x', 1, 'I', '{}', 'x', 'x')": DENIED,
    "COPY history_historyevent FROM STDIN": DENIED,
    "INSERT INTO vouchers_pooltally (pool_id, state, number) VALUES (1, 'OUT', 1)": DENIED,
    "UPDATE vouchers_requestcount SET waiting = 0": DENIED,
    "INSERT INTO vouchers_requestcount VALUES (1, 1, 1)": DENIED,
    "DELETE FROM vouchers_requestcount": DENIED,
    "DELETE FROM vouchers_voucher": DENIED,
    "DELETE FROM vouchers_handout": DENIED,
    "UPDATE vouchers_reveal SET channel = 'PAGE'": DENIED,
    "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())": DENIED,
    "SET session_replication_role = replica": DENIED,
    "SET LOCAL session_replication_role = replica": DENIED,
    "SELECT set_config('session_replication_role', 'replica', true)": DENIED,
    "ALTER TABLE vouchers_voucher DISABLE TRIGGER ALL": DENIED,
    "ALTER TABLE vouchers_voucher DISABLE TRIGGER guard_state_move": DENIED,
    "DROP TRIGGER guard_state_move ON vouchers_voucher": DENIED,
    "CREATE TRIGGER mine BEFORE INSERT ON vouchers_voucher FOR EACH ROW"
    " EXECUTE FUNCTION portal_refuse('x')": DENIED,
    "CREATE RULE mine AS ON INSERT TO vouchers_voucher DO INSTEAD NOTHING": DENIED,
    "ALTER TABLE vouchers_voucher ADD COLUMN x int": DENIED,
    "ALTER TABLE vouchers_handout DROP CONSTRAINT handout_live_voucher_check": DENIED,
    "DROP INDEX handout_live_voucher": DENIED,
    "DROP TABLE history_historyevent": DENIED,
    "CREATE TABLE mine (id int)": DENIED,
    "CREATE SCHEMA mine": DENIED,
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'": DENIED,
    "CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'": DENIED,
    "ALTER FUNCTION portal_history() SECURITY INVOKER": DENIED,
    "DROP FUNCTION portal_history() CASCADE": DENIED,
    "SELECT portal_count_pupils(ARRAY[1::bigint])": DENIED,
    f"SET ROLE {OWNER}": DENIED,
    f"SET SESSION AUTHORIZATION {OWNER}": DENIED,
    f"ALTER ROLE {OWNER} PASSWORD 'x'": DENIED,
    f"ALTER ROLE {APPLICATION} SUPERUSER": DENIED,
    f"GRANT {OWNER} TO {APPLICATION}": DENIED,
    "CREATE ROLE mine": DENIED,
    "CREATE DATABASE mine": errors.ActiveSqlTransaction,
}


@pytest.mark.parametrize("statement", IN_VAIN)
@pytest.mark.django_db
def test_what_the_application_tries_in_vain(statement: str) -> None:
    with (
        pytest.raises(Exception, match=r".") as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert type(refusal.value.__cause__) is IN_VAIN[statement]


def granted() -> dict[str, set[str]]:
    """What the database lets the application do, table by table, according to its own catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(p) FROM pg_class c CROSS JOIN unnest(ARRAY["
            "'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')"
            " AND (has_table_privilege(%s, c.oid, p) OR (p IN ('INSERT', 'UPDATE', 'REFERENCES')"
            " AND has_any_column_privilege(%s, c.oid, p))) GROUP BY c.relname",
            [APPLICATION, APPLICATION],
        )
        return {table: set(rights) for table, rights in cursor.fetchall()}


@pytest.mark.django_db
def test_no_table_has_more_rights_than_its_guards_say() -> None:
    found = granted()
    assert set.union(*found.values()) == set(database_roles.WRITES)
    by_triggers = {"history_historyevent", "vouchers_pooltally", *COUNTED, "django_migrations"}
    assert [table for table in by_triggers if table in found] == []
    for table in APPEND_ONLY - by_triggers:
        assert (table, found[table]) == (table, {"INSERT"})
    for table in set(KEPT) - APPEND_ONLY:
        assert (table, found[table]) == (table, {"INSERT", "UPDATE"})


@pytest.mark.django_db
def test_every_refusal_of_a_guard_is_a_right_that_is_not_given() -> None:
    """Of a new table too: by the guards as the database has them, not by a list."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, event FROM pg_trigger,"
            " (VALUES (4, 'INSERT'), (8, 'DELETE'), (16, 'UPDATE')) AS known (bit, event)"
            " WHERE tgname LIKE 'guard_%%' AND tgfoid = 'portal_refuse'::regproc"
            " AND tgattr = '' AND tgtype & bit > 0"
            " AND (tgtype & 1 = 0 OR pg_get_triggerdef(oid) LIKE '%%WHEN (true)%%')",
            [],
        )
        guarded = set(cursor.fetchall())
    assert len(guarded) > 25
    found = granted()
    assert [each for each in guarded if each[1] in found.get(each[0], set())] == []


@pytest.mark.as_owner
@pytest.mark.django_db
def test_a_new_table_gets_the_rights_that_its_guards_leave() -> None:
    guards = {
        "mine": [],
        "mine_kept": ["DELETE ON {} FOR EACH ROW WHEN (true)"],
        "mine_drafts": ["DELETE ON {} FOR EACH ROW WHEN (OLD.id > 1)"],
        "mine_added_to": ["UPDATE ON {} FOR EACH STATEMENT", "DELETE ON {} FOR EACH STATEMENT"],
    }
    with connection.cursor() as cursor:
        for table, events in guards.items():
            cursor.execute(f"CREATE TABLE {table} (id int)")
            for event in events:
                name = event.split()[0].lower()
                cursor.execute(
                    f"CREATE TRIGGER guard_{name} BEFORE {event.format(table)}"
                    " EXECUTE FUNCTION portal_refuse('no')"
                )
    database_roles.give_rights()
    found = granted()
    assert {table: found[table] for table in guards} == {
        "mine": {"INSERT", "UPDATE", "DELETE"},
        "mine_kept": {"INSERT", "UPDATE"},
        "mine_drafts": {"INSERT", "UPDATE", "DELETE"},
        "mine_added_to": {"INSERT"},
    }


@pytest.mark.django_db
def test_functions_look_in_our_schema_and_those_of_the_owner_are_for_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, proconfig, prosecdef, has_function_privilege(%s, oid, 'EXECUTE'),"
            " pg_get_userbyid(proowner) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace",
            [APPLICATION],
        )
        found = cursor.fetchall()
    assert {row[0] for row in found if row[2]} == {
        "portal_history",
        "portal_tally",
        "portal_count_lines",
        "portal_count_hand_outs",
    }
    assert {str(row[1]) for row in found} == {"['search_path=public, pg_temp']"}
    assert [row[0] for row in found if row[2] and row[3]] == []
    assert {row[4] for row in found} == {OWNER}


@pytest.mark.django_db
def test_a_temporary_table_of_the_same_name_deceives_no_guard(cast: Cast) -> None:
    """Anybody can create one, and PostgreSQL looks among temporary tables first."""
    load_codes(cast.pool, by=cast.officer, codes=1)
    (bond,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    before = HistoryEvent.objects.count()
    with connection.cursor() as cursor:
        for table in ("vouchers_handout", "vouchers_activation", "history_historyevent"):
            cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table}) ON COMMIT DROP")
        cursor.execute(
            "UPDATE schools_organisation SET street = 'Kerkstraat 1' WHERE id = %s",
            [cast.school.pk],
        )
        cursor.execute("SELECT count(*) FROM public.history_historyevent")
        assert cursor.fetchone() == (before + 1,)
    message = refused(
        "UPDATE vouchers_voucher SET state = 'AVAILABLE' WHERE id = %s", bond.voucher_id
    )
    assert "does not go back" in message


@pytest.mark.django_db
def test_a_table_of_ones_own_writes_no_history() -> None:
    """Otherwise a temporary table named like a real one could forge the history of the real one."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE vouchers_voucher (id int) ON COMMIT DROP")
        with pytest.raises(Exception, match="permission denied for function") as refusal:
            cursor.execute(
                "CREATE TRIGGER forged AFTER INSERT ON pg_temp.vouchers_voucher REFERENCING NEW"
                " TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}')"
            )
    assert type(refusal.value.__cause__) is DENIED


@pytest.mark.django_db
def test_history_knows_the_login_that_wrote_and_not_the_one_it_wrote_as(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.origin', '', true)")
        cursor.execute("UPDATE schools_organisation SET street = 'x'")
    assert HistoryEvent.objects.latest("id").origin == f"sql:{APPLICATION}"


@pytest.mark.as_owner
@pytest.mark.django_db
def test_not_even_the_owner_writes_history_by_hand(cast: Cast) -> None:
    assert "insert is refused" in refused(
        'INSERT INTO history_historyevent (transaction, "table", "row", operation, data, origin,'
        " reason) VALUES (1, 'x', 1, 'I', '{}', 'x', 'x')"
    )
    assert "insert is refused" in refused(
        "INSERT INTO vouchers_pooltally (pool_id, state, number) VALUES (%s, 'OUT', 1)",
        cast.pool.pk,
    )
    assert "update is refused" in refused("UPDATE vouchers_requestcount SET waiting = 1")


@pytest.mark.django_db
def test_the_portal_serves_with_a_login_that_owns_nothing() -> None:
    database_roles.refuse_power()


@pytest.mark.as_owner
@pytest.mark.django_db
def test_the_portal_does_not_serve_as_the_owner() -> None:
    with pytest.raises(ImproperlyConfigured, match=f"The login {OWNER} of DATABASE_URL owns"):
        database_roles.refuse_power()


@pytest.mark.django_db
@pytest.mark.parametrize("role", database_roles.POWERFUL_ROLES)
def test_a_login_with_a_powerful_role_of_the_server_has_power(role: str) -> None:
    """15.16; whoever is a member of one counts as one: each role is a member of itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [role])
        if not cursor.fetchone()[0]:
            pytest.skip(f"this PostgreSQL has no {role}")
    assert database_roles.has_power(role)


@pytest.mark.django_db
def test_a_member_of_another_role_has_its_power() -> None:
    """`pg_monitor` is a member of roles that may look only; the owner, of itself."""
    assert [database_roles.has_power(role) for role in (APPLICATION, "pg_monitor", OWNER)] == [
        False,
        False,
        True,
    ]


@pytest.mark.as_owner
@pytest.mark.django_db
@pytest.mark.parametrize(("demo", "testing"), [(False, False), (True, False), (False, True)])
def test_only_a_demo_and_tests_may_make_temporary_tables(
    demo: bool, testing: bool, settings: Settings
) -> None:
    settings.DEMO, settings.TESTING = demo, testing
    database_roles.give_rights()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_database_privilege(%s, current_database(), 'TEMPORARY')", [APPLICATION]
        )
        assert cursor.fetchone() == (demo or testing,)


@pytest.mark.django_db(transaction=True)
def test_the_owner_migrates_and_the_application_goes_on() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        assert cursor.fetchone() == (APPLICATION,)


@pytest.mark.django_db(transaction=True)
def test_migrating_without_the_owner_says_what_is_missing(settings: Settings) -> None:
    settings.DATABASE_OWNER = {}
    with pytest.raises(CommandError, match="set DATABASE_OWNER_URL"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
def test_nobody_becomes_the_owner_halfway_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError), database_roles.as_owner():
        pass
