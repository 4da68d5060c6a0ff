"""manage.py import_organisations FILE [--dry-run] [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

from typing import Any

from schools import register
from schools.management.register_command import RegisterCommand


class Command(RegisterCommand):
    """Municipalities and OCMWs; with --dry-run only what would happen."""

    help = "Leest gemeenten en OCMW's in."
    name = "import_organisations"

    def import_file(self, **file: Any) -> register.ImportResult:
        return register.import_organisations(**file)
