CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_user
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,links_made,email,name,new_email}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_user
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,links_made,email,name,new_email}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_user
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,links_made,email,name,new_email}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_user
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('accounts_user: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_user
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_user: truncate is refused');

CREATE OR REPLACE FUNCTION portal_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.named_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER mark_named
    BEFORE UPDATE OF email, name ON accounts_user FOR EACH ROW
    WHEN ((OLD.email, OLD.name) IS DISTINCT FROM (NEW.email, NEW.name))
    EXECUTE FUNCTION portal_named();

CREATE OR REPLACE TRIGGER guard_forgotten
    BEFORE UPDATE ON accounts_user
    FOR EACH ROW
    WHEN ((OLD.forgotten_at IS NOT NULL) AND (OLD.email, OLD.name, OLD.is_active, OLD.forgotten_at,
        OLD.forgotten_by_id) IS DISTINCT FROM (NEW.email, NEW.name, NEW.is_active, NEW.forgotten_at,
        NEW.forgotten_by_id))
    EXECUTE FUNCTION portal_refuse(
        'accounts_user: email, name, is_active, forgotten_at, forgotten_by_id cannot change any more');

CREATE OR REPLACE FUNCTION portal_password_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.password_written_at := CASE WHEN NEW.password IS DISTINCT FROM OLD.password
        THEN clock_timestamp() ELSE OLD.password_written_at END;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER password_written BEFORE UPDATE ON accounts_user FOR EACH ROW
    WHEN ((OLD.password, OLD.password_written_at)
          IS DISTINCT FROM (NEW.password, NEW.password_written_at))
    EXECUTE FUNCTION portal_password_written();

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_membership
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_membership
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_membership
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON mfa_authenticator
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{data,last_used_at}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON mfa_authenticator
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{data,last_used_at}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON mfa_authenticator
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{data,last_used_at}');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON accounts_signinevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_signinevent: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_signinevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_signinevent: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_signinevent
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_signinevent: truncate is refused');

CREATE OR REPLACE TRIGGER guard_kept
    BEFORE DELETE ON accounts_signinevent
    FOR EACH ROW
    WHEN (OLD.at > now() - interval '12 months')
    EXECUTE FUNCTION portal_refuse('accounts_signinevent: a fact is kept for 12 months');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_accountmail
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,facts,attempts,next_attempt_at}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_accountmail
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,facts,attempts,next_attempt_at}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_accountmail
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{address,facts,attempts,next_attempt_at}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_accountmail
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_accountmail
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: truncate is refused');

CREATE OR REPLACE TRIGGER guard_state_birth
    BEFORE INSERT ON accounts_accountmail
    FOR EACH ROW
    WHEN (NEW.state NOT IN ('QUEUED'))
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: a row is born as QUEUED');

CREATE OR REPLACE TRIGGER guard_state_move
    BEFORE UPDATE OF state ON accounts_accountmail
    FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('QUEUED',
        'DROPPED'), ('QUEUED', 'FAILED'), ('QUEUED', 'SENT')))
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: this move of state is not allowed');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON accounts_accountmail
    FOR EACH ROW
    WHEN (NEW.sent_at IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON accounts_accountmail
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.person_id, OLD.message, OLD.created_at) IS DISTINCT FROM
        (NEW.kind, NEW.person_id, NEW.message, NEW.created_at))
    EXECUTE FUNCTION portal_refuse(
        'accounts_accountmail: kind, person_id, message, created_at cannot change any more');

CREATE OR REPLACE TRIGGER guard_told
    BEFORE UPDATE ON accounts_accountmail
    FOR EACH ROW
    WHEN ((NEW.address <> '' OR NEW.facts <> '{}') AND (OLD.address, OLD.facts) IS DISTINCT FROM
        (NEW.address, NEW.facts))
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: address, facts cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_sent_at
    BEFORE UPDATE OF sent_at ON accounts_accountmail
    FOR EACH ROW
    WHEN (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at)
    EXECUTE FUNCTION portal_refuse('accounts_accountmail: sent_at is written once');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON account_emailaddress
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON account_emailaddress
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON account_emailaddress
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON account_emailaddress
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('account_emailaddress: insert is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON account_emailaddress
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('account_emailaddress: update is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON account_emailaddress
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('account_emailaddress: truncate is refused');
