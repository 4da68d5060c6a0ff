"""The books: proof, per pool, that no code came from nowhere or went missing (rule 2)."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

# One statement, so one moment: a code that moves while we count is on one side only.
COUNTS = """
WITH codes AS (
    SELECT voucher.pool_id, count(*) FILTER (WHERE void_reason <> 'UNDONE') AS loaded,
        count(*) FILTER (WHERE voucher.state = 'AVAILABLE') AS available,
        count(*) FILTER (WHERE voucher.state = 'HELD') AS held,
        count(*) FILTER (WHERE voucher.state = 'OUT') AS out,
        count(*) FILTER (WHERE voucher.state = 'VOID' AND void_reason <> 'UNDONE') AS void,
        count(*) FILTER (WHERE file.state <> 'UNDONE') AS standing
    FROM vouchers_voucher voucher JOIN vouchers_providerfile file ON file.id = voucher.file_id
    GROUP BY voucher.pool_id
), bonds AS (
    SELECT voucher.pool_id,
        count(*) FILTER (WHERE bond.ended_at IS NULL) AS live,
        count(*) FILTER (WHERE bond.ended_at IS NULL AND voucher.state <> 'OUT') AS live_not_out
    FROM vouchers_handout bond JOIN vouchers_voucher voucher ON voucher.id = bond.voucher_id
    GROUP BY voucher.pool_id
), adrift AS (
    SELECT voucher.pool_id, count(*) AS out_without_owner,
        count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM vouchers_handout bond
            WHERE bond.voucher_id = voucher.id AND bond.revealed_at IS NULL
        )) AS unseen_not_back
    FROM vouchers_voucher voucher
    WHERE voucher.state = 'OUT' AND NOT EXISTS (
        SELECT 1 FROM vouchers_handout bond
        WHERE bond.voucher_id = voucher.id AND bond.ended_at IS NULL
    )
    GROUP BY voucher.pool_id
), tallies AS (
    SELECT pool_id, sum(abs(number)) AS shown_wrong FROM (
        SELECT pool_id, state, sum(number) AS number FROM (
            SELECT pool_id, state, number FROM vouchers_pooltally
            UNION ALL SELECT pool_id, state, -count(*) FROM vouchers_voucher
            WHERE void_reason <> 'UNDONE' GROUP BY 1, 2
        ) both_ways GROUP BY pool_id, state
    ) difference GROUP BY pool_id
), files AS (
    SELECT file.pool_id, count(*) AS accepted
    FROM vouchers_providerfilerow row JOIN vouchers_providerfile file ON file.id = row.file_id
    WHERE file.kind = 'CODES' AND file.state = 'APPLIED' AND row.outcome = 'NEW'
        AND (row.at_apply OR NOT EXISTS (
            SELECT 1 FROM vouchers_providerfilerow later
            WHERE later.file_id = row.file_id AND later.line = row.line AND later.at_apply
        ))
    GROUP BY file.pool_id
)
SELECT pool.id, provider.name, pool.name, coalesce(loaded, 0), coalesce(available, 0),
    coalesce(held, 0), coalesce(out, 0), coalesce(void, 0), coalesce(standing, 0),
    coalesce(accepted, 0), coalesce(live, 0), coalesce(live_not_out, 0),
    coalesce(out_without_owner, 0), coalesce(unseen_not_back, 0), coalesce(shown_wrong, 0)::int
FROM vouchers_pool pool
JOIN vouchers_agreement agreement ON agreement.id = pool.agreement_id
JOIN vouchers_provider provider ON provider.id = agreement.provider_id
LEFT JOIN codes ON codes.pool_id = pool.id
LEFT JOIN bonds ON bonds.pool_id = pool.id
LEFT JOIN adrift ON adrift.pool_id = pool.id
LEFT JOIN tallies ON tallies.pool_id = pool.id
LEFT JOIN files ON files.pool_id = pool.id
ORDER BY provider.name, pool.name, pool.id
"""


@dataclass(frozen=True, slots=True)
class Equation:
    """One rule of the books: two numbers that must be equal."""

    name: str
    title: StrPromise
    left: int
    right: int

    @property
    def holds(self) -> bool:
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class PoolBalance:
    """The code counts of one pool. `standing`: of files not undone; `accepted`: rows that those
    files say were loaded; the last four count what should not exist."""

    pool_id: int
    provider: str
    pool: str
    loaded: int
    available: int
    held: int
    out: int
    void: int
    standing: int
    accepted: int
    live: int
    live_not_out: int
    out_without_owner: int
    unseen_not_back: int
    shown_wrong: int

    @property
    def equations(self) -> tuple[Equation, ...]:
        """All equations, in the order of rule 2."""
        places = self.available + self.held + self.out + self.void
        return (
            Equation(
                "loaded",
                _("Geladen = beschikbaar + vastgehouden + uitgereikt + ongeldig"),
                self.loaded, places,
            ),
            Equation("out", _("Uitgereikt = codes die bij een leerling zijn"), self.out, self.live),
            Equation(
                "out_one_by_one",
                _("Elke uitgereikte code is bij één leerling, en omgekeerd"),
                self.live_not_out + self.out_without_owner, 0,
            ),
            Equation(
                "ended_unseen",
                _("Elke code die ongezien terugkwam, is weer beschikbaar of ongeldig"),
                self.unseen_not_back, 0,
            ),
            Equation(
                "files",
                _("Geladen = aanvaarde rijen van bestanden die niet ongedaan gemaakt zijn"),
                self.standing, self.accepted,
            ),
            Equation(
                "shown",
                _("Wat de pagina’s over de voorraad zeggen, is wat er geteld is"),
                self.shown_wrong, 0,
            ),
        )  # fmt: skip

    @property
    def off(self) -> tuple[Equation, ...]:
        """The equations that do not hold."""
        return tuple(each for each in self.equations if not each.holds)


# Per request: the stored counts that lists filter by against its lines and hand-outs.
MISCOUNTED = """
SELECT count(*) FROM (
    SELECT line.request_id, count(*) AS granted, count(*) FILTER (WHERE bond.id IS NULL) AS waiting
    FROM vouchers_pupilline line
    LEFT JOIN vouchers_handout bond ON bond.line_id = line.id AND bond.ended_at IS NULL
    WHERE line.state = 'GRANTED' GROUP BY line.request_id
) counted FULL JOIN vouchers_requestcount kept USING (request_id)
WHERE (coalesce(counted.granted, 0), coalesce(counted.waiting, 0))
    IS DISTINCT FROM (coalesce(kept.granted, 0), coalesce(kept.waiting, 0))
"""


def miscounted_requests() -> int:
    """How many requests have stored counts, which lists filter by, that differ from their lines and
    hand-outs."""
    with connection.cursor() as cursor:
        cursor.execute(MISCOUNTED)
        return int(cursor.fetchone()[0])


def balance() -> list[PoolBalance]:
    """The balance of every pool, by provider and name; one query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return [PoolBalance(*row) for row in cursor.fetchall()]
