CREATE OR REPLACE TRIGGER guard_once_erased_at BEFORE UPDATE OF erased_at ON vouchers_period FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at) EXECUTE FUNCTION portal_refuse('vouchers_period: erased_at is written once');
CREATE OR REPLACE TRIGGER guard_once_erased_by_id BEFORE UPDATE OF erased_by_id ON vouchers_period FOR EACH ROW WHEN (OLD.erased_by_id IS NOT NULL AND NEW.erased_by_id IS DISTINCT FROM OLD.erased_by_id) EXECUTE FUNCTION portal_refuse('vouchers_period: erased_by_id is written once');
CREATE OR REPLACE TRIGGER guard_frozen BEFORE UPDATE ON vouchers_mail FOR EACH ROW WHEN ((true) AND (OLD.kind, OLD.recipient_id, OLD.address, OLD.organisation_id, OLD.request_id, OLD.handed_out_on, OLD.weeks, OLD.subject, OLD.message, OLD.created_at) IS DISTINCT FROM (NEW.kind, NEW.recipient_id, NEW.address, NEW.organisation_id, NEW.request_id, NEW.handed_out_on, NEW.weeks, NEW.subject, NEW.message, NEW.created_at)) EXECUTE FUNCTION portal_refuse('vouchers_mail: kind, recipient_id, address, organisation_id, request_id, handed_out_on, weeks, subject, message, created_at cannot change any more');
CREATE OR REPLACE FUNCTION portal_refuse_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM vouchers_pool WHERE id = OLD.pool_id AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'vouchers_voucher: a code that may go out is not erased'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_erasing
    BEFORE UPDATE OF secret ON vouchers_voucher FOR EACH ROW
    WHEN (OLD.secret <> '' AND NEW.secret = '' AND OLD.state NOT IN ('OUT', 'VOID'))
    EXECUTE FUNCTION portal_refuse_erasing();
CREATE OR REPLACE TRIGGER guard_erased BEFORE UPDATE OF secret, key_id ON vouchers_voucher FOR EACH ROW WHEN (OLD.secret = '' AND (NEW.secret <> '' OR NEW.key_id <> OLD.key_id)) EXECUTE FUNCTION portal_refuse('vouchers_voucher: an erased code stays erased');
CREATE OR REPLACE TRIGGER guard_erased_stays_out BEFORE UPDATE OF state ON vouchers_voucher FOR EACH ROW WHEN (OLD.secret = '' AND OLD.state IN ('OUT', 'VOID') AND NEW.state = 'AVAILABLE') EXECUTE FUNCTION portal_refuse('vouchers_voucher: an erased code does not go back');
CREATE OR REPLACE TRIGGER guard_reference_key_kept BEFORE UPDATE OF reference_key ON vouchers_pupilline FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL AND NEW.reference_key NOT IN (OLD.reference_key, '')) EXECUTE FUNCTION portal_refuse('vouchers_pupilline: the key of a reference cannot change, only be erased');
CREATE OR REPLACE TRIGGER guard_erased BEFORE UPDATE OF content, key_id ON vouchers_providerfile FOR EACH ROW WHEN (OLD.content = '' AND (NEW.content <> '' OR NEW.key_id <> OLD.key_id)) EXECUTE FUNCTION portal_refuse('vouchers_providerfile: an erased file stays erased');
CREATE OR REPLACE TRIGGER guard_erasing BEFORE UPDATE OF content ON vouchers_providerfile FOR EACH ROW WHEN (OLD.content <> '' AND NEW.content = '' AND OLD.state IN ('RECEIVED', 'CHECKED')) EXECUTE FUNCTION portal_refuse('vouchers_providerfile: a file that still has to be read is not erased');
CREATE OR REPLACE TRIGGER guard_body_kept BEFORE UPDATE OF body ON vouchers_mail FOR EACH ROW WHEN (NEW.body NOT IN (OLD.body, '') OR (NEW.body <> OLD.body AND OLD.state = 'QUEUED')) EXECUTE FUNCTION portal_refuse('vouchers_mail: a text cannot change any more, only be erased once it left');
CREATE OR REPLACE TRIGGER guard_erased BEFORE UPDATE OF state ON vouchers_mail FOR EACH ROW WHEN (OLD.body = '' AND OLD.state <> 'QUEUED' AND NEW.state = 'QUEUED') EXECUTE FUNCTION portal_refuse('vouchers_mail: without its text it does not leave');
