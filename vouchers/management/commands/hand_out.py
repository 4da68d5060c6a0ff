"""manage.py hand_out --period SLUG [--rule RULE] [--user EMAIL] [--json]: codes for those waiting.

Tested in `vouchers.actions.upkeep.tests.test_period_jobs`.
"""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from common.formats import as_number
from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from vouchers import policies
from vouchers.actions.hand_out.plan import Given, Plan
from vouchers.actions.hand_out.preview import preview_period
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, Period, Pool
from vouchers.states import DivisionRule
from vouchers.tasks import worker_name

RULES = {rule.lower().replace("_", "-"): rule.value for rule in DivisionRule}


class Command(OperatorCommand):
    """Exit status 0 done, 1 refused (too few codes, nobody waits, closed), 2 wrong use."""

    help = "Reikt in één keer een code uit aan elke goedgekeurde leerling van een golf die wacht."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="SLUG", help="welke golf")
        parser.add_argument(
            "--rule", choices=RULES, help="hoe je verdeelt als er te weinig codes zijn"
        )
        parser.add_argument(
            "--minimum", type=int, default=0, metavar="N", help="zoveel codes krijgt elk eerst"
        )
        parser.add_argument(
            "--only-queue", action="store_true", help="alleen wie wacht uit een eerdere verdeling"
        )
        parser.add_argument("--dry-run", action="store_true", help="zeg alleen wat er zou gebeuren")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting(options["user"])
        period = Period.objects.filter(slug=options["period"]).first()
        if period is None:
            raise CommandError(f"Er is geen golf {options['period']}.", returncode=2)
        if options["minimum"] < 0 or (options["minimum"] and not options["rule"]):
            raise CommandError("--minimum is 0 of meer, en hoort bij --rule.", returncode=2)
        rule = RULES.get(options["rule"], "")
        plan = Plan(rule, options["minimum"], options["only_queue"])
        do, refusal = (self.preview if options["dry_run"] else self.do), ""
        result: dict[str, Any] = {}
        try:
            result = do(period, plan, by, timezone.now())
        except Refused as refused:
            refusal = refused.message
        self.answer(period, result, refusal, options)

    def do(self, period: Period, plan: Plan, by: User, now: datetime) -> dict[str, Any]:
        """Hand out; returns what the job came to. Raises Refused with its sentence when
        it failed."""
        with coming_from("command:hand_out", by=by):
            job = jobs.enqueue(
                kind=Job.Kind.HAND_OUT,
                period=period,
                by=by,
                now=now,
                plan=plan.as_json(),
                sent=False,
            )
            done = jobs.run(job_id=job.pk, worker=worker_name(), now=now)
        job.refresh_from_db()
        refusal = job.error if done else f"{period} wordt net uitgereikt, door taak {job.pk}."
        if refusal:
            raise Refused(refusal, code="job-failed")
        return job.result

    def preview(self, period: Period, plan: Plan, by: User, now: datetime) -> dict[str, Any]:
        """The same numbers, without doing anything. Raises Refused when that would be refused."""
        lately = policies.admitted_lately(by, now)
        found = preview_period(period, now, plan, without=lately)
        policies.check_can_hand_out_period(by, period, found.waiting)
        if found.refusal and not (plan.rule and found.count):
            raise found.refusal
        if plan.rule:
            policies.check_can_divide(by, period, now)
        assert found.allocation
        return {
            "codes": found.count,
            "requests": len(Given.of(found.allocation, without=lately).requests),
            "pools": {str(each.pool.pk): each.codes for each in found.from_pools},
            "waiting": found.waiting - found.count,
        }

    def answer(
        self, period: Period, result: dict[str, Any], refusal: str, options: dict[str, Any]
    ) -> None:
        """In words and as the last line; exits with the status."""
        codes: dict[str, int] = result.get("pools", {})
        pools = Pool.objects.filter(pk__in=codes).select_related("agreement__provider")
        from_pools = {pool: codes[str(pool.pk)] for pool in pools.order_by("pk")}
        said = refusal or self.in_words(result, from_pools, dry_run=options["dry_run"])
        self.stdout.write(said)
        if options["json"]:
            summary: dict[str, Any] = {
                "period": period.slug,
                "codes": result.get("codes", 0),
                "requests": result.get("requests", 0),
                "waiting": result.get("waiting", 0),
                "division": result.get("division"),
                "pools": [
                    {
                        "pool": pool.pk,
                        "provider": str(pool.agreement.provider),
                        "name": pool.name,
                        "codes": taken,
                    }
                    for pool, taken in from_pools.items()
                ],
                "refusal": refusal,
            }
            self.stdout.write(json.dumps(summary))
        if refusal:
            raise SystemExit(1)

    def in_words(
        self, result: dict[str, Any], from_pools: dict[Pool, int], *, dry_run: bool
    ) -> str:
        """How many codes for how many requests, from which pools, and how many still wait."""
        codes, requests = as_number(result["codes"]), as_number(result["requests"])
        done = "zouden uitgereikt worden" if dry_run else "uitgereikt"
        pools = [
            f"{as_number(taken)} uit {pool.agreement.provider}, {pool} (voorraad {pool.pk})"
            for pool, taken in from_pools.items()
        ]
        waits = result.get("waiting", 0)
        left = [f"{as_number(waits)} leerlingen wachten dan nog."] if waits else []
        return "\n".join([f"{codes} codes {done} voor {requests} aanvragen.", *pools, *left])
