"""What the commands that import an official file have in common: the steps and the output.

Tested in `schools.tests.test_register_commands`.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from schools.register import ImportResult
from schools.register_changes import Effect
from schools.register_rows import Remark

SHOWN_REMARKS = 50
WORDS = {
    Effect.CREATED: "nieuw",
    Effect.CHANGED: "gewijzigd",
    Effect.CLOSED: "gesloten",
    Effect.UNCHANGED: "ongewijzigd",
}


class RegisterCommand(OperatorCommand):
    """Exit status 0 done, 1 a row or the file refused, 2 wrong use. Warnings refuse nothing."""

    name = ""
    also: Sequence[str] = ()  # options that the action takes in addition

    def import_file(self, **file: Any) -> ImportResult:
        """Pass the file to the action of this command: content, name, by, now, dry_run."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="het bestand, zoals het gepubliceerd is")
        parser.add_argument(
            "--dry-run", action="store_true", help="kijk alleen na, er verandert niets"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting_if_known(options["user"])
        path: Path = options["file"]
        content = self.content(path)
        given = {name: options[name] for name in ("dry_run", *self.also)}
        try:
            with coming_from(f"command:{self.name}", by=by):
                result = self.import_file(
                    content=content, name=path.name, by=by, now=timezone.now(), **given
                )
        except Refused as refused:
            self.stdout.write(refused.message)
            self.answer(None, refused.message, **options)
        else:
            self.say(result.refused, "")
            self.say(result.warnings, "Let op: ")
            self.answer(result, "", **options)

    def say(self, remarks: Sequence[Remark], prefix: str) -> None:
        """The first remarks, each with its line."""
        for remark in remarks[:SHOWN_REMARKS]:
            line = f"regel {remark.line}: " if remark.line else ""
            sentence = f"{prefix}{line}{remark.text}"
            self.stdout.write(sentence[0].upper() + sentence[1:])
        if (rest := len(remarks) - SHOWN_REMARKS) > 0:
            self.stdout.write(f"{prefix}… en nog {rest} regels.")

    def answer(self, result: ImportResult | None, refusal: str, **options: Any) -> None:
        """Counts in words and, with --json, as the last line; leaves with the exit status."""
        counts = {effect.value: result.counts[effect] if result else 0 for effect in Effect}
        refused = result.refused if result else ()
        if result:
            for effect, word in WORDS.items():
                self.stdout.write(f"{counts[effect]} {word}")
            self.stdout.write(f"{len(refused)} geweigerd")
        if options["dry_run"]:
            self.stdout.write("Er is niets gewijzigd: dit was een proef.")
        if options["json"]:
            summary = {
                **counts,
                "refused": len(refused),
                "rows": result.rows if result else 0,
                "dry_run": options["dry_run"],
                "refusal": refusal,
                "refusals": _as_json(refused),
                "warnings": _as_json(result.warnings if result else ()),
            }
            self.stdout.write(json.dumps(summary))
        if refusal or refused:
            raise SystemExit(1)


def _as_json(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    return [{"line": remark.line, "text": remark.text} for remark in remarks]
