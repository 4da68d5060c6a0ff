CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_period
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{last_number}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_period
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{last_number}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_period
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{last_number}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_period
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_period: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_period
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_period: truncate is refused');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_period
    FOR EACH ROW
    WHEN ((OLD.last_number > 0) AND (OLD.prefix, OLD.reports_from, OLD.reports_until) IS DISTINCT
        FROM (NEW.prefix, NEW.reports_from, NEW.reports_until))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_period: prefix, reports_from, reports_until cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_closed_at
    BEFORE UPDATE OF closed_at ON vouchers_period
    FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_period: closed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_closed_by_id
    BEFORE UPDATE OF closed_by_id ON vouchers_period
    FOR EACH ROW
    WHEN (OLD.closed_by_id IS NOT NULL AND NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_period: closed_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_erased_at
    BEFORE UPDATE OF erased_at ON vouchers_period
    FOR EACH ROW
    WHEN (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at)
    EXECUTE FUNCTION portal_refuse('vouchers_period: erased_at is written once');

CREATE OR REPLACE TRIGGER guard_once_erased_by_id
    BEFORE UPDATE OF erased_by_id ON vouchers_period
    FOR EACH ROW
    WHEN (OLD.erased_by_id IS NOT NULL AND NEW.erased_by_id IS DISTINCT FROM OLD.erased_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_period: erased_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_provider
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_provider
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_provider
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_provider
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_provider: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_provider
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_provider: truncate is refused');

CREATE OR REPLACE FUNCTION portal_refuse_when_loaded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM vouchers_voucher WHERE provider_id = OLD.id) THEN
        RAISE EXCEPTION 'vouchers_provider: how codes are read is fixed once codes are loaded'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_rule_fixed
    BEFORE UPDATE OF case_matters, ignored_characters, code_column, secret_columns
    ON vouchers_provider FOR EACH ROW
    WHEN ((OLD.case_matters, OLD.ignored_characters, OLD.code_column, OLD.secret_columns)
          IS DISTINCT FROM
          (NEW.case_matters, NEW.ignored_characters, NEW.code_column, NEW.secret_columns))
    EXECUTE FUNCTION portal_refuse_when_loaded();

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_providermember
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_providermember
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_providermember
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_agreement
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_agreement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_agreement
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_agreement
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_agreement: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_agreement
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_agreement: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_pool
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_pool
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_pool
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_pool
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_pool: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_pool
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_pool: truncate is refused');

CREATE OR REPLACE FUNCTION portal_refuse_when_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM vouchers_voucher WHERE pool_id = OLD.id) THEN
        RAISE EXCEPTION 'vouchers_pool: agreement and validity are fixed once codes are loaded'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_fixed
    BEFORE UPDATE OF agreement_id, valid_until ON vouchers_pool FOR EACH ROW
    WHEN ((OLD.agreement_id, OLD.valid_until)
          IS DISTINCT FROM (NEW.agreement_id, NEW.valid_until))
    EXECUTE FUNCTION portal_refuse_when_stocked();

CREATE OR REPLACE TRIGGER guard_once_closed_at
    BEFORE UPDATE OF closed_at ON vouchers_pool
    FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_pool: closed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_closed_by_id
    BEFORE UPDATE OF closed_by_id ON vouchers_pool
    FOR EACH ROW
    WHEN (OLD.closed_by_id IS NOT NULL AND NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_pool: closed_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_poolextension
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_poolextension
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_poolextension
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_poolextension
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_poolextension: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_poolextension
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_poolextension: truncate is refused');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_poolextension
    FOR EACH ROW
    WHEN ((true) AND (OLD.pool_id, OLD.valid_until, OLD.recorded_at, OLD.recorded_by_id) IS DISTINCT
        FROM (NEW.pool_id, NEW.valid_until, NEW.recorded_at, NEW.recorded_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_poolextension: pool_id, valid_until, recorded_at, recorded_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_poolextension
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_poolextension: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_poolextension
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_poolextension: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_voucher
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{secret,key_id,fingerprint,fingerprint_key_id}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_voucher
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{secret,key_id,fingerprint,fingerprint_key_id}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_voucher
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{secret,key_id,fingerprint,fingerprint_key_id}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_voucher
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_voucher
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_voucher
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('AVAILABLE'))
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: a row is born as AVAILABLE');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_voucher
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('AVAILABLE',
        'HELD'), ('AVAILABLE', 'OUT'), ('AVAILABLE', 'VOID'), ('HELD', 'AVAILABLE'), ('HELD',
        'VOID'), ('OUT', 'AVAILABLE'), ('OUT', 'VOID')))
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW
    WHEN ((true) AND (OLD.pool_id, OLD.provider_id, OLD.file_id, OLD.line, OLD.loaded_at, OLD.slot)
        IS DISTINCT FROM (NEW.pool_id, NEW.provider_id, NEW.file_id, NEW.line, NEW.loaded_at,
        NEW.slot))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_voucher: pool_id, provider_id, file_id, line, loaded_at, slot cannot change any more');

CREATE OR REPLACE FUNCTION portal_refuse_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM vouchers_handout
               WHERE voucher_id = OLD.id AND (ended_at IS NULL OR revealed_at IS NOT NULL))
    OR EXISTS (SELECT 1 FROM vouchers_activation a JOIN vouchers_handout h ON h.id = a.hand_out_id
               WHERE h.voucher_id = OLD.id AND a.withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'vouchers_voucher: a code that is live, seen or in use does not go back'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_seen_stays_out
    BEFORE UPDATE OF state ON vouchers_voucher FOR EACH ROW
    WHEN (OLD.state = 'OUT' AND NEW.state = 'AVAILABLE')
    EXECUTE FUNCTION portal_refuse_seen();

CREATE OR REPLACE TRIGGER guard_rotated
    BEFORE UPDATE OF secret, key_id, fingerprint, fingerprint_key_id ON vouchers_voucher
    FOR EACH ROW
    WHEN ((OLD.secret, OLD.key_id, OLD.fingerprint, OLD.fingerprint_key_id) IS DISTINCT FROM
        (NEW.secret, NEW.key_id, NEW.fingerprint, NEW.fingerprint_key_id) AND NEW.secret <> '' AND
        NOT ((OLD.key_id, OLD.fingerprint_key_id) IS DISTINCT FROM (NEW.key_id,
        NEW.fingerprint_key_id) AND OLD.secret <> '' AND OLD.secret <> NEW.secret AND
        (OLD.fingerprint <> NEW.fingerprint) = (OLD.fingerprint_key_id <> NEW.fingerprint_key_id)))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_voucher: secret, key_id, fingerprint, fingerprint_key_id change only together, with a key');

CREATE OR REPLACE TRIGGER guard_seen_stays_loaded
    BEFORE UPDATE OF void_reason ON vouchers_voucher FOR EACH ROW
    WHEN (NEW.void_reason = 'UNDONE' AND OLD.void_reason <> 'UNDONE')
    EXECUTE FUNCTION portal_refuse_seen();

CREATE OR REPLACE TRIGGER guard_undone
    BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW
    WHEN ((OLD.void_reason = 'UNDONE') AND (OLD.void_reason) IS DISTINCT FROM (NEW.void_reason))
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: void_reason cannot change any more');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_voucherrequest
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{form_token,note,question}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_voucherrequest
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{form_token,note,question}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_voucherrequest
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{form_token,note,question}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_voucherrequest
    FOR EACH ROW
    WHEN (NOT (OLD.state = 'DRAFT'))
    EXECUTE FUNCTION portal_refuse('vouchers_voucherrequest: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_voucherrequest
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_voucherrequest: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_voucherrequest
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('DRAFT'))
    EXECUTE FUNCTION portal_refuse('vouchers_voucherrequest: a row is born as DRAFT');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_voucherrequest
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('DECIDED',
        'SUBMITTED'), ('DRAFT', 'SUBMITTED'), ('DRAFT', 'WITHDRAWN'), ('RETURNED', 'SUBMITTED'),
        ('RETURNED', 'WITHDRAWN'), ('SUBMITTED', 'DECIDED'), ('SUBMITTED', 'RETURNED'),
        ('SUBMITTED', 'WITHDRAWN')))
    EXECUTE FUNCTION portal_refuse('vouchers_voucherrequest: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_voucherrequest
    FOR EACH ROW
    WHEN ((true) AND (OLD.organisation_id, OLD.period_id, OLD.number) IS DISTINCT FROM
        (NEW.organisation_id, NEW.period_id, NEW.number))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_voucherrequest: organisation_id, period_id, number cannot change any more');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_pupilline
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reference,reference_key}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_pupilline
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reference,reference_key}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_pupilline
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{reference,reference_key}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_pupilline
    FOR EACH ROW
    WHEN (NOT (OLD.state = 'DRAFT'))
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_pupilline
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_pupilline
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('DRAFT'))
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: a row is born as DRAFT');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ASKED',
        'CLOSED'), ('ASKED', 'GRANTED'), ('ASKED', 'REFUSED'), ('ASKED', 'WITHDRAWN'), ('DRAFT',
        'ASKED'), ('GRANTED', 'ASKED'), ('GRANTED', 'CLOSED'), ('GRANTED', 'WITHDRAWN'), ('REFUSED',
        'ASKED')))
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_closed_at
    BEFORE UPDATE OF closed_at ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: closed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_closed_by_id
    BEFORE UPDATE OF closed_by_id ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.closed_by_id IS NOT NULL AND NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_pupilline: closed_by_id is written once');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_pupilline
    FOR EACH ROW
    WHEN ((OLD.submitted_at IS NOT NULL) AND (OLD.request_id, OLD.organisation_id, OLD.period_id,
        OLD.school_id, OLD.education_type, OLD.municipality, OLD.nis_code, OLD.province,
        OLD.submitted_at, OLD.wish, OLD.wish_provider_id) IS DISTINCT FROM (NEW.request_id,
        NEW.organisation_id, NEW.period_id, NEW.school_id, NEW.education_type, NEW.municipality,
        NEW.nis_code, NEW.province, NEW.submitted_at, NEW.wish, NEW.wish_provider_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_pupilline: request_id, organisation_id, period_id, school_id, education_type, municipality, nis_code, province, submitted_at, wish, wish_provider_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_reference_kept
    BEFORE UPDATE OF reference ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.submitted_at IS NOT NULL AND NEW.reference NOT IN (OLD.reference, ''))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_pupilline: a reference that was sent cannot change, only be erased');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_decision
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_decision
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_decision
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_decision
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_decision: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_decision
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_decision: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_decision
    FOR EACH ROW
    WHEN (NEW.withdrawn_at IS NOT NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_decision: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_decision
    FOR EACH ROW
    WHEN ((true) AND (OLD.line_id, OLD.granted, OLD.reason, OLD.decided_at, OLD.decided_by_id) IS
        DISTINCT FROM (NEW.line_id, NEW.granted, NEW.reason, NEW.decided_at, NEW.decided_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_decision: line_id, granted, reason, decided_at, decided_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_decision
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_decision: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_decision
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_decision: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_handout
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_handout
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_handout
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_handout
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_handout
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_handout: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_handout
    FOR EACH ROW
    WHEN (NEW.revealed_at IS NOT NULL OR NEW.revealed_by_id IS NOT NULL OR NEW.given_at IS NOT NULL
        OR NEW.given_by_id IS NOT NULL OR NEW.ended_at IS NOT NULL OR NEW.ended_by_id IS NOT NULL OR
        NEW.end_reason IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: born in a later state');

CREATE OR REPLACE TRIGGER guard_once_revealed_at
    BEFORE UPDATE OF revealed_at ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.revealed_at IS NOT NULL AND NEW.revealed_at IS DISTINCT FROM OLD.revealed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: revealed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_revealed_by_id
    BEFORE UPDATE OF revealed_by_id ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.revealed_by_id IS NOT NULL AND NEW.revealed_by_id IS DISTINCT FROM OLD.revealed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: revealed_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_ended_at
    BEFORE UPDATE OF ended_at ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: ended_at is written once');

CREATE OR REPLACE TRIGGER guard_once_ended_by_id
    BEFORE UPDATE OF ended_by_id ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.ended_by_id IS NOT NULL AND NEW.ended_by_id IS DISTINCT FROM OLD.ended_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: ended_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_end_reason
    BEFORE UPDATE OF end_reason ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.end_reason IS NOT NULL AND NEW.end_reason IS DISTINCT FROM OLD.end_reason)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: end_reason is written once');

CREATE OR REPLACE FUNCTION portal_refuse_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.given_at IS NOT NULL OR NEW.given_by_id IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM vouchers_givenwithdrawal
        WHERE hand_out_id = OLD.id AND given_at = OLD.given_at AND given_by_id = OLD.given_by_id
    ) THEN
        RAISE EXCEPTION 'vouchers_handout: given_at, given_by_id are written once'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_once_given
    BEFORE UPDATE OF given_at, given_by_id ON vouchers_handout FOR EACH ROW
    WHEN (OLD.given_at IS NOT NULL AND (OLD.given_at, OLD.given_by_id)
          IS DISTINCT FROM (NEW.given_at, NEW.given_by_id))
    EXECUTE FUNCTION portal_refuse_given();
CREATE OR REPLACE FUNCTION portal_refuse_untrue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM vouchers_handout WHERE id = NEW.hand_out_id
            AND given_at = NEW.given_at AND given_by_id = NEW.given_by_id
    ) THEN
        RAISE EXCEPTION 'vouchers_givenwithdrawal: the hand-out does not say so'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER guard_true BEFORE INSERT ON vouchers_givenwithdrawal
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_untrue();

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_handout
    FOR EACH ROW
    WHEN ((true) AND (OLD.voucher_id, OLD.line_id, OLD.replaces_id, OLD.handed_out_at,
        OLD.handed_out_by_id) IS DISTINCT FROM (NEW.voucher_id, NEW.line_id, NEW.replaces_id,
        NEW.handed_out_at, NEW.handed_out_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_handout: voucher_id, line_id, replaces_id, handed_out_at, handed_out_by_id cannot change any more');

CREATE OR REPLACE FUNCTION portal_refuse_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_rows bond
        JOIN vouchers_handout earlier ON earlier.voucher_id = bond.voucher_id
            AND earlier.revealed_at IS NOT NULL AND earlier.ended_at IS NOT NULL
        JOIN vouchers_pupilline line ON line.id = bond.line_id
        JOIN vouchers_pupilline before ON before.id = earlier.line_id
        WHERE line.organisation_id <> before.organisation_id
    ) THEN
        RAISE EXCEPTION 'vouchers_handout: a code that was seen stays in its organisation'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_seen_stays_within AFTER INSERT ON vouchers_handout
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_elsewhere();

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_givenwithdrawal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_givenwithdrawal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_givenwithdrawal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_replacementask
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{refusal}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_replacementask
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{refusal}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_replacementask
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{refusal}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_replacementask
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_replacementask: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_replacementask
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_replacementask: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_replacementask
    FOR EACH ROW
    WHEN (NEW.refused_at IS NOT NULL OR NEW.refused_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_replacementask: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_replacementask
    FOR EACH ROW
    WHEN ((true) AND (OLD.hand_out_id, OLD.reason, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM
        (NEW.hand_out_id, NEW.reason, NEW.asked_at, NEW.asked_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_replacementask: hand_out_id, reason, asked_at, asked_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_refused_at
    BEFORE UPDATE OF refused_at ON vouchers_replacementask
    FOR EACH ROW
    WHEN (OLD.refused_at IS NOT NULL AND NEW.refused_at IS DISTINCT FROM OLD.refused_at)
    EXECUTE FUNCTION portal_refuse('vouchers_replacementask: refused_at is written once');

CREATE OR REPLACE TRIGGER guard_once_refused_by_id
    BEFORE UPDATE OF refused_by_id ON vouchers_replacementask
    FOR EACH ROW
    WHEN (OLD.refused_by_id IS NOT NULL AND NEW.refused_by_id IS DISTINCT FROM OLD.refused_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_replacementask: refused_by_id is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_reveal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_reveal: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_reveal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_reveal: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_reveal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_reveal: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_activation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_activation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_activation
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_activation
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_activation: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_activation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_activation: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_activation
    FOR EACH ROW
    WHEN (NEW.withdrawn_at IS NOT NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_activation: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_activation
    FOR EACH ROW
    WHEN ((true) AND (OLD.hand_out_id, OLD."on", OLD.recorded_at, OLD.file_id) IS DISTINCT FROM
        (NEW.hand_out_id, NEW."on", NEW.recorded_at, NEW.file_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_activation: hand_out_id, "on", recorded_at, file_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_activation
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_activation: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_activation
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_activation: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_renewal
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_renewal
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_renewal
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_renewal
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_renewal
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_renewal
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('ASKED'))
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: a row is born as ASKED');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ASKED',
        'PASSED'), ('ASKED', 'REFUSED'), ('PASSED', 'REFUSED'), ('PASSED', 'SENT'), ('SENT',
        'CONFIRMED'), ('SENT', 'REFUSED')))
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_renewal
    FOR EACH ROW
    WHEN (NEW.passed_at IS NOT NULL OR NEW.passed_by_id IS NOT NULL OR NEW.sent_at IS NOT NULL OR
        NEW.sent_by_id IS NOT NULL OR NEW.confirmed_at IS NOT NULL OR NEW.confirmed_by_id IS NOT
        NULL OR NEW.refused_at IS NOT NULL OR NEW.refused_by_id IS NOT NULL OR NEW.withdrawn_at IS
        NOT NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: born in a later state');

CREATE OR REPLACE TRIGGER guard_once_passed_at
    BEFORE UPDATE OF passed_at ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.passed_at IS NOT NULL AND NEW.passed_at IS DISTINCT FROM OLD.passed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: passed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_passed_by_id
    BEFORE UPDATE OF passed_by_id ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.passed_by_id IS NOT NULL AND NEW.passed_by_id IS DISTINCT FROM OLD.passed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: passed_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_sent_at
    BEFORE UPDATE OF sent_at ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: sent_at is written once');

CREATE OR REPLACE TRIGGER guard_once_sent_by_id
    BEFORE UPDATE OF sent_by_id ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.sent_by_id IS NOT NULL AND NEW.sent_by_id IS DISTINCT FROM OLD.sent_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: sent_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_confirmed_at
    BEFORE UPDATE OF confirmed_at ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: confirmed_at is written once');

CREATE OR REPLACE TRIGGER guard_once_confirmed_by_id
    BEFORE UPDATE OF confirmed_by_id ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.confirmed_by_id IS NOT NULL AND NEW.confirmed_by_id IS DISTINCT FROM
        OLD.confirmed_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: confirmed_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_refused_at
    BEFORE UPDATE OF refused_at ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.refused_at IS NOT NULL AND NEW.refused_at IS DISTINCT FROM OLD.refused_at)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: refused_at is written once');

CREATE OR REPLACE TRIGGER guard_once_refused_by_id
    BEFORE UPDATE OF refused_by_id ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.refused_by_id IS NOT NULL AND NEW.refused_by_id IS DISTINCT FROM OLD.refused_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: refused_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_valid_until
    BEFORE UPDATE OF valid_until ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.valid_until IS NOT NULL AND NEW.valid_until IS DISTINCT FROM OLD.valid_until)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: valid_until is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_renewal
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER guard_on
    BEFORE UPDATE ON vouchers_renewal
    FOR EACH ROW
    WHEN ((OLD."on" IS NOT NULL) AND (OLD."on") IS DISTINCT FROM (NEW."on"))
    EXECUTE FUNCTION portal_refuse('vouchers_renewal: "on" cannot change any more');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_renewal
    FOR EACH ROW
    WHEN ((true) AND (OLD.hand_out_id, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM
        (NEW.hand_out_id, NEW.asked_at, NEW.asked_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_renewal: hand_out_id, asked_at, asked_by_id cannot change any more');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_providerfile
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{name,content,key_id,digest,digest_key_id,refusal}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_providerfile
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{name,content,key_id,digest,digest_key_id,refusal}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_providerfile
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{name,content,key_id,digest,digest_key_id,refusal}');

CREATE OR REPLACE TRIGGER guard_rotated
    BEFORE UPDATE OF content, key_id, digest, digest_key_id ON vouchers_providerfile
    FOR EACH ROW
    WHEN ((OLD.content, OLD.key_id, OLD.digest, OLD.digest_key_id) IS DISTINCT FROM (NEW.content,
        NEW.key_id, NEW.digest, NEW.digest_key_id) AND NEW.content <> '' AND NOT ((OLD.key_id,
        OLD.digest_key_id) IS DISTINCT FROM (NEW.key_id, NEW.digest_key_id) AND OLD.content <> ''
        AND OLD.content <> NEW.content AND (OLD.digest <> NEW.digest) = (OLD.digest_key_id <>
        NEW.digest_key_id)))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_providerfile: content, key_id, digest, digest_key_id change only together, with a key');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_providerfile
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_providerfile
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_providerfile
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('RECEIVED'))
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: a row is born as RECEIVED');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('APPLIED',
        'UNDONE'), ('CHECKED', 'APPLIED'), ('CHECKED', 'REFUSED'), ('RECEIVED', 'CHECKED'),
        ('RECEIVED', 'REFUSED')))
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_providerfile
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.provider_id, OLD.pool_id, OLD.complete_until, OLD.uploaded_at,
        OLD.uploaded_by_id) IS DISTINCT FROM (NEW.kind, NEW.provider_id, NEW.pool_id,
        NEW.complete_until, NEW.uploaded_at, NEW.uploaded_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_providerfile: kind, provider_id, pool_id, complete_until, uploaded_at, uploaded_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_applied_at
    BEFORE UPDATE OF applied_at ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.applied_at IS NOT NULL AND NEW.applied_at IS DISTINCT FROM OLD.applied_at)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: applied_at is written once');

CREATE OR REPLACE TRIGGER guard_once_applied_by_id
    BEFORE UPDATE OF applied_by_id ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.applied_by_id IS NOT NULL AND NEW.applied_by_id IS DISTINCT FROM OLD.applied_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: applied_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_undone_at
    BEFORE UPDATE OF undone_at ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: undone_at is written once');

CREATE OR REPLACE TRIGGER guard_once_undone_by_id
    BEFORE UPDATE OF undone_by_id ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.undone_by_id IS NOT NULL AND NEW.undone_by_id IS DISTINCT FROM OLD.undone_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: undone_by_id is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_providerfilerow
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_providerfilerow: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_providerfilerow
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_providerfilerow: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_providerfilerow
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_providerfilerow: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_job
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{done,total,error}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_job
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{done,total,error}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_job
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{done,total,error}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_job
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_job: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_job
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_job: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_job
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('QUEUED'))
    EXECUTE FUNCTION portal_refuse('vouchers_job: a row is born as QUEUED');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_job
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('FAILED',
        'QUEUED'), ('QUEUED', 'RUNNING'), ('RUNNING', 'DONE'), ('RUNNING', 'FAILED'), ('RUNNING',
        'QUEUED')))
    EXECUTE FUNCTION portal_refuse('vouchers_job: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_job
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.file_id, OLD.period_id, OLD.plan, OLD.created_at,
        OLD.created_by_id) IS DISTINCT FROM (NEW.kind, NEW.file_id, NEW.period_id, NEW.plan,
        NEW.created_at, NEW.created_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_job: kind, file_id, period_id, plan, created_at, created_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_export
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_export: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_export
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_export: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_export
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_export: truncate is refused');

CREATE OR REPLACE FUNCTION portal_tally() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO vouchers_pooltally (pool_id, state, number)
        SELECT pool_id, state, count(*) FROM new_rows GROUP BY pool_id, state;
    ELSE
        INSERT INTO vouchers_pooltally (pool_id, state, number)
        SELECT pool_id, state, sum(number) FROM (
            SELECT pool_id, state, 1 AS number FROM new_rows WHERE void_reason <> 'UNDONE'
            UNION ALL SELECT pool_id, state, -1 FROM old_rows WHERE void_reason <> 'UNDONE'
        ) moved GROUP BY pool_id, state HAVING sum(number) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tally_insert AFTER INSERT ON vouchers_voucher
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_tally();
CREATE OR REPLACE TRIGGER tally_update AFTER UPDATE ON vouchers_voucher
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_tally();

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_pooltally
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_pooltally: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_pooltally
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_pooltally: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_pooltally
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_pooltally: truncate is refused');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON vouchers_pooltally
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION portal_refuse('vouchers_pooltally: insert is refused');

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

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_requestcount
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_requestcount: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_requestcount
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_requestcount: truncate is refused');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON vouchers_requestcount
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION portal_refuse('vouchers_requestcount: insert is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_requestcount
    FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION portal_refuse('vouchers_requestcount: update is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_mail
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{subject,body,error}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_mail
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{subject,body,error}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_mail
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{subject,body,error}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_mail
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_mail: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_mail
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_mail: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON vouchers_mail
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('QUEUED'))
    EXECUTE FUNCTION portal_refuse('vouchers_mail: a row is born as QUEUED');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON vouchers_mail
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('FAILED',
        'DROPPED'), ('FAILED', 'QUEUED'), ('QUEUED', 'DROPPED'), ('QUEUED', 'FAILED'), ('QUEUED',
        'SENT')))
    EXECUTE FUNCTION portal_refuse('vouchers_mail: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_mail
    FOR EACH ROW
    WHEN (NEW.sent_at IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_mail: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_mail
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.recipient_id, OLD.address, OLD.organisation_id, OLD.request_id,
        OLD.handed_out_on, OLD.weeks, OLD.subject, OLD.message, OLD.created_at) IS DISTINCT FROM
        (NEW.kind, NEW.recipient_id, NEW.address, NEW.organisation_id, NEW.request_id,
        NEW.handed_out_on, NEW.weeks, NEW.subject, NEW.message, NEW.created_at))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_mail: kind, recipient_id, address, organisation_id, request_id, handed_out_on, weeks, subject, message, created_at cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_sent_at
    BEFORE UPDATE OF sent_at ON vouchers_mail
    FOR EACH ROW
    WHEN (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at)
    EXECUTE FUNCTION portal_refuse('vouchers_mail: sent_at is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_alert
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{note}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_alert
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{note}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_alert
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{note}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_alert
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_alert: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_alert
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_alert: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_alert
    FOR EACH ROW
    WHEN (NEW.handled_at IS NOT NULL OR NEW.handled_by_id IS NOT NULL OR NEW.withdrawn_at IS NOT
        NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_alert: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_alert
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.about_id, OLD.organisation_id, OLD.request_id, OLD.file_id,
        OLD.data, OLD.raised_at) IS DISTINCT FROM (NEW.kind, NEW.about_id, NEW.organisation_id,
        NEW.request_id, NEW.file_id, NEW.data, NEW.raised_at))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_alert: kind, about_id, organisation_id, request_id, file_id, data, raised_at cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_alert
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_alert: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_alert
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_alert: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_holding
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_holding: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_holding
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_holding: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_holding
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_holding: truncate is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_codelookup
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_codelookup: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_codelookup
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_codelookup: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_codelookup
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_codelookup: truncate is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_watch
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_watch: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_watch
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_watch: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_watch
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_watch: truncate is refused');

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

CREATE OR REPLACE TRIGGER guard_id
    BEFORE UPDATE OF id ON vouchers_voucher
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: an id stays');

CREATE OR REPLACE TRIGGER guard_id
    BEFORE UPDATE OF id ON vouchers_handout
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION portal_refuse('vouchers_handout: an id stays');

CREATE OR REPLACE TRIGGER guard_id
    BEFORE UPDATE OF id ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: an id stays');

CREATE OR REPLACE TRIGGER guard_id
    BEFORE UPDATE OF id ON vouchers_pool
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION portal_refuse('vouchers_pool: an id stays');

CREATE OR REPLACE TRIGGER guard_id
    BEFORE UPDATE OF id ON vouchers_provider
    FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION portal_refuse('vouchers_provider: an id stays');

CREATE OR REPLACE TRIGGER guard_refers
    AFTER INSERT ON vouchers_voucher
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refers('pool_id', 'vouchers_pool', 'provider_id', 'vouchers_provider',
        'file_id', 'vouchers_providerfile');

CREATE OR REPLACE TRIGGER guard_refers
    AFTER INSERT ON vouchers_activation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refers('hand_out_id', 'vouchers_handout', 'file_id',
        'vouchers_providerfile');

CREATE OR REPLACE TRIGGER guard_refers
    AFTER INSERT ON vouchers_providerfilerow
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refers('file_id', 'vouchers_providerfile', 'voucher_id',
        'vouchers_voucher', 'hand_out_id', 'vouchers_handout');

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

CREATE OR REPLACE TRIGGER guard_erased
    BEFORE UPDATE OF secret, key_id ON vouchers_voucher
    FOR EACH ROW
    WHEN (OLD.secret = '' AND (NEW.secret <> '' OR NEW.key_id <> OLD.key_id))
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: an erased code stays erased');

CREATE OR REPLACE TRIGGER guard_erased_stays_out
    BEFORE UPDATE OF state ON vouchers_voucher
    FOR EACH ROW
    WHEN (OLD.secret = '' AND OLD.state IN ('OUT', 'VOID') AND NEW.state = 'AVAILABLE')
    EXECUTE FUNCTION portal_refuse('vouchers_voucher: an erased code does not go back');

CREATE OR REPLACE TRIGGER guard_reference_key_kept
    BEFORE UPDATE OF reference_key ON vouchers_pupilline
    FOR EACH ROW
    WHEN (OLD.submitted_at IS NOT NULL AND NEW.reference_key NOT IN (OLD.reference_key, ''))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_pupilline: the key of a reference cannot change, only be erased');

CREATE OR REPLACE TRIGGER guard_erased
    BEFORE UPDATE OF content, key_id ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.content = '' AND (NEW.content <> '' OR NEW.key_id <> OLD.key_id))
    EXECUTE FUNCTION portal_refuse('vouchers_providerfile: an erased file stays erased');

CREATE OR REPLACE TRIGGER guard_erasing
    BEFORE UPDATE OF content ON vouchers_providerfile
    FOR EACH ROW
    WHEN (OLD.content <> '' AND NEW.content = '' AND OLD.state IN ('RECEIVED', 'CHECKED'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_providerfile: a file that still has to be read is not erased');

CREATE OR REPLACE TRIGGER guard_body_kept
    BEFORE UPDATE OF body ON vouchers_mail
    FOR EACH ROW
    WHEN (NEW.body NOT IN (OLD.body, '') OR (NEW.body <> OLD.body AND OLD.state = 'QUEUED'))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_mail: a text cannot change any more, only be erased once it left');

CREATE OR REPLACE TRIGGER guard_erased
    BEFORE UPDATE OF state ON vouchers_mail
    FOR EACH ROW
    WHEN (OLD.body = '' AND OLD.state <> 'QUEUED' AND NEW.state = 'QUEUED')
    EXECUTE FUNCTION portal_refuse('vouchers_mail: without its text it does not leave');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_reclaimnotice
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_reclaimnotice
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_reclaimnotice
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_reclaimnotice
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (NEW.kept_at IS NOT NULL OR NEW.kept_by_id IS NOT NULL OR NEW.kept_until IS NOT NULL OR
        NEW.ended_at IS NOT NULL OR NEW.ended_by_id IS NOT NULL OR NEW.taken IS NOT NULL OR
        NEW.withdrawn_at IS NOT NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN ((true) AND (OLD.request_id, OLD.handed_out_before, OLD.announced_at, OLD.announced_by_id,
        OLD.due_on, OLD.keep_days) IS DISTINCT FROM (NEW.request_id, NEW.handed_out_before,
        NEW.announced_at, NEW.announced_by_id, NEW.due_on, NEW.keep_days))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_reclaimnotice: request_id, handed_out_before, announced_at, announced_by_id, due_on, keep_days cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_kept_at
    BEFORE UPDATE OF kept_at ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.kept_at IS NOT NULL AND NEW.kept_at IS DISTINCT FROM OLD.kept_at)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: kept_at is written once');

CREATE OR REPLACE TRIGGER guard_once_kept_by_id
    BEFORE UPDATE OF kept_by_id ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.kept_by_id IS NOT NULL AND NEW.kept_by_id IS DISTINCT FROM OLD.kept_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: kept_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_kept_until
    BEFORE UPDATE OF kept_until ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.kept_until IS NOT NULL AND NEW.kept_until IS DISTINCT FROM OLD.kept_until)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: kept_until is written once');

CREATE OR REPLACE TRIGGER guard_once_ended_at
    BEFORE UPDATE OF ended_at ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: ended_at is written once');

CREATE OR REPLACE TRIGGER guard_once_ended_by_id
    BEFORE UPDATE OF ended_by_id ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.ended_by_id IS NOT NULL AND NEW.ended_by_id IS DISTINCT FROM OLD.ended_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: ended_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_taken
    BEFORE UPDATE OF taken ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.taken IS NOT NULL AND NEW.taken IS DISTINCT FROM OLD.taken)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: taken is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_reclaimnotice
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_reclaimnotice: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON vouchers_schoolholiday
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON vouchers_schoolholiday
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON vouchers_schoolholiday
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_schoolholiday
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('vouchers_schoolholiday: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_schoolholiday
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_schoolholiday: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON vouchers_schoolholiday
    FOR EACH ROW
    WHEN (NEW.withdrawn_at IS NOT NULL OR NEW.withdrawn_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('vouchers_schoolholiday: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON vouchers_schoolholiday
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.starts_on, OLD.ends_on, OLD.added_at, OLD.added_by_id) IS
        DISTINCT FROM (NEW.kind, NEW.starts_on, NEW.ends_on, NEW.added_at, NEW.added_by_id))
    EXECUTE FUNCTION portal_refuse(
        'vouchers_schoolholiday: kind, starts_on, ends_on, added_at, added_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON vouchers_schoolholiday
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('vouchers_schoolholiday: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON vouchers_schoolholiday
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('vouchers_schoolholiday: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_division
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_division: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_division
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_division: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_division
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_division: truncate is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_divisionshare
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_divisionshare: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_divisionshare
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_divisionshare: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_divisionshare
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_divisionshare: truncate is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON vouchers_keyrotation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_keyrotation: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON vouchers_keyrotation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_keyrotation: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON vouchers_keyrotation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('vouchers_keyrotation: truncate is refused');
