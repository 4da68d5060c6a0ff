CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON socialaccount_socialaccount
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{uid,extra_data,last_login}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON socialaccount_socialaccount
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{uid,extra_data,last_login}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON socialaccount_socialaccount
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{uid,extra_data,last_login}');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON socialaccount_socialaccount
    FOR EACH ROW
    WHEN ((true) AND (OLD.user_id, OLD.provider, OLD.uid) IS DISTINCT FROM (NEW.user_id,
        NEW.provider, NEW.uid))
    EXECUTE FUNCTION portal_refuse(
        'socialaccount_socialaccount: user_id, provider, uid cannot change any more');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON socialaccount_socialtoken
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('socialaccount_socialtoken: insert is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON socialaccount_socialtoken
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('socialaccount_socialtoken: update is refused');

CREATE OR REPLACE TRIGGER guard_insert
    BEFORE INSERT ON socialaccount_socialapp
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('socialaccount_socialapp: insert is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON socialaccount_socialapp
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('socialaccount_socialapp: update is refused');
