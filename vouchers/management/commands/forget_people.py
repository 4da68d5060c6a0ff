"""manage.py forget_people [--dry-run] [--yes] [--user EMAIL] [--json]

Tested in `vouchers.actions.upkeep.tests.test_forgetting`.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from vouchers.actions.upkeep import forgetting


class Command(OperatorCommand):
    """Exit status 0 done, 1 refused, 2 wrong use."""

    help = "Wist naam en adres van wie geblokkeerd is of voor niemand werkt, na een termijn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="zeg alleen hoeveel mensen")
        parser.add_argument("--yes", action="store_true", help="vraag geen bevestiging")

    def handle(self, *args: Any, **options: Any) -> None:
        by, now = self.acting(options["user"]), timezone.now()
        people, refusal = forgetting.may_be_forgotten(now).count(), ""
        if people and not options["dry_run"]:
            if not options["yes"]:
                self.ask(people)
            try:
                with coming_from("command:forget_people", by=by):
                    people = forgetting.forget_people(by=by, now=now)
            except Refused as refused:
                refusal = refused.message
        self.stdout.write(refusal or self.in_words(people, dry_run=options["dry_run"]))
        if options["json"]:
            summary = {"people": people, "dry_run": options["dry_run"], "refusal": refusal}
            self.stdout.write(json.dumps(summary))
        if refusal:
            raise SystemExit(1)

    def in_words(self, people: int, *, dry_run: bool) -> str:
        """How many people, and why these."""
        months = settings.FORGET_AFTER_MONTHS
        if dry_run:
            return f"{people} keer naam en adres te wissen: langer dan {months} maanden weg."
        return f"{people} keer naam en adres gewist."

    def ask(self, people: int) -> None:
        """Ask for the number to be typed; anything else is wrong use."""
        if not sys.stdin.isatty():
            raise CommandError("Zeg met --yes dat je dit wil: het kan niet terug.", returncode=2)
        self.stdout.write(self.in_words(people, dry_run=True))
        if input(f"Dit kan niet ongedaan gemaakt worden. Typ {people} om te wissen: ") != str(
            people
        ):
            raise CommandError("Er is niets gewist.", returncode=2)
