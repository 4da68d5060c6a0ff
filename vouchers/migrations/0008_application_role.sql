CREATE OR REPLACE FUNCTION portal_tally() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO vouchers_pooltally (pool_id, state, number)
        SELECT pool_id, state, count(*) FROM new_rows GROUP BY pool_id, state;
    ELSE
        INSERT INTO vouchers_pooltally (pool_id, state, number)
        SELECT pool_id, state, sum(number) FROM (
            SELECT pool_id, state, 1 AS number FROM new_rows
            UNION ALL SELECT pool_id, state, -1 FROM old_rows
        ) moved GROUP BY pool_id, state HAVING sum(number) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tally_insert AFTER INSERT ON vouchers_voucher
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_tally();
CREATE OR REPLACE TRIGGER tally_update AFTER UPDATE ON vouchers_voucher
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_tally();
CREATE OR REPLACE TRIGGER guard_insert BEFORE INSERT ON vouchers_pooltally FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse('vouchers_pooltally: insert is refused');
CREATE OR REPLACE FUNCTION portal_count_pupils(requests bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO vouchers_requestcount AS kept (request_id, granted, waiting)
    SELECT request.id, counted.granted, counted.waiting FROM unnest(requests) request(id)
    -- One by one, here and below: a join reads all lines there are for a few hundred requests.
    CROSS JOIN LATERAL (
        SELECT count(*) AS granted, count(*) FILTER (WHERE bond.id IS NULL) AS waiting
        FROM vouchers_pupilline line
        LEFT JOIN vouchers_handout bond ON bond.line_id = line.id AND bond.ended_at IS NULL
        WHERE line.request_id = request.id AND line.state = 'GRANTED'
    ) counted
    ON CONFLICT (request_id) DO UPDATE SET granted = excluded.granted, waiting = excluded.waiting
$$;
CREATE OR REPLACE FUNCTION portal_count_lines() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM portal_count_pupils(ARRAY(
        SELECT DISTINCT line.request_id FROM new_rows line JOIN old_rows before USING (id)
        WHERE line.state <> before.state AND 'GRANTED' IN (line.state, before.state)));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION portal_count_hand_outs() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM portal_count_pupils(ARRAY(
            SELECT DISTINCT (SELECT request_id FROM vouchers_pupilline WHERE id = bond.line_id)
            FROM new_rows bond));
    ELSE
        PERFORM portal_count_pupils(ARRAY(
            SELECT DISTINCT (SELECT request_id FROM vouchers_pupilline WHERE id = bond.line_id)
            FROM new_rows bond JOIN old_rows before USING (id)
            WHERE before.ended_at IS NULL AND bond.ended_at IS NOT NULL));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER count_update AFTER UPDATE ON vouchers_pupilline
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_count_lines();
CREATE OR REPLACE TRIGGER count_insert AFTER INSERT ON vouchers_handout
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_count_hand_outs();
CREATE OR REPLACE TRIGGER count_update AFTER UPDATE ON vouchers_handout
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_count_hand_outs();
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON vouchers_requestcount FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('vouchers_requestcount: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON vouchers_requestcount FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_requestcount: truncate is refused');
CREATE OR REPLACE TRIGGER guard_insert BEFORE INSERT ON vouchers_requestcount FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse('vouchers_requestcount: insert is refused');
CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON vouchers_requestcount FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse('vouchers_requestcount: update is refused');
