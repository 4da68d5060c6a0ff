"""manage.py import_schools FILE [--dry-run] [--json] [--user EMAIL]"""

from typing import Any

from schools import register
from schools.management.register_command import RegisterCommand


class Command(RegisterCommand):
    """Schools as the ministry publishes them; with --dry-run only what would happen."""

    help = "Leest de officiële lijst van scholen in."
    name = "import_schools"

    def import_file(self, **file: Any) -> register.ImportResult:
        """All of it in one transaction."""
        return register.import_schools(**file)
