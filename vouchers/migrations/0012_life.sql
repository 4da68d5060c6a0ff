DROP TRIGGER guard_once_given_at ON vouchers_handout;
DROP TRIGGER guard_once_given_by_id ON vouchers_handout;
CREATE OR REPLACE TRIGGER guard_seen_stays_loaded
    BEFORE UPDATE OF void_reason ON vouchers_voucher FOR EACH ROW
    WHEN (NEW.void_reason = 'UNDONE' AND OLD.void_reason <> 'UNDONE')
    EXECUTE FUNCTION portal_refuse_seen();
CREATE OR REPLACE TRIGGER guard_undone BEFORE UPDATE ON vouchers_voucher FOR EACH ROW WHEN ((OLD.void_reason = 'UNDONE') AND (OLD.void_reason) IS DISTINCT FROM (NEW.void_reason)) EXECUTE FUNCTION portal_refuse('vouchers_voucher: void_reason cannot change any more');
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
CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON vouchers_givenwithdrawal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON vouchers_givenwithdrawal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON vouchers_givenwithdrawal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_givenwithdrawal: truncate is refused');
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON vouchers_replacementask REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{refusal}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON vouchers_replacementask REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{refusal}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON vouchers_replacementask REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{refusal}');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON vouchers_replacementask FOR EACH ROW WHEN (true) EXECUTE FUNCTION portal_refuse('vouchers_replacementask: rows are never deleted');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON vouchers_replacementask FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('vouchers_replacementask: truncate is refused');
CREATE OR REPLACE TRIGGER guard_born_empty BEFORE INSERT ON vouchers_replacementask FOR EACH ROW WHEN (NEW.refused_at IS NOT NULL OR NEW.refused_by_id IS NOT NULL) EXECUTE FUNCTION portal_refuse('vouchers_replacementask: born in a later state');
CREATE OR REPLACE TRIGGER guard_frozen BEFORE UPDATE ON vouchers_replacementask FOR EACH ROW WHEN ((true) AND (OLD.hand_out_id, OLD.reason, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM (NEW.hand_out_id, NEW.reason, NEW.asked_at, NEW.asked_by_id)) EXECUTE FUNCTION portal_refuse('vouchers_replacementask: hand_out_id, reason, asked_at, asked_by_id cannot change any more');
CREATE OR REPLACE TRIGGER guard_once_refused_at BEFORE UPDATE OF refused_at ON vouchers_replacementask FOR EACH ROW WHEN (OLD.refused_at IS NOT NULL AND NEW.refused_at IS DISTINCT FROM OLD.refused_at) EXECUTE FUNCTION portal_refuse('vouchers_replacementask: refused_at is written once');
CREATE OR REPLACE TRIGGER guard_once_refused_by_id BEFORE UPDATE OF refused_by_id ON vouchers_replacementask FOR EACH ROW WHEN (OLD.refused_by_id IS NOT NULL AND NEW.refused_by_id IS DISTINCT FROM OLD.refused_by_id) EXECUTE FUNCTION portal_refuse('vouchers_replacementask: refused_by_id is written once');
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
