CREATE OR REPLACE TRIGGER guard_update BEFORE UPDATE ON schools_registerimport FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_registerimport: update is refused');
CREATE OR REPLACE TRIGGER guard_delete BEFORE DELETE ON schools_registerimport FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_registerimport: delete is refused');
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON schools_registerimport FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse('schools_registerimport: truncate is refused');
