CREATE OR REPLACE FUNCTION portal_seal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT number, until_transaction, until_row INTO last
    FROM history_historyseal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
        OR last.number IS NOT NULL AND (NEW.until_transaction, NEW.until_row)
            <= (last.until_transaction, last.until_row)
        OR NEW.until_transaction > txid_snapshot_xmin(txid_current_snapshot())
        OR NEW.rows < 1
        OR octet_length(NEW.event_digests) <> 16 * NEW.rows
        OR octet_length(NEW.digest) <> 32
    THEN
        RAISE EXCEPTION 'history_historyseal: this seal does not follow the one before it'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER guard_follows BEFORE INSERT ON history_historyseal
    FOR EACH ROW EXECUTE FUNCTION portal_seal_follows();

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON history_keycheck
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_keycheck: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON history_keycheck
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_keycheck: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON history_keycheck
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('history_keycheck: truncate is refused');
