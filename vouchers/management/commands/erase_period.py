"""manage.py erase_period SLUG [--dry-run] [--yes] [--user EMAIL] [--json]

Tested in `vouchers.actions.upkeep.tests.test_erasing`.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from common.days import brussels_day
from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from vouchers import policies
from vouchers.actions.upkeep import erasing, jobs
from vouchers.models import Job, Period
from vouchers.models.hand_outs import erasable_from
from vouchers.tasks import worker_name


class Command(OperatorCommand):
    """Exit status 0 done, 1 refused (too early, not closed, erased already), 2 wrong use."""

    help = "Wist codes, referenties, teksten en bestanden van een golf. De cijfers blijven."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("period", metavar="SLUG", help="welke golf")
        parser.add_argument("--dry-run", action="store_true", help="zeg alleen wat er gewist wordt")
        parser.add_argument("--yes", action="store_true", help="vraag geen bevestiging")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting(options["user"])
        period = Period.objects.filter(slug=options["period"]).first()
        if period is None:
            raise CommandError(f"Er is geen golf {options['period']}.", returncode=2)
        numbers, refusal = erasing.preview(period), self.refusal(by, period)
        if not refusal and not options["dry_run"]:
            if not options["yes"]:
                self.ask(period, numbers)
            numbers, refusal = self.erased(period, by)
        self.stdout.write(refusal or "\n".join(erasing.erased_in_words(numbers)))
        if options["json"]:
            summary = {"period": period.slug, "dry_run": options["dry_run"], "refusal": refusal}
            self.stdout.write(json.dumps(summary | numbers))
        if refusal:
            raise SystemExit(1)

    def refusal(self, by: User, period: Period) -> str:
        """Why it may not be erased today, "" when it may."""
        try:
            policies.check_can_erase(
                by, period, erasable_from(period), brussels_day(timezone.now())
            )
        except Refused as refused:
            return refused.message
        return ""

    def ask(self, period: Period, numbers: dict[str, int]) -> None:
        """Ask for the name of the period to be typed; anything else is wrong use."""
        if not sys.stdin.isatty():
            raise CommandError("Zeg met --yes dat je dit wil: het kan niet terug.", returncode=2)
        self.stdout.write("\n".join(erasing.erased_in_words(numbers)))
        typed = input(f"Dit kan niet ongedaan gemaakt worden. Typ {period.slug} om te wissen: ")
        if typed.strip() != period.slug:
            raise CommandError("Er is niets gewist.", returncode=2)

    def erased(self, period: Period, by: User) -> tuple[dict[str, int], str]:
        """Erase as a job, here and now; how many of each part, and why not all."""
        now = timezone.now()
        with coming_from("command:erase_period", by=by):
            job = jobs.enqueue(kind=Job.Kind.ERASE, period=period, by=by, now=now, sent=False)
            done = jobs.run(job_id=job.pk, worker=worker_name(), now=now)
        job.refresh_from_db()
        return job.result, job.error if done else f"Taak {job.pk} wist {period} al."
