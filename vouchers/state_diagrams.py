"""docs/states.md: the tables of moves as diagrams, with the Dutch word from the screens beside
each.

Mermaid, which git hosts draw; under each diagram the same as a table, for anyone reading the text.
"""

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils import translation

from vouchers import states
from vouchers.states import Moves

HEAD = """\
# States

Drawn from the tables of moves in `vouchers/states.py` by `manage.py states`; a test keeps them
equal. The database refuses every other move and every other birth
([ADR 2](adr/0002-guards-from-states.md)). What the states mean: [rules](rules.md#states). A
hand-out has no table of moves: its stage follows from columns that are written once. Expired is a
date, not a state.
"""


class Machine(NamedTuple):
    """Something that has states: its model, its word on screen, its births and its moves."""

    model: str
    word: str
    choices: type[TextChoices]
    births: frozenset[str]
    moves: Moves


MACHINES = (
    Machine("Voucher", "voucher, code", states.VoucherState,
            states.VOUCHER_BIRTHS, states.VOUCHER_MOVES),
    Machine("VoucherRequest", "aanvraag", states.RequestState,
            states.REQUEST_BIRTHS, states.REQUEST_MOVES),
    Machine("PupilLine", "leerling", states.LineState, states.LINE_BIRTHS, states.LINE_MOVES),
    Machine("Renewal", "verlenging", states.RenewalState,
            states.RENEWAL_BIRTHS, states.RENEWAL_MOVES),
    Machine("ProviderFile", "bestand", states.FileState, states.FILE_BIRTHS, states.FILE_MOVES),
    Machine("Job", "taak", states.JobState, states.JOB_BIRTHS, states.JOB_MOVES),
    Machine("Mail", "mail", states.MailState, states.MAIL_BIRTHS, states.MAIL_MOVES),
)  # fmt: skip


def page() -> str:
    """The text of docs/states.md."""
    with translation.override("nl"):
        return "\n".join([HEAD, *(_part(machine) for machine in MACHINES)])


def _part(machine: Machine) -> str:
    return "\n".join(
        [
            f"## {machine.model}: {machine.word}",
            "",
            "```mermaid",
            *_diagram(machine),
            "```",
            "",
            "| state | on screen | goes to |",
            "|---|---|---|",
            *(
                f"| `{state}` | {state.label} | {', '.join(_after(machine, state)) or 'the end'} |"
                for state in machine.choices
            ),
            "",
        ]
    )


def _diagram(machine: Machine) -> list[str]:
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state} ({state.label})" as {state}' for state in machine.choices]
    lines += [f"    [*] --> {state}" for state in machine.choices if state in machine.births]
    for state in machine.choices:
        lines += [f"    {state} --> {after}" for after in _after(machine, state) or ["[*]"]]
    return lines


def _after(machine: Machine, state: str) -> list[str]:
    return [str(after) for after in machine.choices if (state, after) in machine.moves]
