"""Django's `migrate`, as the owner of the database; afterwards the application gets its rights.

Tested in `history.tests.test_database_roles`.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.core.management.commands import migrate

from history import database_roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database_roles.as_owner():
                super().handle(*args, **options)
                database_roles.give_rights()
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from refusal
