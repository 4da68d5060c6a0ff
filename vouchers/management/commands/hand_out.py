"""manage.py hand_out --period SLUG [--user EMAIL] [--json]: codes for everybody who waits."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from schools.history import coming_from
from schools.management.operator import OperatorCommand
from voucherportal.templatetags.portal import getal
from vouchers.actions import code_files, handing_out
from vouchers.actions.handing_out import PeriodHandedOut
from vouchers.models import Period
from vouchers.policies import NotAllowed


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
        done, refusal = PeriodHandedOut(from_pools={}, requests=()), ""
        try:
            with coming_from("command:hand_out", by=by):
                done = handing_out.hand_out_period(period=period, by=by, now=timezone.now())
        except NotAllowed as refused:
            refusal = refused.message
        else:
            # Committed. What follows for `done.requests` (mails) has its place here, as in a job.
            code_files.settle()
        self.answer(period, done, refusal, as_json=options["json"])

    def answer(self, period: Period, done: PeriodHandedOut, refusal: str, *, as_json: bool) -> None:
        """In words and as the last line; leaves with the exit status."""
        self.stdout.write(refusal or self.in_words(done))
        if as_json:
            summary: dict[str, Any] = {
                "period": period.slug,
                "codes": done.count,
                "requests": len(done.requests),
                "pools": [
                    {
                        "pool": pool.pk,
                        "provider": str(pool.agreement.provider),
                        "name": pool.name,
                        "codes": codes,
                    }
                    for pool, codes in done.from_pools.items()
                ],
                "refusal": refusal,
            }
            self.stdout.write(json.dumps(summary))
        if refusal:
            raise SystemExit(1)

    def in_words(self, done: PeriodHandedOut) -> str:
        """How many codes for how many requests, and from which pools."""
        pools = [
            f"{getal(codes)} uit {pool.agreement.provider}, {pool} (voorraad {pool.pk})"
            for pool, codes in done.from_pools.items()
        ]
        codes, requests = getal(done.count), getal(len(done.requests))
        return "\n".join([f"{codes} codes uitgereikt voor {requests} aanvragen.", *pools])
