CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON vouchers_export FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_export: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON vouchers_export FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_export: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON vouchers_export FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_export: truncate is refused');
