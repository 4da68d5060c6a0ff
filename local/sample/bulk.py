"""Writes a planned wave with a few statements of `fill`, each for all lines at once.

The same tables, constraints, guards and history triggers apply as for everybody else: rows are born
in their first state and move as `states.py` allows, one UPDATE per move. What the real actions lock
needs no lock here: the sample data are made in one transaction, in a database that nobody uses yet.

Tested in `local.sample.tests.test_demo_totals` and `local.sample.tests.test_story`.
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
from local.sample.fill import born, run
from local.sample.wave import Days, Line, Request
from vouchers.actions.files.file_rows import copy
from vouchers.models import (
    Decision,
    HandOut,
    Period,
    Pool,
    Provider,
    PupilLine,
    Renewal,
    Reveal,
    Voucher,
    VoucherRequest,
)
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

# Inside one transaction nothing else tells the planner how large these tables have become, and it
# would scan a table it believes empty from end to end for every row.
TELL_THE_PLANNER = {
    "plan": "ANALYZE demo_request, demo_line, vouchers_voucher",
    "asked": "ANALYZE vouchers_voucherrequest, vouchers_pupilline",
    "bound": "ANALYZE vouchers_handout",
}

# Asked. A line takes over its school as it is now (docs/rules.md#words), like
# `request_rows.freeze_new_lines`.
REQUESTS = {
    "id": "id", "organisation_id": "organisation_id", "period_id": "%(period)s",
    "number": "number", "form_token": "gen_random_uuid()", "education_type": "education_type",
    "wish": "wish", "wish_provider_id": "wish_provider_id",
    "created_at": "sent - interval '1 hour'", "created_by_id": "person_id",
}  # fmt: skip
LINES = {
    "id": "line.id", "request_id": "request_id", "organisation_id": "organisation_id",
    "period_id": "%(period)s", "position": "position", "reference": "reference",
    "reference_key": "reference_key", "school_id": "school_id",
}  # fmt: skip
LINES_WITH_REQUEST = "FROM demo_line line JOIN demo_request request ON request.id = request_id"
SEND = (
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
DECISIONS = {
    "line_id": "line.id", "granted": "fate <> 'REFUSED'", "reason": "reason",
    "decided_at": "decided", "decided_by_id": "%(officer)s",
}  # fmt: skip
DECIDE = (
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
HAND_OUTS = {
    "voucher_id": "voucher_id", "line_id": "line.id", "handed_out_at": "handed_out",
    "handed_out_by_id": "%(officer)s",
}  # fmt: skip
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
# Printed and perhaps given, in one UPDATE; every printed code leaves a reveal. Run again, it finds
# the live hand-outs created since: those that replace another.
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
"""
REVEALS = {
    "voucher_id": "voucher_id", "hand_out_id": "id", "channel": "'LETTER'",
    "revealed_at": "revealed_at", "revealed_to_id": "revealed_by_id",
    "organisation_id": "organisation_id",
}  # fmt: skip

# "On simple request" goes straight to the provider's list, the rest waits for the ministry, as in
# `renewals.ask`. Preconditions: the hand-outs are live and activated, and no renewal is open.
RENEWALS = {"hand_out_id": "hand_out_id", "asked_at": "%(now)s", "asked_by_id": "person_id"}
ASKED = """
FROM unnest(%(hand_outs)s::bigint[], %(persons)s::bigint[]) AS asked (hand_out_id, person_id)
"""
PASS_AT_ONCE = """
UPDATE vouchers_renewal renewal
SET state = 'PASSED', passed_at = asked_at, passed_by_id = asked_by_id
FROM vouchers_handout bond JOIN vouchers_voucher voucher ON voucher.id = bond.voucher_id
    JOIN vouchers_pool pool ON pool.id = voucher.pool_id
WHERE bond.id = renewal.hand_out_id AND renewal.state = 'ASKED' AND renewal_rule = 'AT_ONCE'
    AND bond.id = ANY(%(hand_outs)s)
"""

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
    """Write these requests and what became of them; yields their lines by id.

    pools: by slug of the provider, with enough free codes. persons: who acts for an organisation,
    by its id. Until the block ends `print_again` can use the plan.
    """
    values = {"period": period.pk, "officer": officer.pk}
    with recorded(by=officer, why=WHY):
        lines = _copy_plan(requests, period, pools, persons)
        born(VoucherRequest, "FROM demo_request ORDER BY number", values, **REQUESTS)
        born(PupilLine, f"{LINES_WITH_REQUEST} ORDER BY line.id", values, **LINES)
        for statement in (*SEND, TELL_THE_PLANNER["asked"], *WITHDRAW):
            run(statement, values)
        decided = f"{LINES_WITH_REQUEST} WHERE decided IS NOT NULL ORDER BY line.id"
        born(Decision, decided, values, **DECISIONS)
        for statement in DECIDE:
            run(statement, values)
        _bind(requests, values)
        for statement in (TELL_THE_PLANNER["bound"], *TAKE_BACK):
            run(statement, values)
        _print()
    yield lines
    run(DROP_PLAN)


def print_again(*, officer: User) -> None:
    """Codes that replaced others are printed and given too."""
    with recorded(by=officer, why=WHY):
        _print()


def ask_renewals(hand_outs: Mapping[int, int], *, now: datetime, officer: User) -> None:
    """Ask for renewal of these hand-outs (ids), each by a person (id) of its organisation."""
    values = {"now": now, "hand_outs": list(hand_outs), "persons": list(hand_outs.values())}
    with recorded(by=officer, why=WHY):
        born(Renewal, ASKED, values, **RENEWALS)
        run(PASS_AT_ONCE, values)


def codes_needed(requests: Iterable[Request]) -> Counter[str]:
    """How many codes a plan hands out, by slug of the provider."""
    needed: Counter[str] = Counter()
    for request in requests:
        if request.days.handed_out:
            needed[request.provider] += sum(line.fate.has_code for line in request.lines)
    return needed


def _print() -> None:
    born(Reveal, "FROM printed ORDER BY id", None, first=PRINT, **REVEALS)


def _bind(requests: Sequence[Request], values: Mapping[str, Any]) -> None:
    served = f"{LINES_WITH_REQUEST} WHERE voucher_id IS NOT NULL ORDER BY handed_out, line.id"
    bound, needed = born(HandOut, served, values, **HAND_OUTS), codes_needed(requests).total()
    if bound != needed:
        raise ValueError(f"{needed} codes are needed, {bound} were handed out")
    run(MOVE_CODES)


def _copy_plan(
    requests: Sequence[Request],
    period: Period,
    pools: Mapping[str, Pool],
    persons: Mapping[int, int],
) -> dict[int, Line]:
    """Copy the plan to where SQL can read it, with ids and numbers; returns the lines by id."""
    run(MAKE_PLAN)
    providers = dict(Provider.objects.values_list("slug", "pk"))
    request_ids = _reserve("vouchers_voucherrequest", len(requests))
    last = period.last_number
    copy(
        "COPY demo_request FROM STDIN",
        (
            (
                pk,
                number,
                request.asker.organisation,
                persons[request.asker.organisation],
                request.lines[0].education_type,
                request.wish.value,
                None if request.wish == Wish.NONE else providers[request.provider],
                *_moments(request.days),
            )
            for number, (pk, request) in enumerate(
                zip(request_ids, requests, strict=True), last + 1
            )
        ),
    )
    period.last_number = last + len(requests)
    period.save(update_fields=["last_number"])
    return _copy_lines(requests, request_ids, _codes(requests, pools))


def _codes(requests: Sequence[Request], pools: Mapping[str, Pool]) -> dict[int, list[int | None]]:
    """For each request (by position) a code for each line that gets one: the first free ones of the
    pool go to whoever comes first, as in `handing_out`. None when there are no more; `_bind`
    counts."""
    free = {
        slug: iter(list(Voucher.objects.free().filter(pool=pool).values_list("pk", flat=True)))
        for slug, pool in pools.items()
    }
    served = [n for n, request in enumerate(requests) if request.days.handed_out]
    return {
        n: [
            next(free[requests[n].provider], None) if line.fate.has_code else None
            for line in requests[n].lines
        ]
        for n in sorted(served, key=lambda n: requests[n].days.handed_out or date.max)
    }


def _copy_lines(
    requests: Sequence[Request],
    request_ids: Sequence[int],
    codes: Mapping[int, Sequence[int | None]],
) -> dict[int, Line]:
    lines = [line for request in requests for line in request.lines]
    by_id = dict(zip(_reserve("vouchers_pupilline", len(lines)), lines, strict=True))
    references: defaultdict[int, int] = defaultdict(int)  # one counter per organisation

    def rows() -> Iterator[tuple[object, ...]]:
        ids = iter(by_id)
        for n, request in enumerate(requests):
            given = codes.get(n) or repeat(None)
            for position, (line, code) in enumerate(zip(request.lines, given, strict=False), 1):
                references[request.asker.organisation] += 1
                reference = f"LL-{references[request.asker.organisation]:04d}"
                yield (
                    next(ids),
                    request_ids[n],
                    position,
                    reference,
                    reference_key(reference),
                    line.school.pk,
                    line.education_type,
                    line.fate.value,
                    line.reason,
                    code,
                )

    copy("COPY demo_line FROM STDIN", rows())
    run(TELL_THE_PLANNER["plan"])
    return by_id


def _moments(days: Days) -> list[datetime | None]:
    """In the order of the columns, which is that of the fields."""
    found = ((each.name, getattr(days, each.name)) for each in fields(days))
    return [at(day, HOURS[name]) if day else None for name, day in found]


def _reserve(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(RESERVE_IDS, [table, count])
        return [pk for (pk,) in cursor.fetchall()]
