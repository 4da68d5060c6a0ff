"""manage.py hand_out --period SLUG [--user EMAIL] [--json]: codes for everybody who waits."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from schools.history import coming_from
from schools.management.operator import OperatorCommand
from voucherportal.templatetags.portal import getal
from vouchers.actions import jobs
from vouchers.models import Job, Period, Pool
from vouchers.policies import NotAllowed
from vouchers.tasks import worker_name


class Command(OperatorCommand):
    """Exit status 0 done, 1 refused (too few codes, nobody waits, closed), 2 wrong use."""

    help = "Reikt in één keer een code uit aan elke goedgekeurde leerling van een golf die wacht."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="SLUG", help="welke golf")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting(options["user"])
        period = Period.objects.filter(slug=options["period"]).first()
        if period is None:
            raise CommandError(f"Er is geen golf {options['period']}.", returncode=2)
        now, refusal, job = timezone.now(), "", Job()
        try:
            with coming_from("command:hand_out", by=by):
                job = jobs.enqueue(
                    kind=Job.Kind.HAND_OUT, period=period, by=by, now=now, sent=False
                )
                done = jobs.run(job_id=job.pk, worker=worker_name(), now=now)
        except NotAllowed as refused:
            refusal = refused.message
        else:
            job.refresh_from_db()
            refusal = job.error if done else f"{period} wordt net uitgereikt, door taak {job.pk}."
        self.answer(period, job.result, refusal, as_json=options["json"])

    def answer(
        self, period: Period, result: dict[str, Any], refusal: str, *, as_json: bool
    ) -> None:
        """In words and as the last line; leaves with the exit status."""
        codes: dict[str, int] = result.get("pools", {})
        pools = Pool.objects.filter(pk__in=codes).select_related("agreement__provider")
        from_pools = {pool: codes[str(pool.pk)] for pool in pools.order_by("pk")}
        self.stdout.write(refusal or self.in_words(result, from_pools))
        if as_json:
            summary: dict[str, Any] = {
                "period": period.slug,
                "codes": result.get("codes", 0),
                "requests": result.get("requests", 0),
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

    def in_words(self, result: dict[str, Any], from_pools: dict[Pool, int]) -> str:
        """How many codes for how many requests, and from which pools."""
        pools = [
            f"{getal(codes)} uit {pool.agreement.provider}, {pool} (voorraad {pool.pk})"
            for pool, codes in from_pools.items()
        ]
        codes, requests = getal(result["codes"]), getal(result["requests"])
        return "\n".join([f"{codes} codes uitgereikt voor {requests} aanvragen.", *pools])
