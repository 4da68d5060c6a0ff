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
