"""The data of the bench: a country's worth of vouchers, through the real schema, by bulk SQL.

At scale 1: 1,000,000 codes in 10 pools, 4,097 schools, 10 periods. The first nine hold 600,000
pupils with a code, of which a sixth is activated; the tenth is open and has 2,300 requests with
47,000 pupils who wait for one. Triggers are off meanwhile: filling is no measured part. Numbers
decide everything: code n, line n and hand-out n belong together.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from schools.models import EducationType, Organisation
from schools.official import PROVINCES
from vouchers import codes
from vouchers.actions.files.file_rows import batches, copy, rule_of
from vouchers.models import Agreement, Period, Pool, Provider
from vouchers.states import RenewalRule
from vouchers.tests.factories import make_provider, make_provider_user

# What triggers count, counted afterwards.
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
# Of ten pools eight are of the first provider, so that it has activations enough to tell.
POOLS_OF_FIRST = 8


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each, at a scale."""

    scale: float = 1.0

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
        """Of the first nine periods: one a school and period, as far as there are pupils."""
        return min((PERIODS - 1) * SCHOOLS, self.handed_out)


def code(number: int) -> str:
    """The code with this number, as the provider writes it."""
    return f"BENCH-{number:08d}"


def officer() -> User:
    """Who decides and hands out."""
    return User.objects.get(email="officer@bench.example")


def provider_user() -> User:
    """Who tells what became of the codes of the first provider."""
    return User.objects.get(email="provider@bench.example")


def coordinator() -> User:
    """Who acts for ten schools: more than a page of pupils, at any scale."""
    return User.objects.get(email="coordinator@bench.example")


def fill(size: Size) -> None:
    """All of it, into an empty database."""
    today = timezone.localdate()
    _schools()
    _people_and_pools(today)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    _codes(size)
    values = vars_of(size, today)
    with connection.cursor() as cursor:
        for statement in BULK:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")  # else the planner takes the tables for empty
        cursor.execute(COUNTED_SO_FAR)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def vars_of(size: Size, today: date) -> dict[str, Any]:
    """What the statements below ask by name."""
    return {
        "codes": size.codes, "handed_out": size.handed_out, "waiting": size.waiting,
        "waiting_requests": size.waiting_requests, "undecided": size.undecided,
        "requests": size.requests, "schools": SCHOOLS, "periods": PERIODS - 1, "pools": POOLS,
        "first_day": first_day(1, today), "days": PERIOD_DAYS, "today": today,
        "officer": officer().pk, "coordinator": coordinator().pk, "provider": provider_user().pk,
    }  # fmt: skip


def first_day(period: int, today: date) -> date:
    """Of a period; the last one is open today."""
    return today - timedelta(days=30 + PERIOD_DAYS * (PERIODS - period))


def _schools() -> None:
    places = [(f"{nis:0<5}", province) for nis, province in PROVINCES.items()]
    kinds = list(EducationType.values)
    Organisation.objects.bulk_create(
        Organisation(
            pk=n, kind=Organisation.Kind.SCHOOL, number=f"{100_000 + n}", name=f"School {n % 900}",
            municipality=f"Gemeente {n % 285}", nis_code=places[n % len(places)][0],
            province=places[n % len(places)][1], education_types=[kinds[n % len(kinds)]],
        )
        for n in range(1, SCHOOLS + 1)
    )  # fmt: skip


def _people_and_pools(today: date) -> None:
    make_ministry_user(email="officer@bench.example")
    make_coordinator(*Organisation.objects.filter(pk__lte=10), email="coordinator@bench.example")
    providers = [make_provider(id=1), make_provider(id=2, slug="proximus", name="Proximus")]
    make_provider_user(providers[0], email="provider@bench.example")
    agreements = [
        Agreement.objects.create(
            provider=provider, name="bench",
            starts_on=first_day(1, today), ends_on=today + timedelta(days=800),
        )
        for provider in providers
    ]  # fmt: skip
    for n in range(1, POOLS + 1):
        Pool.objects.create(
            pk=n, agreement=agreements[n > POOLS_OF_FIRST], name=f"voorraad {n}",
            valid_until=today + timedelta(days=700 + n), renewal_rule=RenewalRule.AT_ONCE,
        )  # fmt: skip
    for n in range(1, PERIODS + 1):
        start, end = first_day(n, today), first_day(n + 1, today) - timedelta(days=1)
        Period.objects.create(
            pk=n, slug=f"golf-{n}", name=f"Golf {n}", prefix=f"B{n}", reports_from=start,
            reports_until=end, asks_from=start,
            asks_until=end if n < PERIODS else today + timedelta(days=365),
        )  # fmt: skip


COPY_CODES = """
COPY vouchers_voucher
    (fingerprint_key_id, id, pool_id, provider_id, file_id, line, slot, fingerprint, key_id, secret,
     loaded_at, state, void_reason, voided_at, voided_by_id)
FROM STDIN
"""


def _codes(size: Size) -> None:
    """Code n is in pool 1 + n % POOLS; the first are handed out, one in a hundred of them void."""
    providers = {pool.pk: pool.agreement.provider for pool in
                 Pool.objects.select_related("agreement__provider")}  # fmt: skip
    rules = {provider.pk: rule_of(provider) for provider in providers.values()}
    now, by = timezone.now().isoformat(), officer().pk

    def row(n: int) -> tuple[object, ...]:
        pool = 1 + n % POOLS
        provider: Provider = providers[pool]
        mark = codes.fingerprint(code(n), rules[provider.pk])
        sealed = codes.seal_code(
            {"code": code(n), "wachtwoord": f"pw-{n}"}, provider_id=provider.pk, fingerprint=mark
        )
        out = n <= size.handed_out
        void = out and n % 100 == 0
        state = "VOID" if void else "OUT" if out else "AVAILABLE"
        end = ("LOST", now, by) if void else ("", None, None)
        return (
            n, pool, provider.pk, pool, 2 + n // POOLS, 1 + n // POOLS, mark, sealed.key_id,
            sealed.secret, now, state, *end,
        )  # fmt: skip

    for numbers in batches(range(1, size.codes + 1), 20_000):
        copy(COPY_CODES, map(row, numbers), prefix=[codes.current_keys().fingerprint])


DAY = "(%(first_day)s::date + {period} * %(days)s + {after})::timestamptz"


def _day(period: str, after: str) -> str:
    """A moment so many days into the period with this number, counted from 0."""
    return DAY.format(period=period, after=after)


FILES = """
INSERT INTO vouchers_providerfile
    (id, kind, provider_id, pool_id, complete_until, name, size, digest, digest_key_id, key_id,
     content, state, uploaded_at, uploaded_by_id, checked_at, refusal, counts, applied_at,
     applied_by_id)
SELECT pool.id, 'CODES', agreement.provider_id, pool.id, NULL, 'codes.csv', 1,
    sha256(pool.id::text::bytea), '', '', ''::bytea, 'APPLIED', now(), %(officer)s, now(), '',
    jsonb_build_object('NEW', %(codes)s / %(pools)s), now(), %(officer)s
FROM vouchers_pool pool JOIN vouchers_agreement agreement ON agreement.id = pool.agreement_id
UNION ALL
SELECT 100 + n, 'ACTIVATIONS', 1 + n %% 2, NULL, %(today)s, 'activaties-' || n || '.csv', 1,
    sha256((100 + n)::text::bytea), '', '', ''::bytea, 'APPLIED', now(), %(provider)s, now(), '',
    jsonb_build_object('NEW', %(handed_out)s / 6 / 60), now(), %(provider)s
FROM generate_series(0, 59) n
"""
FILE_ROWS = """
INSERT INTO vouchers_providerfilerow (file_id, line, outcome, detail, voucher_id, at_apply)
SELECT file_id, line, 'NEW', '', NULL, false FROM vouchers_voucher ORDER BY id
"""
REQUESTS = f"""
INSERT INTO vouchers_voucherrequest
    (id, organisation_id, period_id, number, form_token, state, education_type, wish, note,
     question, created_at, created_by_id, submitted_at, submitted_by_id, decided_at, decided_by_id)
SELECT n, 1 + (n - 1) / %(periods)s %% %(schools)s, 1 + period, n, gen_random_uuid(), 'DECIDED',
    '', 'NONE', '', '', {_day("period", "1")}, %(coordinator)s, {_day("period", "1")},
    %(coordinator)s, {_day("period", "3")}, %(officer)s
FROM (SELECT n, (n - 1) %% %(periods)s AS period FROM generate_series(1, %(requests)s) n) asked
UNION ALL
SELECT n, 1 + (n - %(requests)s - 1) %% %(schools)s, 1 + %(periods)s, n - %(requests)s,
    gen_random_uuid(), CASE WHEN decided THEN 'DECIDED' ELSE 'SUBMITTED' END, '', 'NONE', '', '',
    now(), %(coordinator)s, now(), %(coordinator)s,
    CASE WHEN decided THEN now() END, CASE WHEN decided THEN %(officer)s END
FROM (
    SELECT n, n <= %(requests)s + %(waiting_requests)s AS decided
    FROM generate_series(
        %(requests)s + 1, %(requests)s + %(waiting_requests)s + %(undecided)s
    ) n
) asked
"""
# Line n of the first nine periods has code n; then those who wait for a code, then for a decision.
LINES = """
INSERT INTO vouchers_pupilline
    (id, request_id, organisation_id, period_id, position, reference, reference_key, school_id,
     education_type, wish, state, municipality, nis_code, province, submitted_at)
SELECT n, request.id, school.id, request.period_id, n, 'LL-' || n, 'll-' || n, school.id,
    school.education_types[1], 'NONE', CASE WHEN n <= granted THEN 'GRANTED' ELSE 'ASKED' END,
    school.municipality, school.nis_code, school.province, request.submitted_at
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
DECISIONS = """
INSERT INTO vouchers_decision (line_id, granted, reason, decided_at, decided_by_id)
SELECT line.id, true, '', request.decided_at, request.decided_by_id
FROM vouchers_pupilline line JOIN vouchers_voucherrequest request ON request.id = line.request_id
WHERE line.state = 'GRANTED' ORDER BY line.id
"""
# Four in five are printed, three in five given; one in a hundred was lost.
HAND_OUTS = f"""
INSERT INTO vouchers_handout
    (id, voucher_id, line_id, handed_out_at, handed_out_by_id, revealed_at, revealed_by_id,
     given_at, given_by_id, ended_at, ended_by_id, end_reason)
SELECT n, n, n, {_day("period", "4")}, %(officer)s,
    CASE WHEN n %% 5 < 4 THEN {_day("period", "5")} END,
    CASE WHEN n %% 5 < 4 THEN %(coordinator)s END,
    CASE WHEN n %% 5 < 3 THEN {_day("period", "6")} END,
    CASE WHEN n %% 5 < 3 THEN %(coordinator)s END,
    CASE WHEN n %% 100 = 0 THEN {_day("period", "20")} END,
    CASE WHEN n %% 100 = 0 THEN %(officer)s END,
    CASE WHEN n %% 100 = 0 THEN 'VOIDED' END
FROM (SELECT n, (n - 1) %% %(requests)s %% %(periods)s AS period
      FROM generate_series(1, %(handed_out)s) n) line
"""
ACTIVATIONS = """
INSERT INTO vouchers_activation (hand_out_id, "on", recorded_at, file_id)
SELECT hand_out.id, hand_out.handed_out_at::date + 10, hand_out.handed_out_at + '12 days',
    100 + hand_out.id / 6 %% 60
FROM vouchers_handout hand_out WHERE hand_out.id %% 6 = 0 ORDER BY hand_out.id
"""
RENEWALS = """
INSERT INTO vouchers_renewal
    (hand_out_id, state, asked_at, asked_by_id, passed_at, passed_by_id, sent_at, sent_by_id,
     confirmed_at, confirmed_by_id, "on", valid_until, reason)
SELECT id, 'CONFIRMED', handed_out_at + '30 days', %(coordinator)s, handed_out_at + '30 days',
    %(officer)s, handed_out_at + '31 days', %(provider)s, handed_out_at + '35 days', %(provider)s,
    handed_out_at::date + 34, %(today)s + 400, ''
FROM vouchers_handout WHERE id %% 60 = 0
UNION ALL
SELECT id, 'ASKED', now(), %(coordinator)s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ''
FROM (SELECT id FROM vouchers_handout WHERE id %% 60 = 6 ORDER BY id LIMIT 1000) asked
"""
# History as long as that of such a database, so that adding to it costs what it does there.
HISTORY = """
INSERT INTO history_historyevent (transaction, "table", "row", operation, data, origin, reason)
SELECT 1, name, id, 'I', '{}'::jsonb, 'bench', ''
FROM (SELECT 'vouchers_voucher' AS name, id FROM vouchers_voucher
      UNION ALL SELECT 'vouchers_pupilline', id FROM vouchers_pupilline
      UNION ALL SELECT 'vouchers_handout', id FROM vouchers_handout) born
ORDER BY name, id
"""
LAST_NUMBERS = """
UPDATE vouchers_period period SET last_number = asked.last
FROM (SELECT period_id, max(number) AS last FROM vouchers_voucherrequest GROUP BY 1) asked
WHERE asked.period_id = period.id
"""
BULK = (
    FILES, FILE_ROWS, REQUESTS, LINES, DECISIONS, HAND_OUTS, ACTIVATIONS, RENEWALS, HISTORY,
    LAST_NUMBERS,
)  # fmt: skip
