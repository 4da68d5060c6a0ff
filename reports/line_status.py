"""One row per sent pupil line, with its status as of a day: the SQL under every figure.

`status` joins to each line what happened to it. Each part is a table with at most one row per line;
which of their columns are read is up to the figures (`figures.Figure.reads`), how rows are grouped
is in `groupings`. Lines are scanned once. A line has at most one live hand-out (a constraint), so
those are joined as they are, and only the few that ended are aggregated first, as are activations
and renewals. PostgreSQL leaves out what a question does not need: every join that can be left out
is a LEFT JOIN on something unique. Nothing that a person typed becomes part of the SQL: values are
parameters.

Parameters: as_of and known (the day asked, the first moment after it), first_day and day_after,
window_start and window_end (the window [a, b) as days and as moments), period.

Tested in `reports.tests.test_tables`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vouchers.states import WITHOUT_COUNTING


@dataclass(frozen=True)
class Asked:
    """The parts of a question that become SQL: the columns that figures read of a line and the
    aggregates to count, each by name; the filters, each with the name of its parameter; and whether
    only the lines of %(period)s are meant."""

    reads: Mapping[str, str]
    counts: Mapping[str, str]
    filters: Mapping[str, str]
    of_period: bool


def happened(moment: str) -> str:
    """This act in the portal happened in the window, and was therefore known then."""
    return f"{moment} >= %(window_start)s AND {moment} < %(window_end)s"


def took_place(day: str) -> str:
    """This day, reported by a provider, lies in the window."""
    return f"{day} >= %(first_day)s AND {day} < %(day_after)s"


def not_withdrawn(table: str) -> str:
    """This row had not been withdrawn by then."""
    return f"({table}.withdrawn_at IS NULL OR {table}.withdrawn_at >= %(known)s)"


DECIDED = f"""
    SELECT decision.line_id, decision.granted, decision.decided_at
    FROM vouchers_decision decision
    WHERE decision.decided_at < %(known)s AND {not_withdrawn("decision")}
"""


def given_at(hand_out: str) -> str:
    """When its letter was given, as known by then; `not_given` is joined to the hand-out."""
    return f"coalesce(not_given.given_at, {hand_out}.given_at)"


# Recorded of a hand-out by that day, and withdrawn later: its current value came after (ADR 22).
NOT_GIVEN = """
    SELECT hand_out_id, min(given_at) AS given_at
    FROM vouchers_givenwithdrawal
    WHERE given_at < %(known)s AND withdrawn_at >= %(known)s
    GROUP BY hand_out_id
"""
# Until it ended a hand-out counts; afterwards only when somebody saw the code and it was not passed
# on to another pupil: a pupil whose code was never seen never had it, whatever ended it.
COUNTS = f"""(gone.ended_at >= %(known)s
            OR gone.revealed_at IS NOT NULL AND gone.end_reason NOT IN ({WITHOUT_COUNTING}))"""
ENDED = f"""
    SELECT gone.line_id,
        bool_or({COUNTS}) AS counts,
        bool_or(gone.ended_at >= %(known)s) AS live,
        max(gone.ended_at) AS stopped_at,
        bool_or({COUNTS} AND gone.revealed_at < %(known)s) AS revealed,
        bool_or({COUNTS} AND {given_at("gone")} < %(known)s) AS given,
        min(gone.handed_out_at) AS first_handed_out_at,
        min(gone.revealed_at) AS first_revealed_at,
        min({given_at("gone")}) AS first_given_at,
        -- The one that counts or, when none does, that counted last.
        (array_agg(gone.voucher_id
            ORDER BY {COUNTS} DESC, gone.handed_out_at DESC, gone.id DESC))[1] AS voucher_id,
        count(gone.replaces_id) FILTER (WHERE {happened("gone.handed_out_at")}) AS replacements
    FROM vouchers_handout gone
    LEFT JOIN not_given ON not_given.hand_out_id = gone.id
    WHERE gone.ended_at IS NOT NULL AND gone.handed_out_at < %(known)s
    GROUP BY gone.line_id
"""
EXTENDED = f"""
    SELECT pool.id, greatest(pool.valid_until, max(extension.valid_until)) AS valid_until
    FROM vouchers_pool pool
    LEFT JOIN vouchers_poolextension extension ON extension.pool_id = pool.id
        AND extension.recorded_at < %(known)s AND {not_withdrawn("extension")}
    GROUP BY pool.id
"""
# Only an activated code is renewed, so the renewals of a line are those of its activated codes.
RENEWED = f"""
    SELECT hand_out.line_id, max(renewal.valid_until) AS valid_until,
        count(*) FILTER (WHERE {took_place('renewal."on"')}) AS renewals
    FROM vouchers_renewal renewal
    JOIN vouchers_handout hand_out ON hand_out.id = renewal.hand_out_id
    WHERE renewal.confirmed_at < %(known)s AND {not_withdrawn("renewal")}
    GROUP BY hand_out.line_id
"""
HAND_OUTS_OF_PERIOD = (
    "hand_out.line_id IN (SELECT id FROM vouchers_pupilline WHERE period_id = %(period)s)"
)


def activated(*, of_period: bool) -> str:
    """Lines of which any code came into use, and since when."""
    return f"""
    SELECT hand_out.line_id, min(activation."on") AS first_active
    FROM vouchers_activation activation
    JOIN vouchers_handout hand_out ON hand_out.id = activation.hand_out_id
    WHERE activation.recorded_at < %(known)s AND {not_withdrawn("activation")}
        AND {HAND_OUTS_OF_PERIOD if of_period else "true"}
    GROUP BY hand_out.line_id
    """


def valid(*, of_period: bool) -> str:
    """Until when the codes of a line that came into use are valid, by their pools."""
    return f"""
    SELECT hand_out.line_id, max(extended.valid_until) AS valid_until
    FROM vouchers_activation activation
    JOIN vouchers_handout hand_out ON hand_out.id = activation.hand_out_id
    JOIN vouchers_voucher voucher ON voucher.id = hand_out.voucher_id
    JOIN extended ON extended.id = voucher.pool_id
    WHERE activation.recorded_at < %(known)s AND {not_withdrawn("activation")}
        AND {HAND_OUTS_OF_PERIOD if of_period else "true"}
    GROUP BY hand_out.line_id
    """


# `live`: the hand-out that has not ended today; `ended`: those that have, aggregated per line.
JOINED = """
    FROM vouchers_pupilline line
    LEFT JOIN decided ON decided.line_id = line.id
    LEFT JOIN vouchers_handout live
        ON live.line_id = line.id AND live.ended_at IS NULL AND live.handed_out_at < %(known)s
    LEFT JOIN not_given ON not_given.hand_out_id = live.id
    LEFT JOIN ended ON ended.line_id = line.id
    LEFT JOIN vouchers_voucher code ON code.id = coalesce(live.voucher_id, ended.voucher_id)
    LEFT JOIN activated ON activated.line_id = line.id
    LEFT JOIN valid ON valid.line_id = line.id
    LEFT JOIN renewed ON renewed.line_id = line.id
"""


def status(asked: Asked) -> str:
    """The WITH clause that precedes a query; its last table is `line_status`."""
    columns = ",\n        ".join(f"{sql} AS {name}" for name, sql in asked.reads.items())
    line_status = f"""
    SELECT line.school_id, line.municipality, line.education_type, line.province, line.period_id,
        code.provider_id,
        {all_of(line_fits, asked.filters)} AS matches,
        {columns}
    {JOINED}
    WHERE line.submitted_at < %(known)s
        AND {"line.period_id = %(period)s" if asked.of_period else "true"}
    """
    tables = {
        "decided": DECIDED,
        "not_given": NOT_GIVEN,
        "ended": ENDED,
        "extended": EXTENDED,
        "renewed": RENEWED,
        "activated": activated(of_period=asked.of_period),
        "valid": valid(of_period=asked.of_period),
        "line_status": line_status,
    }
    return "WITH " + ",\n".join(f"{name} AS ({sql})" for name, sql in tables.items())


# What a filter asks of a line and, for a school without lines, of the school; a word is part of
# number, name or municipality. Municipality and province are those frozen on the line.


def line_fits(filter_: str, value: str) -> str:
    """This line passes the filter."""
    if filter_ in ("province", "education_type"):
        return f"line.{filter_} = {value}"
    return f"""(strpos(lower(line.municipality), lower({value})) > 0 OR line.school_id IN (
        SELECT id FROM schools_organisation
        WHERE strpos(number, {value}) > 0 OR strpos(lower(name), lower({value})) > 0))"""


def school_fits(filter_: str, value: str) -> str:
    """This school passes the filter."""
    if filter_ == "province":
        return f"school.province = {value}"
    if filter_ == "education_type":
        return f"{value} = ANY (school.education_types)"
    words = "lower(concat_ws(' ', school.number, school.name, school.municipality))"
    return f"strpos({words}, lower({value})) > 0"


def all_of(fits: Callable[[str, str], str], filters: Mapping[str, str]) -> str:
    """The conditions of these filters together; true when there are none."""
    conditions = [fits(filter_, f"%({name})s") for name, filter_ in filters.items()]
    return " AND ".join(conditions) or "true"
