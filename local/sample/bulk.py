"""Writes a planned wave with a few statements, each for all lines at once.

The same tables, constraints, guards and history triggers as for everybody else: rows are born in
their first state and move as `states.py` allows, one UPDATE a move. What the real actions lock
nobody else can hold: the sample data are made in one transaction, in a database nobody uses yet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from itertools import repeat
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import at
from history.recording import recorded
from local.sample.wave import Days, Line, Request
from vouchers.actions.files.file_rows import copy
from vouchers.models import Period, Pool, Provider, Voucher
from vouchers.references import reference_key
from vouchers.states import Wish

WHY = gettext_noop("voorbeeldgegevens gemaakt")
# The plan, as two tables that only this connection sees.
MAKE_PLAN = """
CREATE TEMP TABLE demo_request (
    id bigint PRIMARY KEY, number int, organisation_id bigint, person_id bigint,
    education_type text, wish text, wish_provider_id bigint, sent timestamptz,
    withdrawn timestamptz, decided timestamptz, handed_out timestamptz, printed timestamptz,
    given timestamptz, taken_back timestamptz
);
CREATE TEMP TABLE demo_line (
    id bigint PRIMARY KEY, request_id bigint, position int, reference text, reference_key text,
    school_id bigint, education_type text, fate text, reason text, voucher_id bigint
);
"""
DROP_PLAN = "DROP TABLE demo_line, demo_request"
RESERVE_IDS = """
SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)
"""

# In one transaction nobody else tells the planner how large these tables have become, and what it
# takes for empty it reads from end to end for every row.
TELL_THE_PLANNER = {
    "plan": "ANALYZE demo_request, demo_line, vouchers_voucher",
    "asked": "ANALYZE vouchers_voucherrequest, vouchers_pupilline",
    "bound": "ANALYZE vouchers_handout",
}

# Asked. A line takes over its school as that is now (docs/rules.md#words), like
# `request_rows.freeze_new_lines`.
ASK = (
    """
INSERT INTO vouchers_voucherrequest (id, organisation_id, period_id, number, form_token, state,
    education_type, wish, wish_provider_id, note, question, created_at, created_by_id)
SELECT id, organisation_id, %(period)s, number, gen_random_uuid(), 'DRAFT', education_type, wish,
    wish_provider_id, '', '', sent - interval '1 hour', person_id
FROM demo_request ORDER BY number
""",
    """
INSERT INTO vouchers_pupilline (id, request_id, organisation_id, period_id, position, reference,
    reference_key, school_id, education_type, wish, state, municipality, nis_code, province)
SELECT line.id, request_id, organisation_id, %(period)s, position, reference, reference_key,
    school_id, '', 'NONE', 'DRAFT', '', '', ''
FROM demo_line line JOIN demo_request request ON request.id = request_id ORDER BY line.id
""",
    """
UPDATE vouchers_pupilline line SET state = 'ASKED', education_type = plan.education_type,
    wish = request.wish, wish_provider_id = request.wish_provider_id,
    municipality = school.municipality, nis_code = school.nis_code, province = school.province,
    submitted_at = request.sent
FROM demo_line plan JOIN demo_request request ON request.id = plan.request_id
    JOIN schools_organisation school ON school.id = plan.school_id
WHERE line.id = plan.id
""",
    """
UPDATE vouchers_voucherrequest request
SET state = 'SUBMITTED', submitted_at = sent, submitted_by_id = person_id
FROM demo_request plan WHERE request.id = plan.id
""",
)
WITHDRAW = (
    """
UPDATE vouchers_pupilline line
SET state = 'WITHDRAWN', withdrawn_at = plan.withdrawn, withdrawn_by_id = person_id
FROM demo_request plan WHERE line.request_id = plan.id AND plan.withdrawn IS NOT NULL
""",
    """
UPDATE vouchers_voucherrequest request
SET state = 'WITHDRAWN', withdrawn_at = plan.withdrawn, withdrawn_by_id = person_id
FROM demo_request plan WHERE request.id = plan.id AND plan.withdrawn IS NOT NULL
""",
)
DECIDE = (
    """
INSERT INTO vouchers_decision (line_id, granted, reason, decided_at, decided_by_id)
SELECT line.id, fate <> 'REFUSED', reason, decided, %(officer)s
FROM demo_line line JOIN demo_request request ON request.id = request_id
WHERE decided IS NOT NULL ORDER BY line.id
""",
    """
UPDATE vouchers_pupilline line
SET state = CASE WHEN fate = 'REFUSED' THEN 'REFUSED' ELSE 'GRANTED' END
FROM demo_line plan JOIN demo_request request ON request.id = plan.request_id
WHERE line.id = plan.id AND decided IS NOT NULL
""",
    """
UPDATE vouchers_voucherrequest request
SET state = 'DECIDED', decided_at = decided, decided_by_id = %(officer)s
FROM demo_request plan WHERE request.id = plan.id AND decided IS NOT NULL
""",
)
BIND_CODES = """
INSERT INTO vouchers_handout (voucher_id, line_id, handed_out_at, handed_out_by_id)
SELECT voucher_id, line.id, handed_out, %(officer)s
FROM demo_line line JOIN demo_request request ON request.id = request_id
WHERE voucher_id IS NOT NULL ORDER BY handed_out, line.id
"""
MOVE_CODES = """
UPDATE vouchers_voucher voucher SET state = 'OUT' FROM demo_line plan
WHERE voucher.id = plan.voucher_id
"""
# Nobody printed these, so the codes go back and the lines are closed, as `lifecycle.reclaim` does.
TAKE_BACK = (
    """
UPDATE vouchers_handout bond
SET ended_at = taken_back, ended_by_id = %(officer)s, end_reason = 'RECLAIMED'
FROM demo_line plan JOIN demo_request request ON request.id = plan.request_id
WHERE bond.line_id = plan.id AND fate = 'TAKEN_BACK' AND taken_back IS NOT NULL
""",
    """
UPDATE vouchers_voucher voucher SET state = 'AVAILABLE'
FROM vouchers_handout bond JOIN demo_line plan ON plan.id = bond.line_id
WHERE voucher.id = bond.voucher_id AND end_reason = 'RECLAIMED'
""",
    """
UPDATE vouchers_pupilline line
SET state = 'CLOSED', closed_at = bond.ended_at, closed_by_id = %(officer)s
FROM vouchers_handout bond JOIN demo_line plan ON plan.id = bond.line_id
WHERE line.id = plan.id AND end_reason = 'RECLAIMED'
""",
)
# Printed and perhaps given, in one UPDATE; every printed code leaves a reveal. Run again it finds
# the live hand-outs that came since: those that replace another.
PRINT = """
WITH printed AS (
    UPDATE vouchers_handout bond SET
        revealed_at = greatest(request.printed, handed_out_at + interval '1 hour'),
        revealed_by_id = person_id,
        given_at = CASE WHEN fate <> 'PRINTED' AND request.given IS NOT NULL
            THEN greatest(request.given, handed_out_at + interval '2 hours') END,
        given_by_id = CASE WHEN fate <> 'PRINTED' AND request.given IS NOT NULL THEN person_id END
    FROM demo_line plan JOIN demo_request request ON request.id = plan.request_id
    WHERE bond.line_id = plan.id AND bond.ended_at IS NULL AND bond.revealed_at IS NULL
        AND fate NOT IN ('TAKEN_BACK', 'UNSEEN') AND request.printed IS NOT NULL
    RETURNING bond.id, bond.voucher_id, revealed_at, revealed_by_id, organisation_id
)
INSERT INTO vouchers_reveal
    (voucher_id, hand_out_id, channel, revealed_at, revealed_to_id, organisation_id)
SELECT voucher_id, id, 'LETTER', revealed_at, revealed_by_id, organisation_id
FROM printed ORDER BY id
"""

# "On simple request" goes straight to the provider's list, the rest waits for the ministry, as in
# `renewals.ask`. Preconditions: the hand-outs are live and activated, and no renewal is open.
ASK_RENEWALS = (
    """
INSERT INTO vouchers_renewal (hand_out_id, state, asked_at, asked_by_id, reason)
SELECT hand_out_id, 'ASKED', %(now)s, person_id, ''
FROM unnest(%(hand_outs)s::bigint[], %(persons)s::bigint[]) AS asked (hand_out_id, person_id)
""",
    """
UPDATE vouchers_renewal renewal
SET state = 'PASSED', passed_at = asked_at, passed_by_id = asked_by_id
FROM vouchers_handout bond JOIN vouchers_voucher voucher ON voucher.id = bond.voucher_id
    JOIN vouchers_pool pool ON pool.id = voucher.pool_id
WHERE bond.id = renewal.hand_out_id AND renewal.state = 'ASKED' AND renewal_rule = 'AT_ONCE'
    AND bond.id = ANY(%(hand_outs)s)
""",
)

HOURS = {
    "sent": 10, "withdrawn": 15, "decided": 11, "handed_out": 12, "printed": 9, "given": 16,
    "taken_back": 12,
}  # fmt: skip


@contextmanager
def written(
    requests: Sequence[Request],
    *,
    period: Period,
    pools: Mapping[str, Pool],
    persons: Mapping[int, int],
    officer: User,
) -> Iterator[dict[int, Line]]:
    """Write these requests and what became of them; gives their lines by id.

    pools: by slug of the provider, with enough free codes. persons: who acts for an organisation,
    by its id. While the block lasts `print_again` knows the plan.
    """
    values = {"period": period.pk, "officer": officer.pk}
    with recorded(by=officer, why=WHY):
        lines = _copy_plan(requests, period, pools, persons)
        for statement in (*ASK, TELL_THE_PLANNER["asked"], *WITHDRAW, *DECIDE):
            _run(statement, values)
        _bind(requests, values)
        for statement in (TELL_THE_PLANNER["bound"], *TAKE_BACK, PRINT):
            _run(statement, values)
    yield lines
    _run(DROP_PLAN)


def print_again(*, officer: User) -> None:
    """The codes that replaced others are printed and given too."""
    with recorded(by=officer, why=WHY):
        _run(PRINT)


def ask_renewals(hand_outs: Mapping[int, int], *, now: datetime, officer: User) -> None:
    """Ask renewal of these hand-outs (ids), each by a person (id) of its organisation."""
    values = {"now": now, "hand_outs": list(hand_outs), "persons": list(hand_outs.values())}
    with recorded(by=officer, why=WHY):
        for statement in ASK_RENEWALS:
            _run(statement, values)


def codes_needed(requests: Iterable[Request]) -> Counter[str]:
    """How many codes a plan hands out, by slug of the provider."""
    needed: Counter[str] = Counter()
    for request in requests:
        if request.days.handed_out:
            needed[request.provider] += sum(line.fate.has_code for line in request.lines)
    return needed


def _run(statement: str, values: Mapping[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _bind(requests: Sequence[Request], values: Mapping[str, Any]) -> None:
    bound, needed = _run(BIND_CODES, values), codes_needed(requests).total()
    if bound != needed:
        raise ValueError(f"{needed} codes are needed, {bound} were handed out")
    _run(MOVE_CODES)


def _copy_plan(
    requests: Sequence[Request],
    period: Period,
    pools: Mapping[str, Pool],
    persons: Mapping[int, int],
) -> dict[int, Line]:
    """Put the plan where SQL can read it, with ids and numbers; the lines by id."""
    _run(MAKE_PLAN)
    providers = dict(Provider.objects.values_list("slug", "pk"))
    request_ids = _reserve("vouchers_voucherrequest", len(requests))
    last = period.last_number
    copy(
        "COPY demo_request FROM STDIN",
        (
            (
                pk, number, request.asker.organisation, persons[request.asker.organisation],
                request.lines[0].education_type, request.wish.value,
                None if request.wish == Wish.NONE else providers[request.provider],
                *_moments(request.days),
            )
            for number, (pk, request) in enumerate(
                zip(request_ids, requests, strict=True), last + 1
            )
        ),
    )  # fmt: skip
    period.last_number = last + len(requests)
    period.save(update_fields=["last_number"])
    return _copy_lines(requests, request_ids, _codes(requests, pools))


def _codes(requests: Sequence[Request], pools: Mapping[str, Pool]) -> dict[int, list[int | None]]:
    """Per request (its place) a code for each line that gets one: the first free ones of the pool
    to who comes first, as `handing_out` does it. None when there are no more; `_bind` counts."""
    free = {
        slug: iter(list(Voucher.objects.free().filter(pool=pool).values_list("pk", flat=True)))
        for slug, pool in pools.items()
    }
    served = [n for n, request in enumerate(requests) if request.days.handed_out]
    return {
        n: [next(free[requests[n].provider], None) if line.fate.has_code else None
            for line in requests[n].lines]
        for n in sorted(served, key=lambda n: requests[n].days.handed_out or date.max)
    }  # fmt: skip


def _copy_lines(
    requests: Sequence[Request],
    request_ids: Sequence[int],
    codes: Mapping[int, Sequence[int | None]],
) -> dict[int, Line]:
    lines = [line for request in requests for line in request.lines]
    by_id = dict(zip(_reserve("vouchers_pupilline", len(lines)), lines, strict=True))
    references: defaultdict[int, int] = defaultdict(int)  # each organisation counts its own

    def rows() -> Iterator[tuple[object, ...]]:
        ids = iter(by_id)
        for n, request in enumerate(requests):
            given = codes.get(n) or repeat(None)
            for position, (line, code) in enumerate(zip(request.lines, given, strict=False), 1):
                references[request.asker.organisation] += 1
                reference = f"LL-{references[request.asker.organisation]:04d}"
                yield (
                    next(ids), request_ids[n], position, reference, reference_key(reference),
                    line.school.pk, line.education_type, line.fate.value, line.reason, code,
                )  # fmt: skip

    copy("COPY demo_line FROM STDIN", rows())
    _run(TELL_THE_PLANNER["plan"])
    return by_id


def _moments(days: Days) -> list[datetime | None]:
    """In the order of the columns, which is that of the fields."""
    found = ((each.name, getattr(days, each.name)) for each in fields(days))
    return [at(day, HOURS[name]) if day else None for name, day in found]


def _reserve(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(RESERVE_IDS, [table, count])
        return [pk for (pk,) in cursor.fetchall()]
