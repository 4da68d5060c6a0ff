"""manage.py merge_schools OLD [OLD ...] --into NEW --on DATE [--json] [--user EMAIL]"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from schools import register
from schools.history import coming_from
from schools.management.operator import OperatorCommand, day_of
from schools.models import Organisation
from schools.policies import NotAllowed
from schools.register import MergerRefused


class Command(OperatorCommand):
    """Schools that go on as another one: closed on that day, with their successor."""

    help = "Voegt scholen samen: de oude sluiten en krijgen een opvolger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", nargs="+", help="nummers van de scholen die opgaan")
        parser.add_argument("--into", required=True, metavar="NEW", help="nummer van de opvolger")
        parser.add_argument(
            "--on", required=True, metavar="DATE", help="vanaf welke dag (jjjj-mm-dd)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting_if_known(options["user"])
        old = [self.school(number) for number in options["old"]]
        into = self.school(options["into"])
        on = day_of("--on", options["on"])
        try:
            with coming_from("command:merge_schools", by=by):
                made = register.merge_schools(old=old, into=into, on=on, by=by)
        except (MergerRefused, NotAllowed) as refused:
            self.stdout.write(refused.message)
            self.answer(0, refused.message, as_json=options["json"])
            raise SystemExit(1) from None
        for succession in made:
            self.stdout.write(f"{succession.predecessor} ging op in {into}.")
        self.answer(len(made), "", as_json=options["json"])

    def school(self, number: str) -> Organisation:
        """The school with this number, zeros in front or not."""
        found = Organisation.objects.schools().filter(number=number.zfill(6)).first()
        if found is None:
            raise CommandError(f"Er is geen school met nummer {number}.", returncode=2)
        return found

    def answer(self, merged: int, refusal: str, *, as_json: bool) -> None:
        """With --json the last line says how many merged, or why none."""
        if as_json:
            self.stdout.write(json.dumps({"merged": merged, "refusal": refusal}))
