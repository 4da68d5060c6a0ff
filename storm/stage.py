"""What the storm works on: pools full of codes, schools whose requests are granted, and the
actors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.models import Agreement, Period, Pool
from vouchers.states import Wish
from vouchers.tests.factories import load_codes, make_provider
from vouchers.tests.many import ANY, Wanted, granted_requests

PROVIDERS = {"telenet": "Telenet", "proximus": "Proximus"}
SPARE = 1.1  # codes per pupil, so that a shortage is never the reason
VIA_JOB = 5  # one request in this many is handed out with its whole period, by a job of the worker


@dataclass(frozen=True, slots=True)
class Size:
    """How many codes are handed out, by how many processes at once, for how many schools."""

    codes: int = 47_000
    processes: int = 64
    schools: int = 300
    pupils: int = 20  # per request

    @property
    def requests(self) -> int:
        return self.codes // self.pupils


@dataclass(frozen=True, slots=True)
class Stage:
    """The actors (ids) and what they act on. `requests`: those that the clients hand out;
    `period_for_job`: the one that a job hands out; `loaded`: the identifier of every code."""

    officer: int
    coordinators: dict[int, int]  # organisation → its coordinator
    requests: list[int]
    period_for_job: int
    loaded: list[str]


def build(size: Size) -> Stage:
    """Fill an empty database."""
    chance = Random(size.codes)
    officer = make_ministry_user(email="officer@storm.example", name="Olga Officier")
    pools = [_pool(slug, name) for slug, name in PROVIDERS.items()]
    loaded = [code for pool in pools for code in _load(pool, size, officer)]
    schools = [make_school(number=f"{900_000 + n:06d}") for n in range(size.schools)]
    people = [
        make_coordinator(school, email=f"{school.number}@storm.example", name="Secretariaat")
        for school in schools
    ]
    periods = [_period("storm", "GS"), _period("storm-taak", "GT")]
    wishes: list[Wanted] = [
        *[ANY] * 6,
        *((Wish.PREFER, pool.agreement.provider) for pool in pools),
        (Wish.ONLY, pools[-1].agreement.provider),  # the pool that the others draw from last
    ]
    asked: list[list[int]] = [[], []]
    for n, (school, person) in enumerate(zip(schools, people, strict=True)):
        for via_job, share in enumerate(_shares(size, n)):
            wanted = [[chance.choice(wishes) for _ in range(size.pupils)] for _ in range(share)]
            asked[via_job] += _granted(wanted, periods[via_job], school, person, officer)
    chance.shuffle(asked[0])
    return Stage(
        officer=officer.pk,
        coordinators={school.pk: person.pk for school, person in zip(schools, people, strict=True)},
        requests=asked[0],
        period_for_job=periods[1].pk,
        loaded=loaded,
    )


def _shares(size: Size, n: int) -> tuple[int, int]:
    """How many requests of the nth school are handed out by the clients, and by the job."""
    each, more = divmod(size.requests, size.schools)
    mine = each + (n < more)
    via_job = sum((n + k) % VIA_JOB == 0 for k in range(mine))
    return mine - via_job, via_job


def _granted(
    wanted: Sequence[Sequence[Wanted]],
    period: Period,
    school: Organisation,
    person: User,
    officer: User,
) -> list[int]:
    if not wanted:
        return []
    made = granted_requests(
        wanted, period=period, school=school, by=person, officer=officer, now=timezone.now()
    )
    return [request.pk for request in made]


def _pool(slug: str, name: str) -> Pool:
    """A pool that can be handed out today, of an agreement that covers today."""
    today = timezone.localdate()
    agreement = Agreement.objects.create(
        provider=make_provider(slug=slug, name=name),
        name="storm",
        starts_on=today - timedelta(days=60),
        ends_on=today + timedelta(days=60),
    )
    return Pool.objects.create(
        agreement=agreement, name="storm", valid_until=today + timedelta(days=300)
    )


def _period(slug: str, prefix: str) -> Period:
    today = timezone.localdate()
    first, last = today - timedelta(days=30), today + timedelta(days=30)
    return Period.objects.create(
        slug=slug,
        name=slug,
        prefix=prefix,
        asks_from=first,
        asks_until=last,
        reports_from=first,
        reports_until=last,
    )


def _load(pool: Pool, size: Size, officer: User) -> list[str]:
    """This provider's share of the codes, with some to spare, from a file as a provider sends
    it."""
    slug = pool.agreement.provider.slug
    codes = [f"{slug[0].upper()}{n:08d}" for n in range(int(size.codes * SPARE) // len(PROVIDERS))]
    load_codes(pool, by=officer, codes=codes, now=timezone.now())
    return codes
