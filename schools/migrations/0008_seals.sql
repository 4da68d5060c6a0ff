CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON schools_historyseal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyseal: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_historyseal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyseal: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_historyseal FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_historyseal: truncate is refused');
