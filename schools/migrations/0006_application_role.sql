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
CREATE OR REPLACE TRIGGER guard_insert BEFORE INSERT ON schools_historyevent FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse('schools_historyevent: insert is refused');
