-- Reasons of holdings are erased with their period, so these rows are not append-only any more.
DROP TRIGGER guard_update ON vouchers_holding;
DROP TRIGGER guard_delete ON vouchers_holding;

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_decision
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_decision
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_decision
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_decision
    FOR EACH ROW
    WHEN ((true) AND (OLD.line_id, OLD.granted, OLD.decided_at, OLD.decided_by_id) IS DISTINCT FROM
        (NEW.line_id, NEW.granted, NEW.decided_at, NEW.decided_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_decision: line_id, granted, decided_at, decided_by_id cannot change any more');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_renewal
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_renewal
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_renewal
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_mail
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,subject,body,error}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_mail
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,subject,body,error}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_mail
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,subject,body,error}');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_mail
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.recipient_id, OLD.organisation_id, OLD.request_id, OLD.alert_id,
        OLD.handed_out_on, OLD.weeks, OLD.subject, OLD.message, OLD.created_at) IS DISTINCT FROM
        (NEW.kind, NEW.recipient_id, NEW.organisation_id, NEW.request_id, NEW.alert_id,
        NEW.handed_out_on, NEW.weeks, NEW.subject, NEW.message, NEW.created_at))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_mail: kind, recipient_id, organisation_id, request_id, alert_id, handed_out_on, weeks, subject, message, created_at cannot change any more');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_alert
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.about_id, OLD.organisation_id, OLD.request_id, OLD.file_id,
        OLD.provider_id, OLD.data, OLD.raised_at) IS DISTINCT FROM (NEW.kind, NEW.about_id,
        NEW.organisation_id, NEW.request_id, NEW.file_id, NEW.provider_id, NEW.data, NEW.raised_at))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_alert: kind, about_id, organisation_id, request_id, file_id, provider_id, data, raised_at cannot change any more');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_holding
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_holding
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_holding
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reason}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_holding
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_holding: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_holding
    FOR EACH ROW
    WHEN ((true) AND (OLD.voucher_id, OLD.held, OLD.file_id, OLD.done_at, OLD.done_by_id) IS
        DISTINCT FROM (NEW.voucher_id, NEW.held, NEW.file_id, NEW.done_at, NEW.done_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_holding: voucher_id, held, file_id, done_at, done_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_listread
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_listread: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_listread
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_listread: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_listread
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_listread: truncate is refused');

CREATE OR REPLACE TRIGGER guard_address_kept
    BEFORE UPDATE OF address ON vouchers_mail
    FOR EACH ROW
    WHEN (NEW.address <> OLD.address AND (NEW.address <> '' OR OLD.state = 'QUEUED'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_mail: an address cannot change any more, only be forgotten once it left');

CREATE OR REPLACE TRIGGER guard_reason_kept
    BEFORE UPDATE OF reason ON vouchers_decision
    FOR EACH ROW
    WHEN (true AND NEW.reason NOT IN (OLD.reason, '–'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_decision: reason cannot change any more, only be erased');

CREATE OR REPLACE TRIGGER guard_reason_kept
    BEFORE UPDATE OF reason ON vouchers_holding
    FOR EACH ROW
    WHEN (true AND NEW.reason NOT IN (OLD.reason, '–'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_holding: reason cannot change any more, only be erased');

CREATE OR REPLACE TRIGGER guard_reason_kept
    BEFORE UPDATE OF reason ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.state = 'REFUSED' AND NEW.reason NOT IN (OLD.reason, '–'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_renewal: reason cannot change any more, only be erased');

CREATE OR REPLACE TRIGGER guard_refusal_kept
    BEFORE UPDATE OF refusal ON vouchers_replacementask
    FOR EACH ROW
    WHEN (OLD.refused_at IS NOT NULL AND NEW.refusal NOT IN (OLD.refusal, '–'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_replacementask: refusal cannot change any more, only be erased');

CREATE OR REPLACE TRIGGER guard_refusal_kept
    BEFORE UPDATE OF refusal ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.state = 'REFUSED' AND NEW.refusal NOT IN (OLD.refusal, '–'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_providerfile: refusal cannot change any more, only be erased');
