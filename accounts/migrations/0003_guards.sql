CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_user
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_user
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_user
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{password,last_login}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_user
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('accounts_user: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_user
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_user: truncate is refused');

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
