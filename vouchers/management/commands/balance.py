"""manage.py balance [--json]: prove that no code is missing or counted twice (rule 2).

Tested in `vouchers.tests.test_books`.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from vouchers.books import PoolBalance, balance, miscounted_requests


class Command(BaseCommand):
    """Exit status 0 when every pool and every count of lists holds, else 1, with what is off."""

    help = "Controleert per voorraad of de boekhouding van de codes klopt."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pools = balance()
        for pool in pools:
            for line in self.lines_of(pool):
                self.stdout.write(line)
        miscounted = miscounted_requests()
        if miscounted:
            self.stdout.write(f"KLOPT NIET: aantallen van {miscounted} aanvragen in de lijst")
        if options["json"]:
            self.stdout.write(json.dumps(self.summary(pools, miscounted)))
        if miscounted or any(pool.off for pool in pools):
            sys.exit(1)

    def lines_of(self, pool: PoolBalance) -> list[str]:
        """A pool in words: one line when it balances, and one for each thing that is off."""
        name = f"{pool.provider}, {pool.pool} (voorraad {pool.pool_id})"
        if not pool.off:
            return [f"Klopt: {name}, {pool.loaded} codes"]
        return [
            f"KLOPT NIET: {name}: {each.title} ({each.left} ≠ {each.right})" for each in pool.off
        ]

    def summary(self, pools: list[PoolBalance], miscounted: int) -> dict[str, Any]:
        """All numbers, and per pool the names of the equations that are off."""
        return {
            "balanced": not miscounted and not any(pool.off for pool in pools),
            "miscounted_requests": miscounted,
            "pools": [
                {
                    "pool": pool.pool_id,
                    "provider": pool.provider,
                    "name": pool.pool,
                    "loaded": pool.loaded,
                    "available": pool.available,
                    "held": pool.held,
                    "out": pool.out,
                    "void": pool.void,
                    "accepted": pool.accepted,
                    "live": pool.live,
                    "off": [
                        {"equation": each.name, "left": each.left, "right": each.right}
                        for each in pool.off
                    ],
                }
                for pool in pools
            ],
        }
