"""Fill an empty database with fictitious sample data, once; other data is refused.

Tested in `local.tests.test_demo_mark` and `history.tests.test_no_off_switch`.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from history.portal_mark import is_demo
from history.recording import coming_from
from local.demo_mark import RealData, mark_as_demo, refuse_real_data
from local.sample.everything import make_everything
from local.sample.people import Account
from local.sample.sizes import FULL, SMALL


class Command(BaseCommand):
    help = "Fill an empty database with fictitious sample data and write the accounts to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--small", action="store_true", help="the same story with a hundredth of the lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing; a database that has the sample data already is left as it is."""
        if not settings.DEMO:
            raise CommandError("demo_data works only where DEMO is on.", returncode=2)
        try:
            refuse_real_data()
        except RealData as refusal:
            raise CommandError(str(refusal)) from refusal
        if is_demo():
            self.stdout.write("The sample data is there already; nothing was changed.")
            return
        with coming_from("command:demo_data"), transaction.atomic():
            mark_as_demo()
            accounts = make_everything(SMALL if options["small"] else FULL, timezone.localdate())
        write_accounts(settings.LOCAL_DIR / "accounts.txt", accounts)
        self.stdout.write("Sample data made.")


def write_accounts(path: Path, accounts: list[Account]) -> None:
    """Addresses and passwords, readable by the owner of this clone only."""
    lines = [f"{each.user.email:28} {each.password:14} {each.what_for}" for each in accounts]
    names = [each.user.name for each in accounts if each.user.needs_second_factor]
    phone = reverse("demo_phone")
    lines += ["", f"Na het wachtwoord geven deze mensen een code van de oefentelefoon ({phone}):"]
    lines += ["  " + ", ".join(names)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
