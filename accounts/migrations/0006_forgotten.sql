CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_user
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,email,name}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_user
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,email,name}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_user
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login,email,name}');

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
