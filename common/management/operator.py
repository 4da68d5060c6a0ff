"""What the operator's commands have in common: who acts, and the file they are given.

Tested in `schools.tests.test_register_commands` and `vouchers.management.tests.test_file_command`.
"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from common.tables.dates import parse_date
from common.uploads import megabytes

if TYPE_CHECKING:
    from accounts.models import User


def day_of(option: str, text: str) -> date:
    """The day that an option gives, in any format people here use; else CommandError, status 2."""
    try:
        return parse_date(text)
    except ValueError as wrong:
        raise CommandError(f"{option}: {wrong}", returncode=2) from None


class OperatorCommand(BaseCommand):
    """Exit status 0 done, 1 something was refused, 2 wrong use."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user", metavar="EMAIL", help="wie dit doet; standaard de enige beheerder"
        )
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def acting(self, email: str | None) -> "User":
        """Who does this: the person named, else the only administrator."""
        found = self.candidates(email)
        if len(found) == 1:
            return found[0]
        if email:
            raise CommandError(f"Niemand met adres {email} kan hier aanmelden.", returncode=2)
        raise CommandError(
            f"Er zijn {len(found)} beheerders. Zeg met --user EMAIL wie dit doet.", returncode=2
        )

    def acting_if_known(self, email: str | None) -> "User | None":
        """The same, but None when nobody is named and there is not exactly one administrator."""
        found = self.candidates(email)
        return self.acting(email) if email or len(found) == 1 else None

    def candidates(self, email: str | None) -> "list[User]":
        return get_user_model().objects.who_may_operate(email)

    def content(self, path: Path) -> bytes:
        """The content of the file, when it exists and is not too large."""
        try:
            size = path.stat().st_size
            if size > settings.UPLOAD_MAX_BYTES:
                raise CommandError(
                    f"{path.name} is groter dan {megabytes()} MB. "
                    "Splits het in kleinere bestanden.",
                    returncode=1,
                )
            return path.read_bytes()
        except OSError as error:
            raise CommandError(
                f"{path} kan niet gelezen worden: {error.strerror}.", returncode=2
            ) from None
