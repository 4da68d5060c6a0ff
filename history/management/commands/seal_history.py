"""manage.py seal_history [--json]: seal now what beat would seal in its next round.

Tested in `history.tests.test_seals`.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from history.alarms import telling
from history.recording import coming_from
from history.seals import CannotSeal, last_seal, note, seal_all


class Command(BaseCommand):
    """Exit status 0 when everything finished is sealed, 1 when this database cannot be sealed."""

    help = "Verzegelt de geschiedenis van wat afgelopen is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sealed, refusal = 0, ""
        try:
            with coming_from("command:seal_history"), telling():
                sealed = seal_all(now=timezone.now())
        except CannotSeal as refused:
            refusal = refused.message
        last = last_seal()
        noted = note(last) if last else ""
        self.stdout.write(refusal or f"{sealed} gebeurtenissen verzegeld. Laatste zegel: {noted}")
        if options["json"]:
            self.stdout.write(json.dumps({"sealed": sealed, "last": noted, "refusal": refusal}))
        if refusal:
            raise SystemExit(1)
