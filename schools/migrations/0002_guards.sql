CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON schools_organisation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON schools_organisation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON schools_organisation
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON schools_organisation
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('schools_organisation: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON schools_organisation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('schools_organisation: truncate is refused');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON schools_pupilcount
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON schools_pupilcount
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON schools_pupilcount
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON schools_succession
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON schools_succession
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON schools_succession
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON schools_succession
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('schools_succession: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON schools_succession
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('schools_succession: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON schools_succession
    FOR EACH ROW
    WHEN (NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('schools_succession: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON schools_succession
    FOR EACH ROW
    WHEN ((true) AND (OLD.predecessor_id, OLD.successor_id, OLD."on", OLD.goes_on, OLD.recorded_at)
        IS DISTINCT FROM (NEW.predecessor_id, NEW.successor_id, NEW."on", NEW.goes_on,
        NEW.recorded_at))
    EXECUTE FUNCTION portal_refuse(
        'schools_succession: predecessor_id, successor_id, "on", goes_on, recorded_at cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON schools_succession
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('schools_succession: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON schools_registerimport
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('schools_registerimport: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON schools_registerimport
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('schools_registerimport: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON schools_registerimport
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('schools_registerimport: truncate is refused');
