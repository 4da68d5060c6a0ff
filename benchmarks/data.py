"""The data of the bench: a country's worth of vouchers, in the real schema, written by bulk SQL.

At scale 1: 1,000,000 codes in 10 pools, 4,097 schools, 10 periods. The first nine hold 600,000
pupils with a code, a sixth of which are activated; the tenth is open and has 2,300 requests with
47,000 pupils waiting for one. Triggers are off meanwhile: filling is not part of what is measured.
Everything follows from numbers: code n, line n and hand-out n belong together. `local.sample.fill`
does the writing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from history.models import HistoryEvent
from local.sample.fill import COUNT, born, copied, run
from schools.models import EducationType, Organisation
from schools.official import PROVINCES
from vouchers import codes
from vouchers.actions.files.file_rows import batches, rule_of
from vouchers.models import (
    Activation,
    Agreement,
    Decision,
    HandOut,
    Period,
    Pool,
    Provider,
    ProviderFile,
    ProviderFileRow,
    PupilLine,
    Renewal,
    Voucher,
    VoucherRequest,
)
from vouchers.states import RenewalRule
from vouchers.tests.factories import make_provider, make_provider_user

# What the triggers would have counted, had they not been off while the rows came in (ADR 12).
COUNTED_SO_FAR = """
INSERT INTO vouchers_pooltally (pool_id, state, number)
SELECT pool_id, state, count(*) FROM vouchers_voucher GROUP BY pool_id, state;
SELECT portal_count_pupils(ARRAY(
    SELECT DISTINCT request_id FROM vouchers_pupilline WHERE state = 'GRANTED'));
"""
SCHOOLS = 4097
PERIODS = 10
POOLS = 10
PERIOD_DAYS = 180
# Eight of the ten pools are of the first provider, so that it has enough activations to report.
POOLS_OF_FIRST = 8


@dataclass(frozen=True, slots=True)
class Size:
    """The number of rows of each kind, at a scale."""

    scale: float = 1.0

    @property
    def is_a_try(self) -> bool:
        """Too small to say how fast anything is: one round is enough."""
        return self.scale < 0.01

    @property
    def codes(self) -> int:
        return int(1_000_000 * self.scale)

    @property
    def handed_out(self) -> int:
        return int(600_000 * self.scale)

    @property
    def waiting(self) -> int:
        return int(47_000 * self.scale)

    @property
    def waiting_requests(self) -> int:
        return max(int(2_300 * self.scale), 2)

    @property
    def undecided(self) -> int:
        """Requests of one pupil that wait for a decision; always more than a page."""
        return max(int(1_000 * self.scale), 60)

    @property
    def requests(self) -> int:
        """In the first nine periods: one per school and period, as far as there are pupils."""
        return min((PERIODS - 1) * SCHOOLS, self.handed_out)


def code(number: int) -> str:
    """The code with this number, as the provider writes it."""
    return f"BENCH-{number:08d}"


def officer() -> User:
    """The user who decides and hands out."""
    return User.objects.get(email="officer@bench.example")


def provider_user() -> User:
    """The user who reports what became of the codes of the first provider."""
    return User.objects.get(email="provider@bench.example")


def coordinator() -> User:
    """The user who acts for ten schools: more than a page of pupils, at any scale."""
    return User.objects.get(email="coordinator@bench.example")


def fill(size: Size) -> None:
    """Write all of it into an empty database."""
    today = timezone.localdate()
    _schools()
    _people_and_pools(today)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    _codes(size)
    values = vars_of(size, today)
    with connection.cursor() as cursor:
        for table, source, named in ROWS:
            born(table, source, values, **named)
        run(LAST_NUMBERS)
        cursor.execute("ANALYZE")  # otherwise the planner assumes empty tables
        run(COUNT)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def vars_of(size: Size, today: date) -> dict[str, Any]:
    """The named parameters of the statements below."""
    return {
        "codes": size.codes,
        "handed_out": size.handed_out,
        "waiting": size.waiting,
        "waiting_requests": size.waiting_requests,
        "undecided": size.undecided,
        "requests": size.requests,
        "schools": SCHOOLS,
        "periods": PERIODS - 1,
        "pools": POOLS,
        "first_day": first_day(1, today),
        "days": PERIOD_DAYS,
        "today": today,
        "officer": officer().pk,
        "coordinator": coordinator().pk,
        "provider": provider_user().pk,
    }


def first_day(period: int, today: date) -> date:
    """The first day of a period; the last period is open today."""
    return today - timedelta(days=30 + PERIOD_DAYS * (PERIODS - period))


def _schools() -> None:
    places = [(f"{nis:0<5}", province) for nis, province in PROVINCES.items()]
    kinds = list(EducationType.values)
    Organisation.objects.bulk_create(
        Organisation(
            pk=n,
            kind=Organisation.Kind.SCHOOL,
            number=f"{100_000 + n}",
            name=f"School {n % 900}",
            municipality=f"Gemeente {n % 285}",
            nis_code=places[n % len(places)][0],
            province=places[n % len(places)][1],
            education_types=[kinds[n % len(kinds)]],
        )
        for n in range(1, SCHOOLS + 1)
    )


def _people_and_pools(today: date) -> None:
    make_ministry_user(email="officer@bench.example")
    make_coordinator(*Organisation.objects.filter(pk__lte=10), email="coordinator@bench.example")
    providers = [make_provider(id=1), make_provider(id=2, slug="proximus", name="Proximus")]
    make_provider_user(providers[0], email="provider@bench.example")
    agreements = [
        Agreement.objects.create(
            provider=provider,
            name="bench",
            starts_on=first_day(1, today),
            ends_on=today + timedelta(days=800),
        )
        for provider in providers
    ]
    for n in range(1, POOLS + 1):
        Pool.objects.create(
            pk=n,
            agreement=agreements[n > POOLS_OF_FIRST],
            name=f"voorraad {n}",
            valid_until=today + timedelta(days=700 + n),
            renewal_rule=RenewalRule.AT_ONCE,
        )
    for n in range(1, PERIODS + 1):
        start, end = first_day(n, today), first_day(n + 1, today) - timedelta(days=1)
        Period.objects.create(
            pk=n,
            slug=f"golf-{n}",
            name=f"Golf {n}",
            prefix=f"B{n}",
            reports_from=start,
            reports_until=end,
            asks_from=start,
            asks_until=end if n < PERIODS else today + timedelta(days=365),
        )


CODES = (
    "id", "pool_id", "provider_id", "file_id", "line", "slot", "fingerprint", "key_id", "secret",
    "loaded_at", "state", "void_reason", "voided_at", "voided_by_id",
)  # fmt: skip


def _codes(size: Size) -> None:
    """Code n is in pool 1 + n % POOLS; the first ones are handed out, and one in a hundred of those
    is void."""
    providers = {
        pool.pk: pool.agreement.provider
        for pool in Pool.objects.select_related("agreement__provider")
    }
    rules = {provider.pk: rule_of(provider) for provider in providers.values()}
    now, by = timezone.now().isoformat(), officer().pk

    def row(n: int) -> tuple[object, ...]:
        pool = 1 + n % POOLS
        provider: Provider = providers[pool]
        fingerprint = codes.fingerprint(code(n), rules[provider.pk])
        encrypted = codes.encrypt_code(
            {"code": code(n), "wachtwoord": f"pw-{n}"},
            provider_id=provider.pk,
            fingerprint=fingerprint,
        )
        out = n <= size.handed_out
        void = out and n % 100 == 0
        state = "VOID" if void else "OUT" if out else "AVAILABLE"
        end = ("LOST", now, by) if void else ("", None, None)
        return (
            n,
            pool,
            provider.pk,
            pool,
            2 + n // POOLS,
            1 + n // POOLS,
            fingerprint,
            encrypted.key_id,
            encrypted.secret,
            now,
            state,
            *end,
        )

    for numbers in batches(range(1, size.codes + 1), 20_000):
        copied(
            Voucher, CODES, map(row, numbers), fingerprint_key_id=codes.current_keys().fingerprint
        )


DAY = "(%(first_day)s::date + {period} * %(days)s + {after})::timestamptz"


def _day(period: str, after: str) -> str:
    """SQL for the moment `after` days into a period; both are SQL expressions, periods count from
    0."""
    return DAY.format(period=period, after=after)


# A file of codes per pool, and sixty files of activations.
POOLS_FILES = (
    "FROM vouchers_pool pool JOIN vouchers_agreement agreement ON agreement.id = agreement_id"
)
APPLIED = {
    "content": "''::bytea", "state": "'APPLIED'", "uploaded_at": "now()", "checked_at": "now()",
    "applied_at": "now()", "size": "1",
}  # fmt: skip
CODE_FILES = APPLIED | {
    "id": "pool.id", "kind": "'CODES'", "provider_id": "provider_id", "pool_id": "pool.id",
    "name": "'codes.csv'", "digest": "sha256(pool.id::text::bytea)",
    "counts": "jsonb_build_object('NEW', %(codes)s / %(pools)s)", "uploaded_by_id": "%(officer)s",
    "applied_by_id": "%(officer)s",
}  # fmt: skip
ACTIVATION_FILES = APPLIED | {
    "id": "100 + n", "kind": "'ACTIVATIONS'", "provider_id": "1 + n %% 2",
    "complete_until": "%(today)s", "name": "'activaties-' || n || '.csv'",
    "digest": "sha256((100 + n)::text::bytea)",
    "counts": "jsonb_build_object('NEW', %(handed_out)s / 6 / 60)",
    "uploaded_by_id": "%(provider)s", "applied_by_id": "%(provider)s",
}  # fmt: skip
FILE_ROWS = {"file_id": "file_id", "line": "line", "outcome": "'NEW'"}

# Requests of the past periods; then of the open one, to hand out and to decide.
OVER = """
FROM (SELECT n, (n - 1) %% %(periods)s AS period FROM generate_series(1, %(requests)s) n) asked
"""
REQUESTS = {
    "id": "n", "organisation_id": "1 + (n - 1) / %(periods)s %% %(schools)s",
    "period_id": "1 + period", "number": "n", "form_token": "gen_random_uuid()",
    "state": "'DECIDED'", "created_at": _day("period", "1"), "created_by_id": "%(coordinator)s",
    "submitted_at": _day("period", "1"), "submitted_by_id": "%(coordinator)s",
    "decided_at": _day("period", "3"), "decided_by_id": "%(officer)s",
}  # fmt: skip
OPEN = """
FROM (
    SELECT n, n <= %(requests)s + %(waiting_requests)s AS decided
    FROM generate_series(
        %(requests)s + 1, %(requests)s + %(waiting_requests)s + %(undecided)s
    ) n
) asked
"""
OPEN_REQUESTS = REQUESTS | {
    "organisation_id": "1 + (n - %(requests)s - 1) %% %(schools)s",
    "period_id": "1 + %(periods)s", "number": "n - %(requests)s",
    "state": "CASE WHEN decided THEN 'DECIDED' ELSE 'SUBMITTED' END",
    "created_at": "now()", "submitted_at": "now()",
    "decided_at": "CASE WHEN decided THEN now() END",
    "decided_by_id": "CASE WHEN decided THEN %(officer)s END",
}  # fmt: skip
# Line n of the first nine periods has code n; next those waiting for a code, then for a decision.
EACH_LINE = """
FROM (
    SELECT n, %(handed_out)s + %(waiting)s AS granted, CASE
        WHEN n <= %(handed_out)s THEN 1 + (n - 1) %% %(requests)s
        WHEN n <= %(handed_out)s + %(waiting)s
            THEN %(requests)s + 1 + (n - %(handed_out)s - 1) %% %(waiting_requests)s
        ELSE %(requests)s + %(waiting_requests)s + n - %(handed_out)s - %(waiting)s
    END AS request_id
    FROM generate_series(1, %(handed_out)s + %(waiting)s + %(undecided)s) n
) line
JOIN vouchers_voucherrequest request ON request.id = line.request_id
JOIN schools_organisation school ON school.id = request.organisation_id
ORDER BY n
"""
LINES = {
    "id": "n", "request_id": "request.id", "organisation_id": "school.id",
    "period_id": "request.period_id", "position": "n", "reference": "'LL-' || n",
    "reference_key": "'ll-' || n", "school_id": "school.id",
    "education_type": "school.education_types[1]",
    "state": "CASE WHEN n <= granted THEN 'GRANTED' ELSE 'ASKED' END",
    "municipality": "school.municipality", "nis_code": "school.nis_code",
    "province": "school.province", "submitted_at": "request.submitted_at",
}  # fmt: skip
EACH_GRANTED = """
FROM vouchers_pupilline line JOIN vouchers_voucherrequest request ON request.id = line.request_id
WHERE line.state = 'GRANTED' ORDER BY line.id
"""
DECISIONS = {
    "line_id": "line.id", "granted": "true", "decided_at": "request.decided_at",
    "decided_by_id": "request.decided_by_id",
}  # fmt: skip
# Four in five are printed, three in five given to the family; one in a hundred was lost.
PRINTED, GIVEN, LOST = "n %% 5 < 4", "n %% 5 < 3", "n %% 100 = 0"
EACH_HANDED_OUT = """
FROM (SELECT n, (n - 1) %% %(requests)s %% %(periods)s AS period
      FROM generate_series(1, %(handed_out)s) n) line
"""
HAND_OUTS = {
    "id": "n", "voucher_id": "n", "line_id": "n", "handed_out_at": _day("period", "4"),
    "handed_out_by_id": "%(officer)s",
    "revealed_at": f"CASE WHEN {PRINTED} THEN {_day('period', '5')} END",
    "revealed_by_id": f"CASE WHEN {PRINTED} THEN %(coordinator)s END",
    "given_at": f"CASE WHEN {GIVEN} THEN {_day('period', '6')} END",
    "given_by_id": f"CASE WHEN {GIVEN} THEN %(coordinator)s END",
    "ended_at": f"CASE WHEN {LOST} THEN {_day('period', '20')} END",
    "ended_by_id": f"CASE WHEN {LOST} THEN %(officer)s END",
    "end_reason": f"CASE WHEN {LOST} THEN 'VOIDED' END",
}  # fmt: skip
IN_USE = "FROM vouchers_handout WHERE id %% 6 = 0 ORDER BY id"
ACTIVATIONS = {
    "hand_out_id": "id", "on": "handed_out_at::date + 10",
    "recorded_at": "handed_out_at + '12 days'", "file_id": "100 + id / 6 %% 60",
}  # fmt: skip
DONE = "FROM vouchers_handout WHERE id %% 60 = 0"
RENEWALS = {
    "hand_out_id": "id", "state": "'CONFIRMED'", "asked_at": "handed_out_at + '30 days'",
    "asked_by_id": "%(coordinator)s", "passed_at": "handed_out_at + '30 days'",
    "passed_by_id": "%(officer)s", "sent_at": "handed_out_at + '31 days'",
    "sent_by_id": "%(provider)s", "confirmed_at": "handed_out_at + '35 days'",
    "confirmed_by_id": "%(provider)s", "on": "handed_out_at::date + 34",
    "valid_until": "%(today)s + 400",
}  # fmt: skip
STILL_ASKED = (
    "FROM (SELECT id FROM vouchers_handout WHERE id %% 60 = 6 ORDER BY id LIMIT 1000) asked"
)
RENEWALS_ASKED = {"hand_out_id": "id", "asked_at": "now()", "asked_by_id": "%(coordinator)s"}
# As much history as such a database has, so that adding to it costs as much as there.
BORN = """
FROM (SELECT 'vouchers_voucher' AS name, id FROM vouchers_voucher
      UNION ALL SELECT 'vouchers_pupilline', id FROM vouchers_pupilline
      UNION ALL SELECT 'vouchers_handout', id FROM vouchers_handout) born
ORDER BY name, id
"""
HISTORY = {
    "transaction": "1", "table": "name", "row": "id", "operation": "'I'", "data": "'{}'::jsonb",
    "origin": "'bench'",
}  # fmt: skip
LAST_NUMBERS = """
UPDATE vouchers_period period SET last_number = asked.last
FROM (SELECT period_id, max(number) AS last FROM vouchers_voucherrequest GROUP BY 1) asked
WHERE asked.period_id = period.id
"""
ROWS: tuple[tuple[type[Model], str, dict[str, str]], ...] = (
    (ProviderFile, POOLS_FILES, CODE_FILES),
    (ProviderFile, "FROM generate_series(0, 59) n", ACTIVATION_FILES),
    (ProviderFileRow, "FROM vouchers_voucher ORDER BY id", FILE_ROWS),
    (VoucherRequest, OVER, REQUESTS),
    (VoucherRequest, OPEN, OPEN_REQUESTS),
    (PupilLine, EACH_LINE, LINES),
    (Decision, EACH_GRANTED, DECISIONS),
    (HandOut, EACH_HANDED_OUT, HAND_OUTS),
    (Activation, IN_USE, ACTIVATIONS),
    (Renewal, DONE, RENEWALS),
    (Renewal, STILL_ASKED, RENEWALS_ASKED),
    (HistoryEvent, BORN, HISTORY),
)
