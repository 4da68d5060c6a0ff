"""The figures of a report, for people and machines that do not use the screen."""

import json
from argparse import ArgumentTypeError
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from reports import exports
from reports.figures import Dimension, Reading
from reports.tables import Question, Row, day_of, table
from voucherportal.csv_out import csv_lines
from vouchers.models import Period

# The columns of the JSON; issue 3 widens them.
COLUMNS = ("requested", "granted", "handed_out", "activated", "activation_rate")


def day(text: str) -> date:
    """A day as jjjj-mm-dd."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            _("{text} is geen dag. Schrijf ze als jjjj-mm-dd, zoals 2020-12-31.").format(text=text)
        ) from None


class Command(BaseCommand):
    """`report --by school`: rows on standard output, nothing else; exit status 2 on wrong use."""

    help = "De cijfers per school, type onderwijs of provincie, zoals bekend op een dag."

    def add_arguments(self, parser: CommandParser) -> None:
        """What may be asked."""
        parser.add_argument("--by", required=True, choices=Dimension.values)
        parser.add_argument("--period", metavar="SLUG", help="standaard: alle golven samen")
        parser.add_argument("--reading", choices=Reading.values, default=Reading.COHORT.value)
        parser.add_argument("--as-of", type=day, metavar="JJJJ-MM-DD", help="standaard: vandaag")
        parser.add_argument("--format", choices=["json", "csv"], default="json")
        parser.add_argument("--with-empty", action="store_true", help="ook rijen zonder leerlingen")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer; raises CommandError with exit status 2 for what cannot be asked."""
        today = day_of(timezone.now())
        as_of = options["as_of"] or today
        if as_of > today:
            raise CommandError(
                _("{day} is nog niet voorbij. Vraag vandaag of vroeger.").format(day=as_of),
                returncode=2,
            )
        question = Question(
            reading=options["reading"],
            as_of=as_of,
            period=self._period(options["period"]),
            with_empty=options["with_empty"],
        )
        answer = self._csv if options["format"] == "csv" else self._json
        answer(question, options["by"])

    def _period(self, slug: str | None) -> Period | None:
        if slug is None:
            return None
        found = Period.objects.filter(slug=slug).first()
        if found is None:
            known = ", ".join(Period.objects.latest_first().values_list("slug", flat=True))
            raise CommandError(
                _("Er is geen golf {slug}. Deze zijn er wel: {known}.").format(
                    slug=slug, known=known or _("geen enkele")
                ),
                returncode=2,
            )
        return found

    def _json(self, question: Question, dimension: str) -> None:
        rows = table(replace(question, only=frozenset(COLUMNS)), dimension)
        self.stdout.write(json.dumps([as_json(row) for row in rows], ensure_ascii=False))

    def _csv(self, question: Question, dimension: str) -> None:
        names, rows = exports.header(question, dimension), exports.rows(question, dimension)
        for line in csv_lines(names, rows):
            self.stdout.write(line, ending="")


def as_json(row: Row) -> dict[str, object]:
    """One row: where, and what counts there; shares from 0 to 1, null where there is none."""
    return {"key": row.key, "label": row.label, **{name: row.numbers[name] for name in COLUMNS}}
