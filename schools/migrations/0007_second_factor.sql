CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON mfa_authenticator REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{data,last_used_at}');
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON mfa_authenticator REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{data,last_used_at}');
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON mfa_authenticator REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_history('{data,last_used_at}');
