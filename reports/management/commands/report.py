"""The figures of a report, for people and machines that do not use the screen.

Tested in `reports.tests.test_report`.
"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.days import brussels_day
from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from reports.exports import export, file_of
from reports.figures import Dimension, Reading
from reports.tables import Question, Row, table
from vouchers.models import Export, Period


def day(text: str) -> date:
    """A day as jjjj-mm-dd."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            _("{text} is geen dag. Schrijf ze als jjjj-mm-dd, zoals 2020-12-31.").format(text=text)
        ) from None


class Command(OperatorCommand):
    """`report --by school`: rows on standard output or in a file, nothing else. Exit status 2 on
    wrong use, 1 when the person may not."""

    help = "De cijfers per school, type, provincie, golf of provider, zoals bekend op een dag."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", required=True, choices=Dimension.values)
        parser.add_argument("--period", metavar="SLUG", help="standaard: alle golven samen")
        parser.add_argument("--reading", choices=Reading.values, default=Reading.COHORT.value)
        parser.add_argument("--as-of", type=day, metavar="JJJJ-MM-DD", help="standaard: vandaag")
        parser.add_argument("--format", choices=["json", *Export.Format.values], default="json")
        parser.add_argument("--with-empty", action="store_true", help="ook rijen zonder leerlingen")
        parser.add_argument("--output", type=Path, metavar="BESTAND", help="nodig voor xlsx")
        parser.add_argument(
            "--user", metavar="EMAIL", help="wie het bestand meeneemt; standaard de enige beheerder"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer; raises CommandError with exit status 2 for what cannot be asked."""
        if options["format"] == Export.Format.XLSX and not options["output"]:
            raise CommandError(_("Zeg met --output waar het bestand komt."), returncode=2)
        question, dimension = self._question(options), Dimension(options["by"])
        if options["output"]:
            self._write(question, dimension, options)
        elif options["format"] == Export.Format.CSV:
            made = file_of(question, dimension, Export.Format.CSV)
            self.stdout.write(made.content.decode(), ending="")
        else:
            self.stdout.write(as_json(question, dimension))

    def _question(self, options: dict[str, Any]) -> Question:
        today = brussels_day(timezone.now())
        as_of = options["as_of"] or today
        if as_of > today:
            raise CommandError(
                _("{day} is nog niet voorbij. Vraag vandaag of vroeger.").format(day=as_of),
                returncode=2,
            )
        return Question(
            reading=options["reading"],
            as_of=as_of,
            period=self._period(options["period"]),
            with_empty=options["with_empty"],
        )

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

    def _write(self, question: Question, dimension: Dimension, options: dict[str, Any]) -> None:
        try:
            if options["format"] == "json":
                options["output"].write_text(f"{as_json(question, dimension)}\n", encoding="utf-8")
            else:
                self._export(question, dimension, options)
        except OSError as error:
            raise CommandError(
                _("{path} kan niet geschreven worden: {reason}.").format(
                    path=options["output"], reason=error.strerror
                ),
                returncode=2,
            ) from None

    def _export(self, question: Question, dimension: Dimension, options: dict[str, Any]) -> None:
        """The same file and record as from the screen; no record when it cannot be written."""
        by, now = self.acting(options["user"]), timezone.now()
        try:
            with coming_from("command:report", by=by), transaction.atomic():
                made = export(question, dimension, options["format"], by=by, now=now)
                options["output"].write_bytes(made.content)
        except Refused as refused:
            raise CommandError(refused.message, returncode=1) from None


def as_json(question: Question, dimension: Dimension) -> str:
    """A list of rows: its place and every figure; shares from 0 to 1, null where not counted."""
    rows = [_row(row) for row in table(question, dimension)]
    return json.dumps(rows, ensure_ascii=False)


def _row(row: Row) -> dict[str, object]:
    return {"key": row.key, "label": row.label, **row.numbers}
