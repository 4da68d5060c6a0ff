"""Which tables of history get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import FUNCTIONS, append_only, by_triggers, forbid_delete, history


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        FUNCTIONS.strip(),
        *append_only("history_historyevent"),
        *by_triggers("history_historyevent", "INSERT"),
        *append_only("history_historyseal"),
        *history("history_portalmark"),
        *forbid_delete("history_portalmark"),
    ]
