"""SQL of the scheme's guards that look at other rows, and of the triggers that keep counts.

Each is a function with its trigger; `vouchers.database.guards` says where they are used. What every
app uses is in `history.trigger_sql`. Tested in `vouchers.database.tests.test_guards`,
`vouchers.tests.test_books`.
"""

PROVIDER_RULE_FIXED = """
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
"""

# A figure as of a past day reads the pool's own last day; later ones are extensions, each with its
# own moment.
POOL_FIXED = """
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
"""

# A code goes back in stock only when its hand-out ended before anybody saw the code.
SEEN_STAYS_OUT = """
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
"""

# A file is undone only while none of its codes ever left.
SEEN_STAYS_LOADED = """
CREATE OR REPLACE TRIGGER guard_seen_stays_loaded
    BEFORE UPDATE OF void_reason ON vouchers_voucher FOR EACH ROW
    WHEN (NEW.void_reason = 'UNDONE' AND OLD.void_reason <> 'UNDONE')
    EXECUTE FUNCTION portal_refuse_seen();
"""

# `given_at` is written once, and cleared only when a row preserves what was said (ADR 22).
GIVEN_ONCE = """
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
"""

# A code that anybody has seen never goes to another organisation (docs/rules.md#states).
SEEN_STAYS_WITHIN = """
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
"""

# What a page shows of a pool is the sum of these (`PoolTally`). Rows are only added, so that a load
# and a hand-out of one pool do not wait for each other, as they would for a single row with the
# number.
TALLIED = """
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
"""

# What lists of requests filter by (`RequestCount`). Whoever changes lines or hand-outs of a request
# has locked the request, so two never count it at once.
COUNTED = """
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
"""

# What is erased stays erased, and is emptied only where nobody needs it any more. A code that could
# be handed out again is still needed.
ERASED = """
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
"""
