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

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON history_historyevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyevent: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON history_historyevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyevent: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON history_historyevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyevent: truncate is refused');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON history_historyevent
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION portal_refuse('history_historyevent: insert is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON history_historyseal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyseal: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON history_historyseal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyseal: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON history_historyseal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_historyseal: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON history_portalmark
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON history_portalmark
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON history_portalmark
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON history_portalmark
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('history_portalmark: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON history_portalmark
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_portalmark: truncate is refused');
