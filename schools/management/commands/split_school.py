"""manage.py split_school OLD --into NEW [NEW ...] --on DATE [--goes-on] [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from common.management.operator import day_of
from schools import register
from schools.management.succession_command import SuccessionCommand


class Command(SuccessionCommand):
    """A school that becomes several: each a successor; the old one is closed or one of them."""

    help = "Splitst een school: ze sluit of gaat zelf door, met haar opvolgers."
    origin = "split_school"
    counted = "successors"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", help="nummer van de school die splitst")
        parser.add_argument(
            "--into", required=True, nargs="+", metavar="NEW", help="nummers van de opvolgers"
        )
        parser.add_argument(
            "--on", required=True, metavar="DATE", help="vanaf welke dag (jjjj-mm-dd)"
        )
        parser.add_argument(
            "--goes-on", action="store_true", help="de school gaat zelf door naast de opvolgers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old = self.school(options["old"])
        into = [self.school(number) for number in options["into"]]
        on = day_of("--on", options["on"])
        self.succeed(
            lambda by: register.split_school(
                old=old,
                into=into,
                on=on,
                goes_on=options["goes_on"],
                by=by,
                now=timezone.now(),
            ),
            lambda made: f"{old} splitste: {made.successor} is een opvolger.",
            options,
        )
