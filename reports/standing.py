"""The SQL under every figure: one row per sent pupil line, with how it stands as of a day.

One pass over the lines. A line has one live hand-out at most (a constraint), so those join as they
are and only the few that ended are aggregated first, as are activations and renewals. What a
question does not ask, PostgreSQL leaves out: every join that can be left out is a LEFT JOIN on
something unique. Nothing that a person typed is part of the text: values go as parameters.
"""

from collections.abc import Mapping

# Ended so, a hand-out counts no more; until that day it did (states.ENDED_WITHOUT_COUNTING).
COUNTS = """(h.ended_at >= %(known)s OR h.end_reason NOT IN ('RECLAIMED', 'REASSIGNED'))"""
IN_WINDOW = "{0} >= %(window_start)s AND {0} < %(window_end)s"
NOT_WITHDRAWN = "({0}.withdrawn_at IS NULL OR {0}.withdrawn_at >= %(known)s)"

DECIDED = f"""
    SELECT d.line_id, d.granted, d.decided_at
    FROM vouchers_decision d
    WHERE d.decided_at < %(known)s AND {NOT_WITHDRAWN.format("d")}
"""
# Said of a hand-out on that day, and withdrawn later: what it says now came after (ADR 22).
NOT_GIVEN = """
    SELECT w.hand_out_id, min(w.given_at) AS given_at
    FROM vouchers_givenwithdrawal w
    WHERE w.given_at < %(known)s AND w.withdrawn_at >= %(known)s
    GROUP BY w.hand_out_id
"""
GIVEN_AT = "coalesce(w.given_at, h.given_at)"
ENDED = f"""
    SELECT h.line_id,
        bool_or({COUNTS}) AS counts,
        bool_or(h.ended_at >= %(known)s) AS live,
        max(h.ended_at) AS stopped_at,
        bool_or({COUNTS} AND h.revealed_at < %(known)s) AS revealed,
        bool_or({COUNTS} AND {GIVEN_AT} < %(known)s) AS given,
        min(h.handed_out_at) AS first_handed_out_at,
        min(h.revealed_at) AS first_revealed_at,
        min({GIVEN_AT}) AS first_given_at,
        (array_agg(h.voucher_id ORDER BY {COUNTS} DESC, h.handed_out_at DESC, h.id DESC))[1]
            AS voucher_id,
        count(h.replaces_id) FILTER (WHERE {IN_WINDOW.format("h.handed_out_at")}) AS replacements
    FROM vouchers_handout h
    LEFT JOIN not_given w ON w.hand_out_id = h.id
    WHERE h.ended_at IS NOT NULL AND h.handed_out_at < %(known)s
    GROUP BY h.line_id
"""
EXTENDED = f"""
    SELECT p.id, greatest(p.valid_until, max(e.valid_until)) AS valid_until
    FROM vouchers_pool p
    LEFT JOIN vouchers_poolextension e
        ON e.pool_id = p.id AND e.recorded_at < %(known)s AND {NOT_WITHDRAWN.format("e")}
    GROUP BY p.id
"""
RENEWED = f"""
    SELECT h.line_id, max(r.valid_until) AS valid_until,
        count(*) FILTER (WHERE r."on" >= %(first_day)s AND r."on" < %(day_after)s) AS renewals
    FROM vouchers_renewal r
    JOIN vouchers_handout h ON h.id = r.hand_out_id
    WHERE r.confirmed_at < %(known)s AND {NOT_WITHDRAWN.format("r")}
    GROUP BY h.line_id
"""
ACTIVATED = f"""
    SELECT h.line_id, min(a."on") AS first_active
    FROM vouchers_activation a
    JOIN vouchers_handout h ON h.id = a.hand_out_id
    WHERE a.recorded_at < %(known)s AND {NOT_WITHDRAWN.format("a")} {{of_period}}
    GROUP BY h.line_id
"""
VALID = f"""
    SELECT h.line_id, max(p.valid_until) AS valid_until
    FROM vouchers_activation a
    JOIN vouchers_handout h ON h.id = a.hand_out_id
    JOIN vouchers_voucher v ON v.id = h.voucher_id
    JOIN extended p ON p.id = v.pool_id
    WHERE a.recorded_at < %(known)s AND {NOT_WITHDRAWN.format("a")} {{of_period}}
    GROUP BY h.line_id
"""
# Only an activated code is renewed, so the renewals of a line are those of its activated codes.
# `provider_id`: of the code that counts or, when none does, of the one that counted last.
STANDING = f"""
    SELECT l.school_id, l.municipality, l.education_type, l.province, l.period_id, l.submitted_at,
        {{matches}} AS matches,
        code.provider_id,
        l.organisation_id <> l.school_id AS via_other,
        {NOT_WITHDRAWN.format("l")} AS stands,
        (l.closed_at IS NULL OR l.closed_at >= %(known)s) AS open,
        d.granted, d.decided_at,
        (h.id IS NOT NULL OR e.counts) AS counts,
        (h.id IS NOT NULL OR e.live) AS live,
        e.stopped_at,
        (h.revealed_at < %(known)s OR e.revealed) AS revealed,
        ({GIVEN_AT} < %(known)s OR e.given) AS given,
        least(h.handed_out_at, e.first_handed_out_at) AS first_handed_out_at,
        least(h.revealed_at, e.first_revealed_at) AS first_revealed_at,
        least({GIVEN_AT}, e.first_given_at) AS first_given_at,
        coalesce(e.replacements, 0) + (h.replaces_id IS NOT NULL
            AND {IN_WINDOW.format("h.handed_out_at")})::int AS replacements,
        r.renewals,
        a.first_active,
        greatest(v.valid_until, r.valid_until) AS last_day
    FROM vouchers_pupilline l
    LEFT JOIN decided d ON d.line_id = l.id
    LEFT JOIN vouchers_handout h
        ON h.line_id = l.id AND h.ended_at IS NULL AND h.handed_out_at < %(known)s
    LEFT JOIN not_given w ON w.hand_out_id = h.id
    LEFT JOIN ended e ON e.line_id = l.id
    LEFT JOIN vouchers_voucher code ON code.id = coalesce(h.voucher_id, e.voucher_id)
    LEFT JOIN activated a ON a.line_id = l.id
    LEFT JOIN valid v ON v.line_id = l.id
    LEFT JOIN renewed r ON r.line_id = l.id
    WHERE l.submitted_at < %(known)s {{of_period}}
"""
HAND_OUTS_OF_PERIOD = """
    AND h.line_id IN (SELECT id FROM vouchers_pupilline WHERE period_id = %(period)s)
"""

# What a filter asks of a line and, for who has none, of a school; a word is part of number, name or
# municipality. Municipality and province are those that were frozen on the line.
LINE_FITS = {
    "province": "l.province = %(province)s",
    "education_type": "l.education_type = %(education_type)s",
    "word": """(strpos(lower(l.municipality), lower({0})) > 0 OR l.school_id IN (
        SELECT id FROM schools_organisation
        WHERE strpos(number, {0}) > 0 OR strpos(lower(name), lower({0})) > 0))""",
}
SCHOOL_FITS = {
    "province": "o.province = %(province)s",
    "education_type": "%(education_type)s = ANY(o.education_types)",
    "word": "strpos(lower(concat_ws(' ', o.number, o.name, o.municipality)), lower({0})) > 0",
}

# Each table says whether its lines match the filter (`matches`, NULL without lines), the one of
# schools also whether the filter fits one without lines (`fits`).
#
# A school by its id, shown with its number and the municipality that its lines were frozen with; a
# merged or split one keeps its row and names its successors as soon as the day asked knows of it;
# one that goes on beside what split off is one of them.
BY_SCHOOL = """
SELECT o.number, o.name,
    coalesce(counted.other_place || ', ' || counted.place, counted.place, o.municipality),
    successor.since,
    CASE WHEN successor.goes_on  -- beside what split off
        THEN array_prepend(format('%%s (%%s, %%s)', o.name, o.number, o.municipality),
                           successor.names)
        ELSE successor.names END,
    {fits}, counted.matches, {columns}
FROM schools_organisation o
LEFT JOIN (
    SELECT school_id, matches,
        nullif(min(municipality COLLATE "C"), max(municipality COLLATE "C")) AS other_place,
        max(municipality COLLATE "C") AS place,
        {aggregates}
    FROM standing
    GROUP BY school_id, matches
) counted ON counted.school_id = o.id
LEFT JOIN (
    SELECT s.predecessor_id, max(s."on") AS since, bool_or(s.goes_on) AS goes_on,
        array_agg(format('%%s (%%s, %%s)', n.name, n.number, n.municipality)
                  ORDER BY n.number) AS names
    FROM schools_succession s JOIN schools_organisation n ON n.id = s.successor_id
    WHERE s."on" <= %(as_of)s AND s.recorded_at < %(known)s
      AND (s.withdrawn_at IS NULL OR s.withdrawn_at >= %(known)s)
    GROUP BY s.predecessor_id
) successor ON successor.predecessor_id = o.id
WHERE counted.school_id IS NOT NULL
   OR (%(with_empty)s AND o.kind = %(school_kind)s
       AND (o.opened_on IS NULL OR o.opened_on <= %(existing_until)s)
       AND (o.closed_on IS NULL OR o.closed_on > %(existing_from)s))
ORDER BY lower(o.name), o.number
"""
BY_CHOICE = "SELECT {column}, matches, {aggregates} FROM standing GROUP BY {column}, matches"
# The names in their order; a pupil without a code has no provider and yet a row.
NAMED = {
    "period": """SELECT id, slug, name, row_number() OVER (ORDER BY asks_from, id) AS place
        FROM vouchers_period""",
    "provider": """SELECT id, slug, name, row_number() OVER (ORDER BY lower(name)) AS place
        FROM vouchers_provider UNION ALL SELECT NULL, '', '', NULL""",
}
BY_NAME = """
SELECT named.slug, named.name, counted.matches, {columns}
FROM ({named}) named
LEFT JOIN (
    SELECT {column}_id, matches, true AS found, {aggregates}
    FROM standing
    GROUP BY {column}_id, matches
) counted ON counted.{column}_id IS NOT DISTINCT FROM named.id
WHERE counted.found OR %(with_empty)s
ORDER BY named.place
"""
# Beside the total stands how far each provider had told its activations: the applied files say it.
# With a filter there are more rows: all lines (NULL), those that match it, those that do not.
TOTAL = """
SELECT {which}, (
    SELECT json_agg(json_build_array(p.name, told.until) ORDER BY p.name)
    FROM vouchers_provider p
    LEFT JOIN (
        SELECT provider_id, max(complete_until) AS until
        FROM vouchers_providerfile
        WHERE kind = 'ACTIVATIONS' AND applied_at < %(known)s
          AND (undone_at IS NULL OR undone_at >= %(known)s)
        GROUP BY provider_id
    ) told ON told.provider_id = p.id
), {aggregates}
FROM standing
{groups}
"""


def standing_sql(
    question: str, *, of_period: bool, filters: Mapping[str, str], **parts: str
) -> str:
    """One of the questions above over `standing`; `of_period`: only the lines of %(period)s.

    filters: names of parameters, each with what of `LINE_FITS` it asks. Other parameters: as_of and
    known (the day asked, the first moment after it), first_day and day_after, window_start and
    window_end (the window [a, b) as days and as moments), period.
    """
    of_line = HAND_OUTS_OF_PERIOD if of_period else ""
    tables = {
        "decided": DECIDED,
        "not_given": NOT_GIVEN,
        "ended": ENDED,
        "extended": EXTENDED,
        "renewed": RENEWED,
        "activated": ACTIVATED.format(of_period=of_line),
        "valid": VALID.format(of_period=of_line),
        "standing": STANDING.format(
            matches=_all_of(LINE_FITS, filters),
            of_period="AND l.period_id = %(period)s" if of_period else "",
        ),
    }
    named = ",\n".join(f"{name} AS ({sql})" for name, sql in tables.items())
    answer = question.format(
        fits=_all_of(SCHOOL_FITS, filters),
        which="matches" if filters else "NULL",
        groups="GROUP BY GROUPING SETS ((), (matches))" if filters else "",
        **parts,
    )
    return f"WITH {named}\n{answer}"


def _all_of(conditions: Mapping[str, str], filters: Mapping[str, str]) -> str:
    """The conditions of these filters together; true when there are none."""
    asked = [conditions[kind].format(f"%({name})s") for name, kind in filters.items()]
    return " AND ".join(asked) or "true"
