"""`make real DATA=FOLDER`: everything from request to report on the ministry's own register, in one
command.

FOLDER has the files as the ministry publishes them; none of their content is kept. In a database of
its own, dropped afterwards, 2,300 of the real schools ask for 47,000 pupils through the same
actions and commands as everybody; codes and pupils are invented. Prints the time and the result of
each step. Exit status 1 when a report says something else than what happened, 2 for wrong use.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

DATABASE = "real_run"
QUEUE = "memory://nobody"  # with a host, otherwise kombu logs that it falls back to localhost
REGISTER, MUNICIPALITIES = "schoolregister_*.csv", "gemeenten_en_ocmw.csv"
PUPIL_COUNTS, SCHOOL_YEAR = "leerlingenaantallen_*.csv", "2021-2022"
PERIOD = "golf-echt"
DIMENSIONS = ("school", "education_type", "province")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many schools ask for how many pupils, and how many codes come into use."""

    schools: int = 2_300
    pupils: int = 47_000
    activated: int = 7_924


def main(arguments: Sequence[str]) -> int:
    """Run all steps with the files of the folder that is named."""
    folder = Path(arguments[0]) if len(arguments) == 1 else Path()
    if missing := missing_in(folder) if len(arguments) == 1 else "the folder itself":
        print(f"make real DATA=FOLDER needs {missing}.", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")
    django.setup()
    from celery import current_app
    from django.conf import settings

    from local import embedded

    current_app.conf.broker_url = QUEUE  # jobs and mails remain rows: no worker gets a message
    ownership = embedded.own(settings.EMBEDDED_ROOT) if settings.EMBEDDED_ROOT else None
    try:
        return in_a_database_of_its_own(folder)
    finally:
        if ownership:
            ownership.release()


def missing_in(folder: Path) -> str:
    """The first file that is missing, "" when all are there."""
    wanted = (REGISTER, MUNICIPALITIES, PUPIL_COUNTS)
    return next((name for name in wanted if not list(folder.glob(name))), "")


def in_a_database_of_its_own(folder: Path) -> int:
    """Create it, run all steps in it, drop it."""
    from benchmarks import databases

    try:
        databases.made(DATABASE)
        with tempfile.TemporaryDirectory() as scratch:
            return walk(Road(folder, Path(scratch), Sizes()))
    finally:
        databases.drop(DATABASE)


def walk(road: "Road") -> int:
    """Each step with its time; 1 when a total is not what happened or the books do not balance."""
    for what, step in road.steps():
        timed(what, step)
    happened = (road.sizes.pupils, road.sizes.activated)
    totals = {by: timed(f"report by {by}", partial(road.totals, by)) for by in DIMENSIONS}
    wrong = [by for by, total in totals.items() if total != happened]
    if wrong or road.command("balance"):
        print(f"Wrong: {', '.join(wrong) or 'the books'}; {happened} happened.", file=sys.stderr)
        return 1
    return 0


def timed(what: str, step: Callable[[], Any]) -> Any:
    """Do a step and print its time in seconds and its result."""
    started = time.monotonic()
    came_to = step()
    print(f"{what:32}{time.monotonic() - started:8.1f} s   {came_to}", flush=True)
    return came_to


class Road:
    """The steps, and what each leaves for the next."""

    def __init__(self, folder: Path, scratch: Path, sizes: Sizes) -> None:
        from django.utils import timezone

        self.folder = folder
        self.scratch = scratch
        self.sizes = sizes
        self.now = timezone.now()
        self.today: date = timezone.localdate(self.now)
        self.codes: dict[str, list[str]] = {}

    def steps(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """In order, each with its name."""
        yield "register of schools", lambda: self.imported("import_schools", REGISTER)
        yield (
            "municipalities and OCMWs",
            lambda: self.imported("import_organisations", MUNICIPALITIES),
        )
        yield (
            "pupils per school",
            lambda: self.imported(
                "import_pupil_counts", PUPIL_COUNTS, "--school-year", SCHOOL_YEAR
            ),
        )
        yield "officer, providers, period", self.set_up
        yield "codes loaded", self.load
        yield "coordinators", self.people
        yield "requests sent", self.ask
        yield "requests granted", self.grant
        yield "handed out", lambda: self.answer_of("hand_out", "--period", PERIOD)["codes"]
        yield "activations", self.activate

    def imported(self, command: str, name: str, *options: str) -> dict[str, int]:
        """Import one of the register's files, as an operator does."""
        (path,) = sorted(self.folder.glob(name))[-1:]
        said = self.answer_of(command, str(path), *options)
        return {key: said[key] for key in ("created", "changed", "closed", "unchanged", "refused")}

    def answer_of(self, *arguments: str) -> Any:
        """The last line of a command with --json, which includes what it refused."""
        said = StringIO()
        self.command(*arguments, "--json", output=said)
        return json.loads(said.getvalue().splitlines()[-1])

    def command(self, *arguments: str, output: StringIO | None = None) -> int:
        """Run a command of manage.py; returns its exit status."""
        from django.core.management import call_command

        try:
            call_command(*arguments, stdout=output or StringIO())
        except SystemExit as left:
            return int(left.code or 0)
        return 0

    def set_up(self) -> str:
        """An officer, the providers, and a wave that is open today."""
        from accounts.tests.factories import make_ministry_user
        from vouchers.models import Agreement, Period, Pool
        from vouchers.tests.factories import make_provider

        self.officer = make_ministry_user(
            email="beheer@echt.example", name="Proef", role="administrator"
        )
        first, last = self.today - timedelta(days=30), self.today + timedelta(days=30)
        Period.objects.create(
            slug=PERIOD,
            name="Golf echt",
            prefix="GE",
            asks_from=first,
            asks_until=last,
            reports_from=first,
            reports_until=last,
        )
        self.pools = []
        for slug in ("telenet", "proximus"):
            agreement = Agreement.objects.create(
                provider=make_provider(slug=slug, name=slug.title()),
                name="proef",
                starts_on=first,
                ends_on=last,
            )
            self.pools.append(
                Pool.objects.create(
                    agreement=agreement, name="proef", valid_until=last + timedelta(days=200)
                )
            )
        return "2 pools"

    def load(self) -> int:
        """Exactly as many codes as pupils, two thirds of them of the first provider."""
        first = self.sizes.pupils * 2 // 3
        shares = (first, self.sizes.pupils - first)
        for pool, share in zip(self.pools, shares, strict=True):
            slug = pool.agreement.provider.slug
            self.codes[slug] = [f"{slug[0].upper()}{uuid4().hex[:12]}" for _ in range(share)]
            rows = ["code;wachtwoord", *(f"{code};{code[::-1]}" for code in self.codes[slug])]
            self.answer_of("load_codes", self.file(f"{slug}.csv", rows), "--pool", str(pool.pk))
        from vouchers.models import Voucher

        return Voucher.objects.count()

    def file(self, name: str, rows: Sequence[str]) -> str:
        """A provider's file, deleted with the scratch folder."""
        path = self.scratch / name
        path.write_text("\r\n".join(rows), encoding="utf-8")
        return str(path)

    def people(self) -> int:
        """A coordinator with a password for each of the schools that ask."""
        from accounts.models import Membership, User
        from schools.models import Organisation

        schools = Organisation.objects.schools().existing_on(self.today).order_by("number")
        self.schools = list(schools[: self.sizes.schools])
        self.coordinators = User.objects.bulk_create(
            User(
                email=f"{each.number}@echt.example",
                name="Secretariaat",
                role="coordinator",
                password="md5$proef$proef",
            )
            for each in self.schools
        )
        Membership.objects.bulk_create(
            Membership(user=person, organisation=school)
            for person, school in zip(self.coordinators, self.schools, strict=True)
        )
        return len(self.schools)

    def ask(self) -> str:
        """Every school sends its request, the pupils divided evenly."""
        from schools.models import EducationType
        from vouchers.actions.requests import requests
        from vouchers.models import Period, PupilLine

        period = Period.objects.get(slug=PERIOD)
        each, more = divmod(self.sizes.pupils, len(self.schools))
        for n, (school, by) in enumerate(zip(self.schools, self.coordinators, strict=True)):
            lines = [
                requests.LineInput(reference=f"LL-{m:04d}", school=school)
                for m in range(each + (n < more))
            ]
            types = school.education_types or [EducationType.UNKNOWN]
            draft = requests.begin(
                organisation=school,
                period=period,
                lines=lines,
                by=by,
                now=self.now,
                defaults=requests.Defaults(education_type=types[0]),
                form_token=uuid4(),
            )
            requests.submit(request=draft, by=by, now=self.now)
        return f"{len(self.schools)} requests, {PupilLine.objects.count()} pupils"

    def grant(self) -> str:
        """The officer grants all of them."""
        from vouchers.actions.requests import requests
        from vouchers.models import VoucherRequest

        sent = VoucherRequest.objects.values_list("pk", flat=True)
        done = requests.grant_selection(requests=sent, by=self.officer, now=self.now)
        return f"{done.requests} requests, {done.lines} pupils, {len(done.refused)} refused"

    def activate(self) -> dict[str, Any]:
        """Both providers report what is in use, in one file each."""
        counts: dict[str, Any] = {}
        first = self.sizes.activated * 2 // 3
        shares = (first, self.sizes.activated - first)
        for (slug, codes), share in zip(self.codes.items(), shares, strict=True):
            rows = ["code;datum", *(f"{code};{self.today:%d/%m/%Y}" for code in codes[:share])]
            said = self.answer_of(
                "import_activations",
                self.file(f"{slug}-in-gebruik.csv", rows),
                "--provider",
                slug,
                "--complete-until",
                f"{self.today:%d/%m/%Y}",
            )
            counts[slug] = said["counts"]
        return counts

    def totals(self, by: str) -> tuple[int, int]:
        """Handed out and activated, added up over the rows of a report."""
        said = StringIO()
        self.command("report", "--by", by, "--period", PERIOD, output=said)
        rows = json.loads(said.getvalue())
        return sum(row["handed_out"] for row in rows), sum(row["activated"] for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
