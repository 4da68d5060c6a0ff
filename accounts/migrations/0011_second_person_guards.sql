CREATE OR REPLACE TRIGGER history_insert
    AFTER INSERT ON accounts_waitingact
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{why,answer}');

CREATE OR REPLACE TRIGGER history_update
    AFTER UPDATE ON accounts_waitingact
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{why,answer}');

CREATE OR REPLACE TRIGGER history_delete
    AFTER DELETE ON accounts_waitingact
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_history('{why,answer}');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_waitingact
    FOR EACH ROW
    WHEN (true)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: rows are never deleted');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_waitingact
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: truncate is refused');

CREATE OR REPLACE TRIGGER guard_born_empty
    BEFORE INSERT ON accounts_waitingact
    FOR EACH ROW
    WHEN (NEW.let_go_at IS NOT NULL OR NEW.let_go_by_id IS NOT NULL OR NEW.refused_at IS NOT NULL OR
        NEW.refused_by_id IS NOT NULL OR NEW.withdrawn_at IS NOT NULL OR NEW.withdrawn_by_id IS NOT
        NULL OR NEW.undone_at IS NOT NULL OR NEW.undone_by_id IS NOT NULL)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: born in a later state');

CREATE OR REPLACE TRIGGER guard_frozen
    BEFORE UPDATE ON accounts_waitingact
    FOR EACH ROW
    WHEN ((true) AND (OLD.kind, OLD.subject, OLD.organisation_id, OLD.payload, OLD.checksum,
        OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM (NEW.kind, NEW.subject, NEW.organisation_id,
        NEW.payload, NEW.checksum, NEW.asked_at, NEW.asked_by_id))
    EXECUTE FUNCTION portal_refuse(
        'accounts_waitingact: kind, subject, organisation_id, payload, checksum, asked_at, asked_by_id cannot change any more');

CREATE OR REPLACE TRIGGER guard_once_let_go_at
    BEFORE UPDATE OF let_go_at ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.let_go_at IS NOT NULL AND NEW.let_go_at IS DISTINCT FROM OLD.let_go_at)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: let_go_at is written once');

CREATE OR REPLACE TRIGGER guard_once_let_go_by_id
    BEFORE UPDATE OF let_go_by_id ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.let_go_by_id IS NOT NULL AND NEW.let_go_by_id IS DISTINCT FROM OLD.let_go_by_id)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: let_go_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_refused_at
    BEFORE UPDATE OF refused_at ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.refused_at IS NOT NULL AND NEW.refused_at IS DISTINCT FROM OLD.refused_at)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: refused_at is written once');

CREATE OR REPLACE TRIGGER guard_once_refused_by_id
    BEFORE UPDATE OF refused_by_id ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.refused_by_id IS NOT NULL AND NEW.refused_by_id IS DISTINCT FROM OLD.refused_by_id)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: refused_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_at
    BEFORE UPDATE OF withdrawn_at ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: withdrawn_at is written once');

CREATE OR REPLACE TRIGGER guard_once_withdrawn_by_id
    BEFORE UPDATE OF withdrawn_by_id ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM
        OLD.withdrawn_by_id)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: withdrawn_by_id is written once');

CREATE OR REPLACE TRIGGER guard_once_undone_at
    BEFORE UPDATE OF undone_at ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: undone_at is written once');

CREATE OR REPLACE TRIGGER guard_once_undone_by_id
    BEFORE UPDATE OF undone_by_id ON accounts_waitingact
    FOR EACH ROW
    WHEN (OLD.undone_by_id IS NOT NULL AND NEW.undone_by_id IS DISTINCT FROM OLD.undone_by_id)
    EXECUTE FUNCTION portal_refuse('accounts_waitingact: undone_by_id is written once');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON accounts_admission
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_admission: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_admission
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_admission: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_admission
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_admission: truncate is refused');

CREATE OR REPLACE TRIGGER guard_update
    BEFORE UPDATE ON accounts_invitation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_invitation: update is refused');

CREATE OR REPLACE TRIGGER guard_delete
    BEFORE DELETE ON accounts_invitation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_invitation: delete is refused');

CREATE OR REPLACE TRIGGER guard_truncate
    BEFORE TRUNCATE ON accounts_invitation
    FOR EACH STATEMENT
    EXECUTE FUNCTION portal_refuse('accounts_invitation: truncate is refused');
