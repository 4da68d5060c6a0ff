"""Which tables of this app get which triggers; frozen into a migration by `manage.py guards`."""

from history.trigger_sql import (
    FUNCTIONS,
    append_only,
    born_empty,
    by_triggers,
    frozen,
    history,
    keep,
    write_once,
)


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement may run again."""
    return [
        FUNCTIONS.strip(),
        *append_only("history_historyevent"),
        *by_triggers("history_historyevent", "INSERT"),
        *history("accounts_user", excluded=["password", "last_login"]),
        *keep("accounts_user"),
        *history("schools_organisation"),
        *keep("schools_organisation"),
        *history("schools_pupilcount"),
        *history("schools_succession"),
        *keep("schools_succession"),
        born_empty("schools_succession", ["withdrawn_at"]),
        frozen(
            "schools_succession",
            ["predecessor_id", "successor_id", '"on"', "goes_on", "recorded_at"],
        ),
        *write_once("schools_succession", ["withdrawn_at"]),
        *append_only("schools_registerimport"),
        *history("accounts_membership"),
        # Who set up, used up or lost which second factor; `data` holds the secret.
        *history("mfa_authenticator", excluded=["data", "last_used_at"]),
        *history("history_portalmark"),
        *keep("history_portalmark"),
        *append_only("history_historyseal"),
    ]
