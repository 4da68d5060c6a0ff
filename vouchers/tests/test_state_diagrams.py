"""The diagrams say what the tables of moves say, and docs/states.md is what they say today."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import call_command

from vouchers import states
from vouchers.state_diagrams import MACHINES, page


def test_the_page_is_what_the_tables_say() -> None:
    """If not, run `manage.py states`."""
    drawn = Path(portal.BASE_DIR, "docs", "states.md").read_text(encoding="utf-8")
    assert drawn == page()


def test_every_table_of_moves_is_drawn() -> None:
    tables = {name for name in vars(states) if name.endswith("_MOVES")}
    assert len(MACHINES) == len(tables) == 7
    assert {machine.moves for machine in MACHINES} == {getattr(states, name) for name in tables}


def test_a_request_in_lines() -> None:
    part = page().split("## VoucherRequest: aanvraag\n")[1].split("## ")[0]
    diagram = part.split("```")[1].splitlines()
    assert diagram[1] == "stateDiagram-v2"
    assert '    state "SUBMITTED (verstuurd)" as SUBMITTED' in diagram
    assert [line.strip() for line in diagram if "-->" in line] == [
        "[*] --> DRAFT",
        "DRAFT --> SUBMITTED",
        "DRAFT --> WITHDRAWN",
        "SUBMITTED --> RETURNED",
        "SUBMITTED --> DECIDED",
        "SUBMITTED --> WITHDRAWN",
        "RETURNED --> SUBMITTED",
        "RETURNED --> WITHDRAWN",
        "DECIDED --> SUBMITTED",
        "WITHDRAWN --> [*]",
    ]
    assert "| `WITHDRAWN` | ingetrokken | the end |" in part


def test_the_command_writes_the_page(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("states")
    assert (tmp_path / "docs" / "states.md").read_text(encoding="utf-8") == page()
    assert capsys.readouterr().out == "docs/states.md\n"
