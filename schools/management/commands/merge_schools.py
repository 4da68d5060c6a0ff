"""manage.py merge_schools OLD [OLD ...] --into NEW --on DATE [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from common.management.operator import day_of
from schools import register
from schools.management.succession_command import SuccessionCommand


class Command(SuccessionCommand):
    """Schools that continue as another one: closed on that day, with their successor."""

    help = "Voegt scholen samen: de oude sluiten en krijgen een opvolger."
    origin = "merge_schools"
    counted = "merged"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", nargs="+", help="nummers van de scholen die opgaan")
        parser.add_argument("--into", required=True, metavar="NEW", help="nummer van de opvolger")
        parser.add_argument(
            "--on", required=True, metavar="DATE", help="vanaf welke dag (jjjj-mm-dd)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old = [self.school(number) for number in options["old"]]
        into = self.school(options["into"])
        on = day_of("--on", options["on"])
        self.succeed(
            lambda by: register.merge_schools(old=old, into=into, on=on, by=by, now=timezone.now()),
            lambda made: f"{made.predecessor} ging op in {into}.",
            options,
        )
