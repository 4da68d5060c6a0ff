"""Which tables of the scheme get which triggers, made from `vouchers.states`.

`manage.py guards` freezes this SQL into a migration; a test compares it with the database.
"""

from history.trigger_sql import (
    REFERS,
    append_only,
    born_empty,
    by_triggers,
    forbid_delete,
    frozen,
    history,
    literal,
    moves,
    numbered_once,
    refers,
    refuse,
    rotated,
    write_once,
)
from vouchers import states
from vouchers.database.guard_functions import (
    COUNTED,
    ERASED,
    GIVEN_ONCE,
    POOL_FIXED,
    PROVIDER_RULE_FIXED,
    SEEN_STAYS_LOADED,
    SEEN_STAYS_OUT,
    SEEN_STAYS_WITHIN,
    TALLIED,
)

WITHDRAWAL = ["withdrawn_at", "withdrawn_by_id"]
CLOSING = ["closed_at", "closed_by_id"]
HANDLING = ["handled_at", "handled_by_id"]
HOLDING_FIXED = ["voucher_id", "held", "file_id", "done_at", "done_by_id"]
REFUSING = ["refused_at", "refused_by_id"]

# What a rotation of keys rewrites: ciphertext and fingerprint, each with its key.
CODE_ENCRYPTED = ["secret", "key_id", "fingerprint", "fingerprint_key_id"]
FILE_ENCRYPTED = ["content", "key_id", "digest", "digest_key_id"]

LINE_FROZEN = [
    "request_id", "organisation_id", "period_id", "school_id", "education_type", "municipality",
    "nis_code", "province", "submitted_at", "wish", "wish_provider_id",
]  # fmt: skip
HAND_OUT_LATER = [
    "revealed_at", "revealed_by_id", "given_at", "given_by_id", "ended_at", "ended_by_id",
    "end_reason",
]  # fmt: skip
RENEWAL_LATER = [
    f"{act}_{what}"
    for act in ("passed", "sent", "confirmed", "refused")
    for what in ("at", "by_id")
]

MAIL_FIXED = [
    "kind", "recipient_id", "organisation_id", "request_id", "alert_id", "handed_out_on", "weeks",
    "subject", "message", "created_at",
]  # fmt: skip


def pools() -> list[str]:
    """Periods, providers, agreements, pools, codes."""
    return [
        *history("vouchers_period", excluded=["last_number"]),
        *forbid_delete("vouchers_period"),
        # Figures read these; the window for requests may be extended, the one for reports not.
        frozen(
            "vouchers_period",
            ["prefix", "reports_from", "reports_until"],
            since="OLD.last_number > 0",
        ),
        *write_once("vouchers_period", [*CLOSING, "erased_at", "erased_by_id"]),
        *history("vouchers_provider"),
        *forbid_delete("vouchers_provider"),
        PROVIDER_RULE_FIXED.strip(),
        *history("vouchers_providermember"),
        *history("vouchers_agreement"),
        *forbid_delete("vouchers_agreement"),
        *history("vouchers_pool"),
        *forbid_delete("vouchers_pool"),
        POOL_FIXED.strip(),
        *write_once("vouchers_pool", CLOSING),
        *history("vouchers_poolextension"),
        *forbid_delete("vouchers_poolextension"),
        frozen(
            "vouchers_poolextension", ["pool_id", "valid_until", "recorded_at", "recorded_by_id"]
        ),
        *write_once("vouchers_poolextension", WITHDRAWAL),
        *history("vouchers_voucher", excluded=CODE_ENCRYPTED),
        *forbid_delete("vouchers_voucher"),
        *moves("vouchers_voucher", states.VOUCHER_BIRTHS, states.VOUCHER_MOVES),
        frozen(
            "vouchers_voucher", ["pool_id", "provider_id", "file_id", "line", "loaded_at", "slot"]
        ),
        SEEN_STAYS_OUT.strip(),
        rotated("vouchers_voucher", *CODE_ENCRYPTED),
        SEEN_STAYS_LOADED.strip(),
        frozen(
            "vouchers_voucher", ["void_reason"], since="OLD.void_reason = 'UNDONE'", name="undone"
        ),
    ]


def requests() -> list[str]:
    """Requests, lines, decisions."""
    return [
        *history("vouchers_voucherrequest", excluded=["form_token", "note", "question"]),
        *forbid_delete("vouchers_voucherrequest", when="OLD.state = 'DRAFT'"),
        *moves("vouchers_voucherrequest", states.REQUEST_BIRTHS, states.REQUEST_MOVES),
        frozen("vouchers_voucherrequest", ["organisation_id", "period_id", "number"]),
        *history("vouchers_pupilline", excluded=["reference", "reference_key"]),
        *forbid_delete("vouchers_pupilline", when="OLD.state = 'DRAFT'"),
        *moves("vouchers_pupilline", states.LINE_BIRTHS, states.LINE_MOVES),
        *write_once("vouchers_pupilline", [*WITHDRAWAL, *CLOSING]),
        frozen("vouchers_pupilline", LINE_FROZEN, since="OLD.submitted_at IS NOT NULL"),
        refuse(
            "reference_kept", "UPDATE OF reference", "vouchers_pupilline",
            "OLD.submitted_at IS NOT NULL AND NEW.reference NOT IN (OLD.reference, '')",
            "vouchers_pupilline: a reference that was sent cannot change, only be erased",
        ),
        *history("vouchers_decision", excluded=["reason"]),
        *forbid_delete("vouchers_decision"),
        born_empty("vouchers_decision", WITHDRAWAL),
        frozen("vouchers_decision", ["line_id", "granted", "decided_at", "decided_by_id"]),
        *write_once("vouchers_decision", WITHDRAWAL),
    ]  # fmt: skip


def hand_outs() -> list[str]:
    """Hand-outs, reveals, activations, renewals."""
    return [
        *history("vouchers_handout"),
        *forbid_delete("vouchers_handout"),
        born_empty("vouchers_handout", HAND_OUT_LATER),
        *write_once(
            "vouchers_handout", [each for each in HAND_OUT_LATER if not each.startswith("given")]
        ),
        GIVEN_ONCE.strip(),
        frozen(
            "vouchers_handout",
            ["voucher_id", "line_id", "replaces_id", "handed_out_at", "handed_out_by_id"],
        ),
        SEEN_STAYS_WITHIN.strip(),
        *append_only("vouchers_givenwithdrawal"),
        *history("vouchers_replacementask", excluded=["refusal"]),
        *forbid_delete("vouchers_replacementask"),
        born_empty("vouchers_replacementask", REFUSING),
        frozen("vouchers_replacementask", ["hand_out_id", "reason", "asked_at", "asked_by_id"]),
        *write_once("vouchers_replacementask", REFUSING),
        *append_only("vouchers_reveal"),
        *history("vouchers_activation"),
        *forbid_delete("vouchers_activation"),
        born_empty("vouchers_activation", WITHDRAWAL),
        frozen("vouchers_activation", ["hand_out_id", '"on"', "recorded_at", "file_id"]),
        *write_once("vouchers_activation", WITHDRAWAL),
        *history("vouchers_renewal", excluded=["reason"]),
        *forbid_delete("vouchers_renewal"),
        *moves("vouchers_renewal", states.RENEWAL_BIRTHS, states.RENEWAL_MOVES),
        born_empty("vouchers_renewal", [*RENEWAL_LATER, *WITHDRAWAL]),
        *write_once("vouchers_renewal", [*RENEWAL_LATER, "valid_until", *WITHDRAWAL]),
        frozen("vouchers_renewal", ['"on"'], since='OLD."on" IS NOT NULL', name="on"),
        frozen("vouchers_renewal", ["hand_out_id", "asked_at", "asked_by_id"]),
    ]


def files() -> list[str]:
    """Files, their rows, jobs, exports."""
    return [
        *history("vouchers_providerfile", excluded=["name", *FILE_ENCRYPTED, "refusal"]),
        rotated("vouchers_providerfile", *FILE_ENCRYPTED),
        *forbid_delete("vouchers_providerfile"),
        *moves("vouchers_providerfile", states.FILE_BIRTHS, states.FILE_MOVES),
        frozen(
            "vouchers_providerfile",
            ["kind", "provider_id", "pool_id", "complete_until", "uploaded_at", "uploaded_by_id"],
        ),
        *write_once(
            "vouchers_providerfile", ["applied_at", "applied_by_id", "undone_at", "undone_by_id"]
        ),
        *append_only("vouchers_providerfilerow"),
        *history("vouchers_job", excluded=["done", "total", "error"]),
        *forbid_delete("vouchers_job"),
        *moves("vouchers_job", states.JOB_BIRTHS, states.JOB_MOVES),
        frozen(
            "vouchers_job",
            ["kind", "file_id", "period_id", "plan", "created_at", "created_by_id"],
        ),
        *append_only("vouchers_export"),
    ]


def keys() -> list[str]:
    """The trace of key rotations."""
    return append_only("vouchers_keyrotation")


def numbers() -> list[str]:
    """Counts kept up to date with every change, so that no page has to count (ADR 12)."""
    return [
        TALLIED.strip(),
        *append_only("vouchers_pooltally"),
        *by_triggers("vouchers_pooltally", "INSERT"),
        COUNTED.strip(),
        *forbid_delete("vouchers_requestcount"),
        *by_triggers("vouchers_requestcount", "INSERT", "UPDATE"),
    ]


def mails() -> list[str]:
    """Mails: history records that one was sent, when and to whom, not what it said."""
    return [
        *history("vouchers_mail", excluded=["address", "subject", "body", "error"]),
        *forbid_delete("vouchers_mail"),
        *moves("vouchers_mail", states.MAIL_BIRTHS, states.MAIL_MOVES),
        born_empty("vouchers_mail", ["sent_at"]),
        frozen("vouchers_mail", MAIL_FIXED),
        *write_once("vouchers_mail", ["sent_at"]),
    ]


def watching() -> list[str]:
    """Alerts, and the trace of holding, looking up and watching."""
    return [
        *history("vouchers_alert", excluded=["note"]),
        *forbid_delete("vouchers_alert"),
        born_empty("vouchers_alert", [*HANDLING, *WITHDRAWAL]),
        frozen(
            "vouchers_alert",
            ["kind", "about_id", "organisation_id", "request_id", "file_id", "provider_id", "data",
             "raised_at"],
        ),
        *write_once("vouchers_alert", WITHDRAWAL),
        *history("vouchers_holding", excluded=["reason"]),
        *forbid_delete("vouchers_holding"),
        frozen("vouchers_holding", HOLDING_FIXED),
        *append_only("vouchers_codelookup"),
        *append_only("vouchers_listread"),
        *append_only("vouchers_watch"),
    ]  # fmt: skip


def divisions() -> list[str]:
    """How a shortage was divided, and what each request got."""
    return [*append_only("vouchers_division"), *append_only("vouchers_divisionshare")]


def references() -> list[str]:
    """In place of foreign keys, where a file adds its rows by the hundred thousand (ADR 15)."""
    parents = {
        "voucher_id": "vouchers_voucher", "hand_out_id": "vouchers_handout",
        "file_id": "vouchers_providerfile", "pool_id": "vouchers_pool",
        "provider_id": "vouchers_provider",
    }  # fmt: skip
    children = {
        "vouchers_voucher": ["pool_id", "provider_id", "file_id"],
        "vouchers_activation": ["hand_out_id", "file_id"],
        "vouchers_providerfilerow": ["file_id", "voucher_id", "hand_out_id"],
    }
    return [
        REFERS.strip(),
        *map(numbered_once, parents.values()),
        *(
            refers(table, **{column: parents[column] for column in columns})
            for table, columns in children.items()
        ),
    ]


# Texts that people type where the row says it is final: table, column, since when (a condition on
# OLD). A note of an alert is left out: whoever handles it again may write another.
TYPED = [
    ("vouchers_decision", "reason", "true"),
    ("vouchers_holding", "reason", "true"),
    ("vouchers_renewal", "reason", "OLD.state = 'REFUSED'"),
    ("vouchers_replacementask", "refusal", "OLD.refused_at IS NOT NULL"),
    ("vouchers_providerfile", "refusal", "OLD.state = 'REFUSED'"),
]


def typed_text(table: str, column: str, since: str) -> str:
    """A text that somebody typed cannot change, only be erased: then a dash stands in its place."""
    erased = literal(states.ERASED_TEXT)
    return refuse(
        f"{column}_kept",
        f"UPDATE OF {column}",
        table,
        f"{since} AND NEW.{column} NOT IN (OLD.{column}, {erased})",
        f"{table}: {column} cannot change any more, only be erased",
    )


def erasing() -> list[str]:
    """What an erased period leaves empty stays empty (`vouchers.actions.upkeep.erasing`)."""
    return [
        ERASED.strip(),
        refuse(
            "erased",
            "UPDATE OF secret, key_id",
            "vouchers_voucher",
            "OLD.secret = '' AND (NEW.secret <> '' OR NEW.key_id <> OLD.key_id)",
            "vouchers_voucher: an erased code stays erased",
        ),
        refuse(
            "erased_stays_out",
            "UPDATE OF state",
            "vouchers_voucher",
            "OLD.secret = '' AND OLD.state IN ('OUT', 'VOID') AND NEW.state = 'AVAILABLE'",
            "vouchers_voucher: an erased code does not go back",
        ),
        refuse(
            "reference_key_kept",
            "UPDATE OF reference_key",
            "vouchers_pupilline",
            "OLD.submitted_at IS NOT NULL AND NEW.reference_key NOT IN (OLD.reference_key, '')",
            "vouchers_pupilline: the key of a reference cannot change, only be erased",
        ),
        refuse(
            "erased",
            "UPDATE OF content, key_id",
            "vouchers_providerfile",
            "OLD.content = '' AND (NEW.content <> '' OR NEW.key_id <> OLD.key_id)",
            "vouchers_providerfile: an erased file stays erased",
        ),
        refuse(
            "erasing",
            "UPDATE OF content",
            "vouchers_providerfile",
            "OLD.content <> '' AND NEW.content = '' AND OLD.state IN ('RECEIVED', 'CHECKED')",
            "vouchers_providerfile: a file that still has to be read is not erased",
        ),
        refuse(
            "body_kept",
            "UPDATE OF body",
            "vouchers_mail",
            "NEW.body NOT IN (OLD.body, '') OR (NEW.body <> OLD.body AND OLD.state = 'QUEUED')",
            "vouchers_mail: a text cannot change any more, only be erased once it left",
        ),
        refuse(
            "erased",
            "UPDATE OF state",
            "vouchers_mail",
            "OLD.body = '' AND OLD.state <> 'QUEUED' AND NEW.state = 'QUEUED'",
            "vouchers_mail: without its text it does not leave",
        ),
        refuse(
            "address_kept",
            "UPDATE OF address",
            "vouchers_mail",
            "NEW.address <> OLD.address AND (NEW.address <> '' OR OLD.state = 'QUEUED')",
            "vouchers_mail: an address cannot change any more, only be forgotten once it left",
        ),
        *(typed_text(table, column, since) for table, column, since in TYPED),
    ]


def reclaims() -> list[str]:
    """Announcements that codes will go back, and the school holidays that were added."""
    later = [
        "kept_at", "kept_by_id", "kept_until", "ended_at", "ended_by_id", "taken", "withdrawn_at",
        "withdrawn_by_id",
    ]  # fmt: skip
    return [
        *history("vouchers_reclaimnotice"),
        *forbid_delete("vouchers_reclaimnotice"),
        born_empty("vouchers_reclaimnotice", later),
        frozen(
            "vouchers_reclaimnotice",
            ["request_id", "handed_out_before", "announced_at", "announced_by_id", "due_on",
             "keep_days"],
        ),
        *write_once("vouchers_reclaimnotice", later),
        *history("vouchers_schoolholiday"),
        *forbid_delete("vouchers_schoolholiday"),
        born_empty("vouchers_schoolholiday", WITHDRAWAL),
        frozen(
            "vouchers_schoolholiday", ["kind", "starts_on", "ends_on", "added_at", "added_by_id"]
        ),
        *write_once("vouchers_schoolholiday", WITHDRAWAL),
    ]  # fmt: skip


def statements() -> list[str]:
    """The SQL of all the scheme's triggers, in order; each statement can be run again."""
    return [
        *pools(), *requests(), *hand_outs(), *files(), *numbers(), *mails(), *watching(),
        *references(), *erasing(), *reclaims(), *divisions(), *keys(),
    ]  # fmt: skip
