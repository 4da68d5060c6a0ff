"""manage.py load_codes FILE --pool ID [--user EMAIL] [--json]: codes of a provider into a pool.

Tested in `vouchers.management.tests.test_file_command`.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from common.refused import Refused
from vouchers.actions.files import provider_files
from vouchers.actions.files.provider_files import Received
from vouchers.management.file_command import FileCommand
from vouchers.models import Pool
from vouchers.states import FileKind


class Command(FileCommand):
    """Encrypted and fingerprinted; a code that exists already is reported, not loaded twice."""

    help = "Laadt een bestand met codes in een voorraad."
    name = "load_codes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--pool", type=int, required=True, metavar="ID", help="nummer van de voorraad"
        )

    def deliver(self, *, content: bytes, name: str, by: User, **options: Any) -> Received:
        """The codes go to the named pool, even when we already know the file."""
        pool = Pool.objects.select_related("agreement__provider").filter(pk=options["pool"]).first()
        if pool is None:
            raise CommandError(f"Er is geen voorraad {options['pool']}.", returncode=2)
        received = provider_files.receive(
            kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool, name=name,
            content=content, by=by, now=timezone.now(),
        )  # fmt: skip
        if received.file.pool_id != pool.pk:
            raise Refused(
                f"Dit bestand is al geladen, in voorraad {received.file.pool}.",
                code="file-known-elsewhere",
            )
        return received
