"""Which tables of this app get which triggers; frozen into a migration by `manage.py guards`."""

from voucherportal.guards import (
    FUNCTIONS,
    append_only,
    born_empty,
    frozen,
    history,
    keep,
    write_once,
)


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement may run again."""
    return [
        FUNCTIONS.strip(),
        *append_only("schools_historyevent"),
        *history("schools_user", excluded=["password", "last_login"]),
        *keep("schools_user"),
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
        *history("schools_membership"),
        *history("schools_portalmark"),
        *keep("schools_portalmark"),
    ]
