"""Which tables of people get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import forbid_delete, frozen, history

# History keeps no name and no address (ADR 37), but that one changed.
NAMED = """
CREATE OR REPLACE FUNCTION portal_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.named_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER mark_named
    BEFORE UPDATE OF email, name ON accounts_user FOR EACH ROW
    WHEN ((OLD.email, OLD.name) IS DISTINCT FROM (NEW.email, NEW.name))
    EXECUTE FUNCTION portal_named();
"""


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        *history("accounts_user", excluded=["password", "last_login", "email", "name"]),
        *forbid_delete("accounts_user"),
        NAMED.strip(),
        frozen(
            "accounts_user",
            ["email", "name", "is_active", "forgotten_at", "forgotten_by_id"],
            since="OLD.forgotten_at IS NOT NULL",
            name="forgotten",
        ),
        *history("accounts_membership"),
        # Who set up, used up or lost which second factor; `data` holds the secret.
        *history("mfa_authenticator", excluded=["data", "last_used_at"]),
    ]
