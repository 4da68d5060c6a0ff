"""What the commands that take a provider's file have in common: who acts, the steps, the answer."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from vouchers.actions.files import provider_files
from vouchers.actions.files.provider_files import Received
from vouchers.models import ProviderFile
from vouchers.states import GOOD_OUTCOMES, UNCHANGED_OUTCOMES, FileState, RowOutcome

SHOWN_ROWS = 50
FINE = GOOD_OUTCOMES | UNCHANGED_OUTCOMES


class FileCommand(OperatorCommand):
    """Exit status 0 done, 1 a row or the file was refused, 2 wrong use."""

    name = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="het CSV-bestand")

    def deliver(self, *, content: bytes, name: str, by: User, **options: Any) -> Received:
        """Receive the file, with what this command knows about it."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.acting(options["user"])
        content = self.content(options["file"])
        dry_run = options.get("dry_run", False)
        try:
            with coming_from(f"command:{self.name}", by=by):
                file, is_new = self.process(content, by, dry_run=dry_run, options=options)
        except Refused as refused:
            self.refuse(refused.message, **options)
        self.answer(file, is_new=is_new, dry_run=dry_run, as_json=options["json"])

    def process(
        self, content: bytes, by: User, *, dry_run: bool, options: dict[str, Any]
    ) -> tuple[ProviderFile, bool]:
        """Receive, check, apply; a dry run checks and rolls everything back."""
        if not dry_run:
            received = self.deliver(content=content, name=options["file"].name, by=by, **options)
            return self.steps(received.file, by), received.is_new
        with transaction.atomic():
            received = self.deliver(content=content, name=options["file"].name, by=by, **options)
            file = provider_files.check(file=received.file, now=timezone.now())
            self.write_rows(file)
            transaction.set_rollback(True)
        return file, received.is_new

    def steps(self, file: ProviderFile, by: User) -> ProviderFile:
        """Do what is not yet done of check and apply; the file as it is then."""
        file = provider_files.check(file=file, now=timezone.now())
        if file.state == FileState.CHECKED:
            provider_files.apply(file=file, by=by, now=timezone.now())
            provider_files.vacuum_after_load(file=file)
        file = ProviderFile.objects.defer("content").get(pk=file.pk)
        self.write_rows(file)
        return file

    def write_rows(self, file: ProviderFile) -> None:
        """The first rows that were left out, each with its line and reason."""
        left_out = file.rows.final().exclude(outcome__in=FINE).order_by("line")
        for row in left_out[:SHOWN_ROWS]:
            reason = row.detail or row.get_outcome_display()
            self.stdout.write(f"Regel {row.line}: {reason}")
        rest = sum(n for outcome, n in file.counts.items() if outcome not in FINE) - SHOWN_ROWS
        if rest > 0:
            self.stdout.write(f"… en nog {rest} regels.")

    def answer(self, file: ProviderFile, *, is_new: bool, dry_run: bool, as_json: bool) -> None:
        """Counts per outcome, in words and as the last line; exits with the status."""
        if not is_new:
            self.stdout.write("Dit bestand kennen we al. Er verandert niets.")
        if file.refusal:
            self.stdout.write(file.refusal)
        for outcome in RowOutcome:
            if outcome in file.counts:
                self.stdout.write(f"{file.counts[outcome]} {outcome.label}")
        if as_json:
            summary: dict[str, Any] = {
                "file": None if dry_run else file.pk,
                "state": file.state,
                "is_new": is_new,
                "dry_run": dry_run,
                "rows": sum(file.counts.values()),
                "counts": file.counts,
                "refusal": file.refusal,
            }
            self.stdout.write(json.dumps(summary))
        refused = file.state == FileState.REFUSED or not set(file.counts) <= FINE
        if refused:
            raise SystemExit(1)

    def refuse(self, sentence: str, **options: Any) -> NoReturn:
        """The file was not accepted: a sentence, and the object without counts."""
        self.stdout.write(sentence)
        if options["json"]:
            summary: dict[str, Any] = {
                "file": None,
                "state": None,
                "counts": {},
                "refusal": sentence,
            }
            self.stdout.write(json.dumps(summary))
        raise SystemExit(1)
