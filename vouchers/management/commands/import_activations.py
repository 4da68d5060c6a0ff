"""manage.py import_activations FILE --provider SLUG --complete-until DATE [--dry-run] [--json]

Tested in `vouchers.management.tests.test_file_command`.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from common.management.operator import day_of
from vouchers.actions.files import provider_files
from vouchers.actions.files.provider_files import Received
from vouchers.management.file_command import FileCommand
from vouchers.models import Provider
from vouchers.states import FileKind


class Command(FileCommand):
    """What a provider reports of codes in use; with --dry-run only what would happen."""

    help = "Verwerkt een bestand met activaties van een provider."
    name = "import_activations"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--provider", required=True, metavar="SLUG", help="welke provider")
        parser.add_argument(
            "--complete-until",
            required=True,
            metavar="DATE",
            help="peildatum: tot en met welke dag staan alle activaties erin (jjjj-mm-dd)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="kijk alleen na, er verandert niets"
        )

    def deliver(self, *, content: bytes, name: str, by: User, **options: Any) -> Received:
        """The provider's file, complete up to a day."""
        provider = Provider.objects.filter(slug=options["provider"]).first()
        if provider is None:
            raise CommandError(f"Er is geen provider {options['provider']}.", returncode=2)
        complete_until = day_of("--complete-until", options["complete_until"])
        return provider_files.receive(
            kind=FileKind.ACTIVATIONS, provider=provider, name=name, content=content,
            complete_until=complete_until, by=by, now=timezone.now(),
        )  # fmt: skip
