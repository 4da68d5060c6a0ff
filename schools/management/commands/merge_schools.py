"""manage.py merge_schools OLD [OLD ...] --into NEW --on DATE [--json] [--user EMAIL]"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from schools import register
from schools.history import coming_from
from schools.management.operator import OperatorCommand
from schools.models import Organisation
from schools.policies import NotAllowed
from schools.register import MergerRefused
from voucherportal.tabular import parse_date


def day(text: str) -> date:
    """A day as people here write it."""
    try:
        return parse_date(text)
    except ValueError as wrong:
        raise ArgumentTypeError(str(wrong)) from None


class Command(OperatorCommand):
    """Schools that go on as another one: closed on that day, with their successor."""

    help = "Voegt scholen samen: de oude sluiten en krijgen een opvolger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", nargs="+", help="nummers van de scholen die opgaan")
        parser.add_argument("--into", required=True, metavar="NEW", help="nummer van de opvolger")
        parser.add_argument(
            "--on", type=day, required=True, metavar="DATE",
            help="eerste dag van de nieuwe school (jjjj-mm-dd)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting_if_known(options["user"])
        old = [self.school(number) for number in options["old"]]
        into = self.school(options["into"])
        try:
            with coming_from("command:merge_schools", by=by):
                made = register.merge_schools(old=old, into=into, on=options["on"], by=by)
        except (MergerRefused, NotAllowed) as refused:
            self.stdout.write(refused.message)
            self.answer(0, refused.message, **options)
            raise SystemExit(1) from None
        for succession in made:
            self.stdout.write(f"{succession.predecessor} ging op in {into}.")
        self.answer(len(made), "", **options)

    def school(self, number: str) -> Organisation:
        """The school with this number, zeros in front or not."""
        found = Organisation.objects.schools().filter(number=number.zfill(6)).first()
        if found is None:
            raise CommandError(f"Er is geen school met nummer {number}.", returncode=2)
        return found

    def answer(self, merged: int, refusal: str, **options: Any) -> None:
        """With --json the last line says how many merged, or why none."""
        if options["json"]:
            summary = {"merged": merged, "on": options["on"].isoformat(), "refusal": refusal}
            self.stdout.write(json.dumps(summary))
