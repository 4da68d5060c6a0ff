"""manage.py undo_succession OLD [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from schools import register
from schools.management.succession_command import SuccessionCommand


class Command(SuccessionCommand):
    """Undo a wrong merger or split: figures as of past days keep what was known then."""

    help = "Maakt een samenvoeging of splitsing ongedaan: de school gaat weer open."
    origin = "undo_succession"
    counted = "undone"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", help="nummer van de school die samenging of splitste")

    def handle(self, *args: Any, **options: Any) -> None:
        old = self.school(options["old"])
        self.succeed(
            lambda by: register.undo_succession(old=old, by=by, now=timezone.now()),
            lambda undone: f"{undone.successor} is geen opvolger meer van {old}.",
            options,
        )
