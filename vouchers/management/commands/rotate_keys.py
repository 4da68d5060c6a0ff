"""manage.py rotate_keys [--check] [--user EMAIL] [--json]: everything under the current keys.

Tested in `vouchers.actions.upkeep.tests.test_key_rotation`.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from common.formats import as_number
from common.management.operator import OperatorCommand
from common.refused import Refused
from history.recording import coming_from
from vouchers.actions.hand_out import stock
from vouchers.actions.upkeep import key_rotation, rotation_agreed
from vouchers.actions.upkeep.key_rotation import Left, Rotation


class Command(OperatorCommand):
    """Exit status 0 nothing is left under an old key, 1 something is, 2 wrong use."""

    help = "Zet alle codes, bestanden en tweede stappen onder de huidige sleutels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--check", action="store_true", help="tel alleen wat nog onder een oude sleutel zit"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done, stopped = Rotation(), False
        if not options["check"]:
            by = self.acting(options["user"])
            try:
                with coming_from("command:rotate_keys", by=by):
                    self.wait_for_second(by)
                    done = key_rotation.rotate(
                        by=by, now=timezone.now(), progress=self.show_progress
                    )
            except Refused as refused:
                raise CommandError(refused.message, returncode=1) from None
            except KeyboardInterrupt:
                stopped = True
            if done.codes:
                stock.vacuum()
        left = key_rotation.left()
        for line in self.in_words(done, left, stopped=stopped):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(self.summary(done, left, stopped=stopped)))
        if left.total:
            raise SystemExit(1)

    def wait_for_second(self, by: User) -> None:
        """Stops, having asked, until a second person let it go."""
        if not rotation_agreed.is_agreed(by=by, now=timezone.now()):
            raise CommandError(
                "Wacht op een tweede: een andere beheerder of een leidinggevende ziet dit op de "
                "pagina “Wacht op een tweede”. Voer rotate_keys daarna opnieuw uit.",
                returncode=1,
            )

    def show_progress(self, done: int, total: int) -> None:
        """On stderr, so that stdout holds the answer only."""
        self.stderr.write(f"{as_number(done)} van {as_number(total)}", self.style.NOTICE)

    def in_words(self, done: Rotation, left: Left, *, stopped: bool) -> list[str]:
        """What was done, what is left, and what to do next."""
        words = [f"{as_number(done.codes)} codes en {as_number(done.files)} bestanden omgezet."]
        if done.factors:
            words.append(f"{as_number(done.factors)} tweede stappen omgezet.")
        if stopped:
            words = ["Onderbroken. Wat omgezet is, blijft omgezet; voer rotate_keys opnieuw uit."]
        if not left.total:
            current = key_rotation.current_keys()
            return [
                *words,
                "Niets zit nog onder een oude sleutel. In VOUCHER_KEYS volstaat nu "
                f"{current.encryption}, in FINGERPRINT_KEYS {current.fingerprint}.",
                *self.about_former_secrets(),
            ]
        words.append(
            f"Nog onder een oude sleutel: {as_number(left.codes)} codes, {as_number(left.files)} "
            f"bestanden en {as_number(left.factors)} tweede stappen. Laat de oude sleutels staan "
            "en voer rotate_keys opnieuw uit."
        )
        if done.unreadable:
            words.append(
                f"{as_number(done.unreadable)} ervan opent geen enkele sleutel van de ring: zet de "
                "sleutel terug waarmee ze bewaard zijn."
            )
        return words

    def about_former_secrets(self) -> list[str]:
        if not settings.SECRET_KEY_FALLBACKS:
            return []
        return [
            "SECRET_KEY_FALLBACKS mag leeg. Wie nog met een sessie van voordien aangemeld is, "
            "meldt zich dan opnieuw aan."
        ]

    def summary(self, done: Rotation, left: Left, *, stopped: bool) -> dict[str, Any]:
        """The same as one object."""
        current = key_rotation.current_keys()
        return {
            "codes": done.codes,
            "files": done.files,
            "factors": done.factors,
            "unreadable": done.unreadable,
            "left": {"codes": left.codes, "files": left.files, "factors": left.factors},
            "stopped": stopped,
            "keys": {"seal": current.encryption, "fingerprint": current.fingerprint},
        }
