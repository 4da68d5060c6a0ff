"""The SQL under every figure: one row per sent pupil line, with how it stands as of a day.

One pass over the lines, joined to their hand-outs and activations, which are aggregated first.
Nothing that a person typed is ever part of the text: values go as parameters.
"""

# Ended so, a hand-out counts no more; until that day it did (states.ENDED_WITHOUT_COUNTING).
COUNTS = """(h.ended_at IS NULL OR h.ended_at >= %(known)s
             OR h.end_reason NOT IN ('RECLAIMED', 'REASSIGNED'))"""
KNOWN = "({0}withdrawn_at IS NULL OR {0}withdrawn_at >= %(known)s)"

DECIDED = f"""
    SELECT line_id, granted, decided_at
    FROM vouchers_decision
    WHERE decided_at < %(known)s AND {KNOWN.format("")}
"""
RENEWED = f"""
    SELECT hand_out_id, max(valid_until) AS valid_until,
        count(*) FILTER (WHERE "on" >= %(first_day)s AND "on" < %(day_after)s) AS renewals
    FROM vouchers_renewal
    WHERE confirmed_at < %(known)s AND {KNOWN.format("")}
    GROUP BY hand_out_id
"""
POOL = f"""
    SELECT p.id, greatest(p.valid_until, max(e.valid_until)) AS valid_until
    FROM vouchers_pool p
    LEFT JOIN vouchers_poolextension e
        ON e.pool_id = p.id AND e.recorded_at < %(known)s AND {KNOWN.format("e.")}
    GROUP BY p.id
"""
HANDED_OUT = f"""
    SELECT h.line_id,
        bool_or({COUNTS}) AS counts,
        bool_or(h.ended_at IS NULL OR h.ended_at >= %(known)s) AS live,
        max(h.ended_at) AS stopped_at,
        bool_or({COUNTS} AND h.revealed_at < %(known)s) AS revealed,
        bool_or({COUNTS} AND h.given_at < %(known)s) AS given,
        min(h.handed_out_at) AS first_handed_out_at,
        min(h.revealed_at) AS first_revealed_at,
        min(h.given_at) AS first_given_at,
        count(h.replaces_id) FILTER (WHERE h.handed_out_at >= %(window_start)s
                                       AND h.handed_out_at < %(window_end)s) AS replacements,
        sum(r.renewals) AS renewals
    FROM vouchers_handout h
    LEFT JOIN renewed r ON r.hand_out_id = h.id
    WHERE h.handed_out_at < %(known)s {{of_period}}
    GROUP BY h.line_id
"""
ACTIVATED = f"""
    SELECT h.line_id, min(a."on") AS first_active,
        max(greatest(p.valid_until, r.valid_until)) AS last_day
    FROM vouchers_activation a
    JOIN vouchers_handout h ON h.id = a.hand_out_id
    JOIN vouchers_voucher v ON v.id = h.voucher_id
    JOIN pool p ON p.id = v.pool_id
    LEFT JOIN renewed r ON r.hand_out_id = h.id
    WHERE a.recorded_at < %(known)s AND {KNOWN.format("a.")} {{of_period}}
    GROUP BY h.line_id
"""
STANDING = """
    SELECT l.school_id, l.municipality, l.education_type, l.province, l.submitted_at,
        l.organisation_id <> l.school_id AS via_other,
        (l.withdrawn_at IS NULL OR l.withdrawn_at >= %(known)s) AS stands,
        (l.closed_at IS NULL OR l.closed_at >= %(known)s) AS open,
        d.granted, d.decided_at,
        h.counts, h.live, h.stopped_at, h.revealed, h.given, h.first_handed_out_at,
        h.first_revealed_at, h.first_given_at, h.replacements, h.renewals,
        a.first_active, a.last_day
    FROM vouchers_pupilline l
    LEFT JOIN decided d ON d.line_id = l.id
    LEFT JOIN handed_out h ON h.line_id = l.id
    LEFT JOIN activated a ON a.line_id = l.id
    WHERE l.submitted_at < %(known)s {of_period}
"""
HAND_OUTS_OF_PERIOD = """
    AND h.line_id IN (SELECT id FROM vouchers_pupilline WHERE period_id = %(period)s)
"""

# A school by its id, shown with its number and the municipality that its lines were frozen with; a
# merged one keeps its row and names its successor as soon as the day asked knows of it.
BY_SCHOOL = """
SELECT o.number, o.name, coalesce(counted.place, o.municipality),
    successor.since, successor.names, {columns}
FROM schools_organisation o
LEFT JOIN (
    SELECT school_id,
        CASE WHEN min(municipality) = max(municipality) THEN min(municipality)
             ELSE concat_ws(', ', min(municipality), max(municipality)) END AS place,
        {aggregates}
    FROM standing
    GROUP BY school_id
) counted ON counted.school_id = o.id
LEFT JOIN (
    SELECT s.predecessor_id, max(s."on") AS since,
        array_agg(format('%%s (%%s, %%s)', n.name, n.number, n.municipality)
                  ORDER BY n.number) AS names
    FROM schools_succession s JOIN schools_organisation n ON n.id = s.successor_id
    WHERE s."on" <= %(as_of)s
    GROUP BY s.predecessor_id
) successor ON successor.predecessor_id = o.id
WHERE counted.school_id IS NOT NULL
   OR (%(with_empty)s AND o.kind = %(school_kind)s
       AND (o.opened_on IS NULL OR o.opened_on <= %(existing_until)s)
       AND (o.closed_on IS NULL OR o.closed_on > %(existing_from)s))
ORDER BY lower(o.name), o.number
"""
BY_CHOICE = "SELECT {column}, {aggregates} FROM standing GROUP BY {column}"
TOTAL = "SELECT {aggregates} FROM standing"


def standing_sql(question: str, *, of_period: bool, **parts: str) -> str:
    """One of the questions above over `standing`; `of_period`: only the lines of %(period)s.

    Parameters: as_of and known (the day asked, the first moment after it), first_day and day_after,
    window_start and window_end (the window [a, b) as days and as moments), period.
    """
    hand_outs = HAND_OUTS_OF_PERIOD if of_period else ""
    tables = {
        "renewed": RENEWED,
        "pool": POOL,
        "decided": DECIDED,
        "handed_out": HANDED_OUT.format(of_period=hand_outs),
        "activated": ACTIVATED.format(of_period=hand_outs),
        "standing": STANDING.format(of_period="AND l.period_id = %(period)s" if of_period else ""),
    }
    named = ",\n".join(f"{name} AS ({sql})" for name, sql in tables.items())
    return f"WITH {named}\n{question.format(**parts)}"
