CREATE OR REPLACE FUNCTION portal_tally() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON vouchers_pooltally FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_pooltally: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON vouchers_pooltally FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_pooltally: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON vouchers_pooltally FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_pooltally: truncate is refused');
