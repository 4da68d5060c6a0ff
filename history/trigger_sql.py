"""SQL of the triggers that guard states and write history; the apps say which tables get which.

Guards are BEFORE ROW triggers with their whole condition in WHEN, so an allowed write never calls a
function (ADR 2). History is one function, at statement level, over transition tables.

The application's login owns nothing and has no right to what a guard refuses unconditionally (ADR
17). A function that writes what the application may not is SECURITY DEFINER; `migrate` fixes where
each function looks for tables, and makes sure that only triggers call such a function.

Tested in `history.tests.test_recording` and `vouchers.database.tests.test_guards`.
"""

from collections.abc import Iterable, Sequence

FUNCTIONS = """
CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation',
        TABLE = TG_TABLE_NAME;
END $$;

-- The rows of an UPDATE are joined by EXECUTE: a cached plan keeps the estimate of the first, small
-- update of a connection and turns quadratic afterwards. OFFSET 0 keeps each row from being turned
-- into JSON twice, to compare it and to store it.
CREATE OR REPLACE FUNCTION portal_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    excluded text[] := TG_ARGV[0]::text[];
    rows_sql text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.id, to_jsonb(n) - $1 AS data FROM new_rows n'
        WHEN 'DELETE' THEN 'SELECT o.id, to_jsonb(o) - $1 AS data FROM old_rows o'
        ELSE 'SELECT n.id, n.data
              FROM (SELECT r.id, to_jsonb(r) - $1 AS data FROM new_rows r OFFSET 0) n
              JOIN (SELECT r.id, to_jsonb(r) - $1 AS data FROM old_rows r OFFSET 0) o USING (id)
              WHERE n.data IS DISTINCT FROM o.data'
    END;
BEGIN
    EXECUTE 'INSERT INTO history_historyevent
                 (transaction, "table", "row", operation, data, actor, origin, reason)
             SELECT txid_current(), $2, changed.id, $3, changed.data, $4, $5, $6
             FROM (' || rows_sql || ') changed ORDER BY changed.id'
    USING excluded, TG_TABLE_NAME, left(TG_OP, 1),
        nullif(current_setting('portal.actor', true), '')::bigint,
        coalesce(nullif(current_setting('portal.origin', true), ''), 'sql:' || session_user),
        coalesce(current_setting('portal.reason', true), '');
    RETURN NULL;
END $$;
"""

# In pairs: a column and the table whose id it holds.
REFERS = """
CREATE OR REPLACE FUNCTION portal_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    FOR pair IN 0 .. TG_NARGS / 2 - 1 LOOP
        EXECUTE format('SELECT n.%1$I FROM new_rows n
                        WHERE n.%1$I IS NOT NULL
                          AND NOT EXISTS (SELECT 1 FROM %2$I p WHERE p.id = n.%1$I) LIMIT 1',
                       TG_ARGV[2 * pair], TG_ARGV[2 * pair + 1])
        INTO missing;
        IF missing IS NOT NULL THEN
            RAISE EXCEPTION '%: % names a row of % that does not exist', TG_TABLE_NAME,
                TG_ARGV[2 * pair], TG_ARGV[2 * pair + 1]
                USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def history(table: str, excluded: Sequence[str] = ()) -> list[str]:
    """Write each insert, update and deletion of a row to history, without the excluded columns."""
    argument = literal("{" + ",".join(excluded) + "}")
    references = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    return [
        f"CREATE OR REPLACE TRIGGER history_{event.lower()} AFTER {event} ON {table} "
        f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION portal_history({argument});"
        for event, tables in references.items()
    ]


def refuse(name: str, event: str, table: str, when: str, message: str) -> str:
    """Refuse an event on a row when the condition holds, with a sentence."""
    return (
        f"CREATE OR REPLACE TRIGGER guard_{name} BEFORE {event} ON {table} FOR EACH ROW "
        f"WHEN ({when}) EXECUTE FUNCTION portal_refuse({literal(message)});"
    )


def refuse_statement(name: str, event: str, table: str, when: str = "") -> str:
    """Refuse an event on a table unconditionally, or whenever the condition holds."""
    message = literal(f"{table}: {event.lower()} is refused")
    condition = f"WHEN ({when}) " if when else ""
    return (
        f"CREATE OR REPLACE TRIGGER guard_{name} BEFORE {event} ON {table} "
        f"FOR EACH STATEMENT {condition}EXECUTE FUNCTION portal_refuse({message});"
    )


def moves(
    table: str, births: Iterable[str], allowed: Iterable[tuple[str, str]], column: str = "state"
) -> list[str]:
    """Allow only these states at birth, and only these moves afterwards."""
    born = ", ".join(literal(state) for state in sorted(births))
    pairs = ", ".join(f"({literal(before)}, {literal(after)})" for before, after in sorted(allowed))
    changed = f"OLD.{column} IS DISTINCT FROM NEW.{column}"
    return [
        refuse(
            f"{column}_birth",
            "INSERT",
            table,
            f"NEW.{column} NOT IN ({born})",
            f"{table}: a row is born as {born.replace(chr(39), '')}",
        ),
        refuse(
            f"{column}_move",
            f"UPDATE OF {column}",
            table,
            f"{changed} AND (OLD.{column}, NEW.{column}) NOT IN ({pairs})",
            f"{table}: this move of {column} is not allowed",
        ),
    ]


def forbid_delete(table: str, when: str = "") -> list[str]:
    """Forbid deleting rows (except those that `when` names) and emptying the table."""
    condition = f"NOT ({when})" if when else "true"
    return [
        refuse("delete", "DELETE", table, condition, f"{table}: rows are never deleted"),
        refuse_statement("truncate", "TRUNCATE", table),
    ]


def write_once(table: str, columns: Iterable[str]) -> list[str]:
    """Columns that may be filled once, and never changed or emptied afterwards."""
    return [
        refuse(
            f"once_{column}",
            f"UPDATE OF {column}",
            table,
            f"OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column}",
            f"{table}: {column} is written once",
        )
        for column in columns
    ]


def born_empty(table: str, columns: Sequence[str]) -> str:
    """Columns that must be empty at birth: what they record happens later."""
    filled = " OR ".join(f"NEW.{column} IS NOT NULL" for column in columns)
    return refuse("born_empty", "INSERT", table, filled, f"{table}: born in a later state")


def frozen(table: str, columns: Sequence[str], since: str = "true", name: str = "frozen") -> str:
    """Columns that cannot change once the condition (on OLD) holds."""
    old = ", ".join(f"OLD.{column}" for column in columns)
    new = ", ".join(f"NEW.{column}" for column in columns)
    return refuse(
        name,
        "UPDATE",
        table,
        f"({since}) AND ({old}) IS DISTINCT FROM ({new})",
        f"{table}: {', '.join(columns)} cannot change any more",
    )


def refers(table: str, **parents: str) -> str:
    """Replaces the foreign keys of a table that is filled by the hundred thousand.

    Each new row must name rows that exist, looked up once per statement instead of once per row and
    without locking them. That is the whole rule only where the columns never change and the parents
    are neither deleted nor renumbered: guarantee it with `frozen`, `forbid_delete` and
    `numbered_once`.
    """
    pairs = ", ".join(f"{literal(column)}, {literal(parent)}" for column, parent in parents.items())
    return (
        f"CREATE OR REPLACE TRIGGER guard_refers AFTER INSERT ON {table} "
        f"REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT "
        f"EXECUTE FUNCTION portal_refers({pairs});"
    )


def numbered_once(table: str) -> str:
    """Forbid changing the id of a row."""
    return refuse(
        "id", "UPDATE OF id", table, "OLD.id IS DISTINCT FROM NEW.id", f"{table}: an id stays"
    )


def rotated(table: str, secret: str, key: str, digest: str, digest_key: str) -> str:
    """A ciphertext and the keyed digest it is bound to change only in a rotation of keys: to
    another key, and encrypted anew; the digest exactly when its own key changes. Or the
    ciphertext is emptied for good (erasure)."""
    columns = [secret, key, digest, digest_key]
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    rotation = (
        f"(OLD.{key}, OLD.{digest_key}) IS DISTINCT FROM (NEW.{key}, NEW.{digest_key})"
        f" AND OLD.{secret} <> '' AND OLD.{secret} <> NEW.{secret}"
        f" AND (OLD.{digest} <> NEW.{digest}) = (OLD.{digest_key} <> NEW.{digest_key})"
    )
    return refuse(
        "rotated",
        f"UPDATE OF {', '.join(columns)}",
        table,
        f"({old}) IS DISTINCT FROM ({new}) AND NEW.{secret} <> '' AND NOT ({rotation})",
        f"{table}: {', '.join(columns)} change only together, with a key",
    )


def append_only(table: str) -> list[str]:
    """Rows may be added, never changed, deleted or emptied."""
    return [
        refuse_statement(event.lower(), event, table) for event in ("UPDATE", "DELETE", "TRUNCATE")
    ]


def by_triggers(table: str, *events: str) -> list[str]:
    """Only triggers may do this to the table: no statement of anybody's own can."""
    return [
        refuse_statement(event.lower(), event, table, when="pg_trigger_depth() = 0")
        for event in events
    ]
