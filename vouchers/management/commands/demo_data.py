"""Fill an empty database with fictitious sample data, once; other data is refused."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from schools.demo_mark import RealData, is_demo, mark_as_demo, refuse_real_data
from schools.history import coming_from
from vouchers.demo.people import Account, make_organisations, make_people
from vouchers.demo.story import Story, make_providers


class Command(BaseCommand):
    help = "Fill an empty database with fictitious sample data and write the accounts to a file."

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
            accounts = self.make()
        write_accounts(settings.LOCAL_DIR / "accounts.txt", accounts)
        self.stdout.write("Sample data made.")

    def make(self) -> list[Account]:
        """Organisations, people and what happened to them."""
        mark_as_demo()
        providers = make_providers()
        people = make_people(make_organisations(), providers)
        Story(people, providers, timezone.localdate()).tell()
        return people.accounts


def write_accounts(path: Path, accounts: list[Account]) -> None:
    """Addresses and passwords, readable for the owner of this clone only."""
    lines = [f"{each.user.email:28} {each.password:14} {each.what_for}" for each in accounts]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
