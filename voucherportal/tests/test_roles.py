"""The portal's own login owns nothing and reaches neither guards nor history (design rule 3)."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from psycopg2 import errors

OWNER = settings.DATABASE_OWNER["USER"]
APPLICATION = settings.DATABASES["default"]["USER"]
DENIED = errors.InsufficientPrivilege
# What each says is refused by the database itself, before any guard of ours is asked.
IN_VAIN = {
    "TRUNCATE schools_historyevent": DENIED,
    "TRUNCATE vouchers_voucher CASCADE": DENIED,
    "TRUNCATE django_session": DENIED,
    "UPDATE schools_historyevent SET reason = 'x'": DENIED,
    "DELETE FROM schools_historyevent": DENIED,
    'INSERT INTO schools_historyevent (transaction, "table", "row", operation, data, origin,'
    " reason) VALUES (1, 'x', 1, 'I', '{}', 'x', 'x')": DENIED,
    "COPY schools_historyevent FROM STDIN": DENIED,
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
    "DROP TABLE schools_historyevent": DENIED,
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
