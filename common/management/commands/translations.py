"""Bring the English texts up to date with the Dutch ones in the code.

Tested in `common.texts.tests.test_catalogue`.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from common.texts import catalogue
from common.texts.found_in_code import texts_of_code


class Command(BaseCommand):
    """Rewrites `locale/en/LC_MESSAGES/django.po`, and nothing else but its compiled form."""

    help = (
        "Take the texts of the code into locale/en/LC_MESSAGES/django.po, drop what the code no "
        "longer has, compile, and list what still needs English. Exit status 1 when anything does."
    )

    requires_system_checks = []  # one of the checks asks for what this command makes

    def handle(self, *args: Any, **options: Any) -> None:
        old = catalogue.read()
        new = catalogue.refreshed(old, texts_of_code())
        catalogue.PO.write_bytes(catalogue.as_po(new))
        catalogue.compile_texts()
        for text, english in catalogue.dropped(old, new):
            self.stdout.write(f"dropped: {text!r} ({english!r})")
        flaws = list(catalogue.flaws(new, catalogue.allowed_the_same()))
        for flaw in flaws:
            self.stdout.write(flaw)
        self.stdout.write(f"{len(new)} texts, {len(flaws)} to do.")
        if flaws:
            sys.exit(1)
