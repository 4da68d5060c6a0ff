"""Which tables of the register get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import append_only, born_empty, forbid_delete, frozen, history, write_once


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        *history("schools_organisation"),
        *forbid_delete("schools_organisation"),
        *history("schools_pupilcount"),
        *history("schools_succession"),
        *forbid_delete("schools_succession"),
        born_empty("schools_succession", ["withdrawn_at"]),
        frozen(
            "schools_succession",
            ["predecessor_id", "successor_id", '"on"', "goes_on", "recorded_at"],
        ),
        *write_once("schools_succession", ["withdrawn_at"]),
        *append_only("schools_registerimport"),
    ]
