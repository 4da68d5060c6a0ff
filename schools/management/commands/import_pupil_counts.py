"""manage.py import_pupil_counts FILE --school-year 2021-2022 [--dry-run] [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from schools import register
from schools.management.register_command import RegisterCommand


class Command(RegisterCommand):
    """Pupils per school in one school year; with --dry-run only what would happen."""

    help = "Leest het aantal leerlingen per school in."
    name = "import_pupil_counts"
    also = ("school_year",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--school-year",
            required=True,
            metavar="2021-2022",
            help="van welk schooljaar de aantallen zijn",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        years = re.fullmatch("([0-9]{4})-([0-9]{4})", options["school_year"])
        if not years or int(years[2]) != int(years[1]) + 1:
            raise CommandError("Schrijf het schooljaar als 2021-2022.", returncode=2)
        super().handle(*args, **options)

    def import_file(self, **file: Any) -> register.ImportResult:
        return register.import_pupil_counts(**file)
