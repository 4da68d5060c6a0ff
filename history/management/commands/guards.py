"""Print the SQL of the triggers of an app, to freeze into a migration after changing its states.

Tested in `vouchers.database.tests.test_guards`.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from history.guarded_apps import guarded_apps, readable, statements_of


class Command(BaseCommand):
    help = (
        "Print the trigger SQL of an app: manage.py guards vouchers > vouchers/migrations/NAME.sql"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app", choices=guarded_apps())

    def handle(self, *args: Any, **options: Any) -> None:
        statements = [statement.strip() for statement in statements_of(options["app"])]
        ended = [s if s.endswith(";") else f"{s};" for s in statements]
        self.stdout.write("\n\n".join(readable(statement) for statement in ended))
