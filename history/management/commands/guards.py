"""Print the SQL of the triggers of an app, to freeze into a migration after changing its states."""

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = (
        "Print the trigger SQL of an app: manage.py guards vouchers > vouchers/migrations/NAME.sql"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app", choices=["schools", "vouchers"])

    def handle(self, *args: Any, **options: Any) -> None:
        statements = import_module(f"{options['app']}.guards").statements()
        self.stdout.write("\n".join(statements))
