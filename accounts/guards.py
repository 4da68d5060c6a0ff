"""Which tables of people get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from accounts.sign_in_models import KEPT_MONTHS
from history.trigger_sql import (
    append_only,
    born_empty,
    forbid_delete,
    frozen,
    history,
    moves,
    refuse,
    refuse_statement,
    write_once,
)

ANSWERED = [
    f"{act}_{what}"
    for act in ("let_go", "refused", "withdrawn", "undone")
    for what in ("at", "by_id")
]

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
        *history(
            "accounts_user",
            excluded=["password", "last_login", "links_made", "email", "name", "new_email"],
        ),
        *forbid_delete("accounts_user"),
        NAMED.strip(),
        frozen(
            "accounts_user",
            ["email", "name", "is_active", "forgotten_at", "forgotten_by_id"],
            since="OLD.forgotten_at IS NOT NULL",
            name="forgotten",
        ),
        PASSWORD_WRITTEN.strip(),
        *history("accounts_membership"),
        # Who set up, used up or lost which second factor; `data` holds the secret.
        *history("mfa_authenticator", excluded=["data", "last_used_at"]),
        *door(),
        *own_address(),
        *second_person(),
        *sign_on(),
    ]


def door() -> list[str]:
    """Facts about sign-ins, and the mails about accounts."""
    return [
        *append_only("accounts_signinevent"),
        # Not even the owner drops them before their term (`drop_old_sign_ins`).
        refuse(
            "kept",
            "DELETE",
            "accounts_signinevent",
            f"OLD.at > now() - interval '{KEPT_MONTHS} months'",
            f"accounts_signinevent: a fact is kept for {KEPT_MONTHS} months",
        ),
        *history(
            "accounts_accountmail", excluded=["address", "facts", "attempts", "next_attempt_at"]
        ),
        *forbid_delete("accounts_accountmail"),
        *moves(
            "accounts_accountmail",
            ["QUEUED"],
            [("QUEUED", "SENT"), ("QUEUED", "FAILED"), ("QUEUED", "DROPPED")],
        ),
        born_empty("accounts_accountmail", ["sent_at"]),
        frozen("accounts_accountmail", ["kind", "person_id", "message", "created_at"]),
        # Emptied when the person is forgotten (ADR 37), never changed.
        frozen(
            "accounts_accountmail",
            ["address", "facts"],
            since="NEW.address <> '' OR NEW.facts <> '{}'",
            name="told",
        ),
        *write_once("accounts_accountmail", ["sent_at"]),
    ]


def own_address() -> list[str]:
    """allauth's table of addresses stays empty: an account has one, that of its row (ADR 30)."""
    return [
        *history("account_emailaddress"),
        *(
            refuse_statement(event.lower(), event, "account_emailaddress")
            for event in ("INSERT", "UPDATE", "TRUNCATE")
        ),
    ]


def second_person() -> list[str]:
    """What waits for a second person, and who let whom in."""
    return [
        *history("accounts_waitingact", excluded=["why", "answer"]),
        *forbid_delete("accounts_waitingact"),
        born_empty("accounts_waitingact", ANSWERED),
        frozen(
            "accounts_waitingact",
            [
                "kind",
                "subject",
                "organisation_id",
                "payload",
                "checksum",
                "asked_at",
                "asked_by_id",
            ],
        ),
        *write_once("accounts_waitingact", ANSWERED),
        *append_only("accounts_admission"),
        *append_only("accounts_invitation"),
    ]


def sign_on() -> list[str]:
    """Who signs on through the government, without how it names them; and nothing else of it."""
    return [
        *history(LINK, excluded=["uid", "extra_data", "last_login"]),
        frozen(LINK, ["user_id", "provider", "uid"]),
        *(
            refuse_statement(event.lower(), event, table)
            for table in NOTHING_KEPT
            for event in ("INSERT", "UPDATE")
        ),
    ]
