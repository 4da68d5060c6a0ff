"""Which tables of history get which triggers; frozen into a migration by `manage.py guards`.

Tested in `vouchers.database.tests.test_guards`, which compares all guards with the database.
"""

from history.trigger_sql import FUNCTIONS, append_only, by_triggers, forbid_delete, history

# What a seal has to look like is known without its key; whether it is genuine is not, so sealing
# looks at that before it goes on (`history.seals`).
SEAL_FOLLOWS = """
CREATE OR REPLACE FUNCTION portal_seal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT number, until_transaction, until_row INTO last
    FROM history_historyseal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
        OR last.number IS NOT NULL AND (NEW.until_transaction, NEW.until_row)
            <= (last.until_transaction, last.until_row)
        OR NEW.until_transaction > txid_snapshot_xmin(txid_current_snapshot())
        OR NEW.rows < 1
        OR octet_length(NEW.event_digests) <> 16 * NEW.rows
        OR octet_length(NEW.digest) <> 32
    THEN
        RAISE EXCEPTION 'history_historyseal: this seal does not follow the one before it'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER guard_follows BEFORE INSERT ON history_historyseal
    FOR EACH ROW EXECUTE FUNCTION portal_seal_follows();
"""


def statements() -> list[str]:
    """The SQL of all triggers of this app, in order; each statement can be run again."""
    return [
        FUNCTIONS.strip(),
        *append_only("history_historyevent"),
        *by_triggers("history_historyevent", "INSERT"),
        *append_only("history_historyseal"),
        SEAL_FOLLOWS.strip(),
        *append_only("history_keycheck"),
        *history("history_portalmark"),
        *forbid_delete("history_portalmark"),
    ]
