"""manage.py drop_old_sign_ins [--json]: drop the facts about sign-ins that are past their term.

As the owner of the database: the portal's own login adds facts and cannot drop them.

Tested in `accounts.tests.test_dropping`.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from accounts import sign_ins
from accounts.sign_in_models import KEPT_MONTHS
from history.database_roles import as_owner


class Command(BaseCommand):
    """Exit status 0 done, 2 wrong use."""

    help = f"Wist feiten over aanmeldingen die ouder zijn dan {KEPT_MONTHS} maanden."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with as_owner():
                dropped = sign_ins.drop_old()
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(f"Gewist: {dropped}")
        if options["json"]:
            self.stdout.write(json.dumps({"dropped": dropped}))
