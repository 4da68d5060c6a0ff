CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation',
        TABLE = TG_TABLE_NAME;
END $$;

-- The rows of an UPDATE are joined by EXECUTE: a cached plan keeps the estimate of the first, small
-- update of a connection and turns quadratic afterwards.
CREATE OR REPLACE FUNCTION portal_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    excluded text[] := TG_ARGV[0]::text[];
    rows_sql text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.id, to_jsonb(n) - $1 AS data FROM new_rows n'
        WHEN 'DELETE' THEN 'SELECT o.id, to_jsonb(o) - $1 AS data FROM old_rows o'
        ELSE 'SELECT n.id, to_jsonb(n) - $1 AS data FROM new_rows n JOIN old_rows o USING (id)
              WHERE to_jsonb(n) - $1 IS DISTINCT FROM to_jsonb(o) - $1'
    END;
BEGIN
    EXECUTE 'INSERT INTO schools_historyevent
                 (transaction, "table", "row", operation, data, actor, origin, reason)
             SELECT txid_current(), $2, changed.id, $3, changed.data, $4, $5, $6
             FROM (' || rows_sql || ') changed ORDER BY changed.id'
    USING excluded, TG_TABLE_NAME, left(TG_OP, 1),
        nullif(current_setting('portal.actor', true), '')::bigint,
        coalesce(nullif(current_setting('portal.origin', true), ''), 'sql:' || session_user),
        coalesce(current_setting('portal.reason', true), '');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON schools_historyevent FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyevent: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_historyevent FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyevent: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_historyevent FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyevent: truncate is refused');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_user REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{password,last_login}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_user REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{password,last_login}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_user REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{password,last_login}');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_user FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('schools_user: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_user FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_user: truncate is refused');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_organisation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_organisation REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_organisation FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('schools_organisation: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_organisation FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_organisation: truncate is refused');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_pupilcount REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_pupilcount REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_pupilcount REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_succession REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_succession REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_succession REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_succession FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('schools_succession: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_succession FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_succession: truncate is refused');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_membership REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_membership REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_membership REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON schools_portalmark REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON schools_portalmark REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON schools_portalmark REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{}');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_portalmark FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('schools_portalmark: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_portalmark FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_portalmark: truncate is refused');
