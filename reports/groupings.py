"""The rows of a table, and all lines together: each one query over `line_status`.

Each query says whether its lines match the filters (`matches`, NULL without lines); the one by
school also whether the filters fit a school without lines (`fits`). Parameters besides those of
`line_status`: with_empty, school_kind, existing_from and existing_until.

Tested in `reports.tests.test_tables`.
"""

from reports.figures import Dimension
from reports.line_status import Asked, all_of, school_fits, status
from vouchers.models.files import REPORTED_UNTIL


def aggregates(asked: Asked) -> str:
    """The figures, each under its name."""
    return ", ".join(f"{sql} AS {name}" for name, sql in asked.counts.items())


def counted(asked: Asked) -> str:
    """The same, read from the table `counted`."""
    return ", ".join(f"counted.{name}" for name in asked.counts)


def with_place(school: str) -> str:
    """The name of a successor, with its number and municipality."""
    return f"{school}.name || ' (' || {school}.number || ', ' || {school}.municipality || ')'"


# A merged or split school names its successors once the day asked knows of it; a school that
# continues beside what split off (`goes_on`) is one of them.
SUCCESSORS = f"""
    SELECT succession.predecessor_id, max(succession."on") AS since,
        bool_or(succession.goes_on) AS goes_on,
        array_agg({with_place("successor")} ORDER BY successor.number) AS names
    FROM schools_succession succession
    JOIN schools_organisation successor ON successor.id = succession.successor_id
    WHERE succession."on" <= %(as_of)s AND succession.recorded_at < %(known)s
        AND (succession.withdrawn_at IS NULL OR succession.withdrawn_at >= %(known)s)
    GROUP BY succession.predecessor_id
"""


def by_school(asked: Asked) -> str:
    """By the school's id, shown with its number and the municipality frozen on its lines: two of
    them when it moved."""
    return f"""
{status(asked)}
SELECT school.number, school.name,
    coalesce(counted.other_place || ', ' || counted.place, counted.place, school.municipality),
    succeeded.since,
    CASE WHEN succeeded.goes_on THEN array_prepend({with_place("school")}, succeeded.names)
        ELSE succeeded.names END,
    {all_of(school_fits, asked.filters)} AS fits, counted.matches, {counted(asked)}
FROM schools_organisation school
LEFT JOIN (
    SELECT school_id, matches,
        nullif(min(municipality COLLATE "C"), max(municipality COLLATE "C")) AS other_place,
        max(municipality COLLATE "C") AS place,
        {aggregates(asked)}
    FROM line_status
    GROUP BY school_id, matches
) counted ON counted.school_id = school.id
LEFT JOIN ({SUCCESSORS}) succeeded ON succeeded.predecessor_id = school.id
WHERE counted.school_id IS NOT NULL
    OR (%(with_empty)s AND school.kind = %(school_kind)s
        AND (school.opened_on IS NULL OR school.opened_on <= %(existing_until)s)
        AND (school.closed_on IS NULL OR school.closed_on > %(existing_from)s))
ORDER BY lower(school.name), school.number
"""


def by_choice(asked: Asked, dimension: Dimension) -> str:
    """By one of the choices frozen on a line."""
    return f"""
{status(asked)}
SELECT {dimension.value}, matches, {aggregates(asked)}
FROM line_status
GROUP BY {dimension.value}, matches
"""


# The names in their order; pupils without a code have no provider and still a row.
NAMED = {
    Dimension.PERIOD: """
    SELECT id, slug, name, row_number() OVER (ORDER BY asks_from, id) AS place
    FROM vouchers_period
""",
    Dimension.PROVIDER: """
    SELECT id, slug, name, row_number() OVER (ORDER BY lower(name)) AS place
    FROM vouchers_provider
    UNION ALL SELECT NULL, '', '', NULL
""",
}


def by_name(asked: Asked, dimension: Dimension) -> str:
    """By period or provider."""
    return f"""
{status(asked)}
SELECT named.slug, named.name, counted.matches, {counted(asked)}
FROM ({NAMED[dimension]}) named
LEFT JOIN (
    SELECT {dimension.value}_id, matches, true AS found, {aggregates(asked)}
    FROM line_status
    GROUP BY {dimension.value}_id, matches
) counted ON counted.{dimension.value}_id IS NOT DISTINCT FROM named.id
WHERE counted.found OR %(with_empty)s
ORDER BY named.place
"""


# Beside the total: up to which day each provider had reported its activations.
REPORTED = f"""
    SELECT json_agg(json_build_array(provider.name, reported.until) ORDER BY provider.name)
    FROM vouchers_provider provider
    LEFT JOIN ({REPORTED_UNTIL}) reported ON reported.provider_id = provider.id
"""


def all_lines(asked: Asked) -> str:
    """All lines together, in a row where `matches` is NULL; with filters also those that match
    them, and those that do not."""
    groups = "GROUP BY GROUPING SETS ((), (matches))" if asked.filters else ""
    return f"""
{status(asked)}
SELECT {"matches" if asked.filters else "NULL"}, ({REPORTED}), {aggregates(asked)}
FROM line_status
{groups}
"""
