"""Which tables of this app get which triggers; frozen into a migration by `manage.py guards`."""

from voucherportal.guards import FUNCTIONS, append_only, by_triggers, history, keep


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement may run again."""
    return [
        FUNCTIONS.strip(),
        *append_only("schools_historyevent"),
        *by_triggers("schools_historyevent", "INSERT"),
        *history("schools_user", excluded=["password", "last_login"]),
        *keep("schools_user"),
        *history("schools_organisation"),
        *keep("schools_organisation"),
        *history("schools_pupilcount"),
        *history("schools_succession"),
        *keep("schools_succession"),
        *append_only("schools_registerimport"),
        *history("schools_membership"),
        *history("schools_portalmark"),
        *keep("schools_portalmark"),
    ]
