"""manage.py states: draw docs/states.md from the tables of moves.

Tested in `vouchers.tests.test_state_diagrams`.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from vouchers.state_diagrams import page


class Command(BaseCommand):
    """Writes the diagrams anew after a change of `vouchers/states.py`."""

    help = "Draw docs/states.md from the tables of moves."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}")
