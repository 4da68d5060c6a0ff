"""Which tables of people get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import forbid_delete, frozen, history, refuse_statement

# What allauth would keep of a provider: tokens, and applications of the database's own making.
NOTHING_KEPT = ("socialaccount_socialtoken", "socialaccount_socialapp")
LINK = "socialaccount_socialaccount"


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        *history("accounts_user", excluded=["password", "last_login"]),
        *forbid_delete("accounts_user"),
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
