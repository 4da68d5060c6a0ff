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
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON vouchers_voucher FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION portal_refuse('vouchers_voucher: an id stays');
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON vouchers_handout FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION portal_refuse('vouchers_handout: an id stays');
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON vouchers_providerfile FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION portal_refuse('vouchers_providerfile: an id stays');
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON vouchers_pool FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION portal_refuse('vouchers_pool: an id stays');
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON vouchers_provider FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION portal_refuse('vouchers_provider: an id stays');
CREATE OR REPLACE TRIGGER guard_refers AFTER INSERT ON vouchers_voucher REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_refers('pool_id', 'vouchers_pool', 'provider_id', 'vouchers_provider', 'file_id', 'vouchers_providerfile');
CREATE OR REPLACE TRIGGER guard_refers AFTER INSERT ON vouchers_activation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_refers('hand_out_id', 'vouchers_handout', 'file_id', 'vouchers_providerfile');
CREATE OR REPLACE TRIGGER guard_refers AFTER INSERT ON vouchers_providerfilerow REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_refers('file_id', 'vouchers_providerfile', 'voucher_id', 'vouchers_voucher', 'hand_out_id', 'vouchers_handout');
