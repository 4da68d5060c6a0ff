"""Which tables of people get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import forbid_delete, frozen, history, refuse_statement

# What allauth would keep of a provider: tokens, and applications of the database's own making.
NOTHING_KEPT = ("socialaccount_socialtoken", "socialaccount_socialapp")
LINK = "socialaccount_socialaccount"

# History holds no password, not even its hash; that somebody wrote another one is in it, whoever
# did so and however, also when it is put back afterwards. Nothing else moves that moment.
PASSWORD_WRITTEN = """
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
"""


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        *history("accounts_user", excluded=["password", "last_login"]),
        *forbid_delete("accounts_user"),
        PASSWORD_WRITTEN.strip(),
        *history("accounts_membership"),
        # Who set up, used up or lost which second factor; `data` holds the secret.
        *history("mfa_authenticator", excluded=["data", "last_used_at"]),
        # Who signs on through the government, without how it names them.
        *history(LINK, excluded=["uid", "extra_data", "last_login"]),
        frozen(LINK, ["user_id", "provider", "uid"]),
        *(
            refuse_statement(event.lower(), event, table)
            for table in NOTHING_KEPT
            for event in ("INSERT", "UPDATE")
        ),
    ]
