"""manage.py check_keys [--new-secret] [--json]: do the keys of this process fit the database?

Tested in `local.tests.test_starts`.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand

from history import keys
from vouchers.actions.upkeep.key_proofs import opens


class Command(BaseCommand):
    """Exit status 0 when all fit, 1 when one does not. Works on a restored database too."""

    help = "Zegt of de sleutels die hier staan bij deze databank horen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-secret",
            action="store_true",
            help="deze SECRET_KEY hoort voortaan bij de databank, ook al is de vorige weg",
        )
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_secret"]:
            keys.note_secret()
        refusal = ""
        try:
            keys.refuse_other_keys(opens)
        except ImproperlyConfigured as refused:
            refusal = str(refused)
        self.stdout.write(refusal or "Elke sleutel past.")
        if options["json"]:
            self.stdout.write(json.dumps({"fits": not refusal, "refusal": refusal}))
        if refusal:
            raise SystemExit(1)
