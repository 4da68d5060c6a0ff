"""manage.py import_schools FILE [--dry-run] [--json] [--user EMAIL]

Tested in `schools.tests.test_register_commands`.
"""

from typing import Any

from schools import register
from schools.management.register_command import RegisterCommand


class Command(RegisterCommand):
    """Schools as the ministry publishes them; with --dry-run only what would happen."""

    help = "Leest de officiële lijst van scholen in."
    name = "import_schools"

    def import_file(self, **file: Any) -> register.ImportResult:
        return register.import_schools(**file)
