"""History has one language: each reason is a constant, written in Dutch with `gettext_noop`."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

ELSEWHERE = {"tests", "migrations", "benchmarks", "storm", "mutants", "e2e"}
NOOP = "gettext_noop"
# A column that holds the reason of what its row describes.
ROWS = {"JobKind"}


class Module(NamedTuple):
    """A module of the portal, and the reasons it defines at top level."""

    name: str
    tree: ast.Module

    @property
    def constants(self) -> set[str]:
        """Names of constants that are a reason, or a table of nothing but reasons."""
        found = set()
        for node in self.tree.body:
            if is_reason(node) or is_table(node):
                found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        return found


def is_reason(node: ast.AST) -> bool:
    value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else node
    return isinstance(value, ast.Call) and called(value) == NOOP


def is_table(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Dict) and all(is_reason(each) for each in value.values)


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def modules() -> Iterator[Module]:
    """The modules that write: those of the portal, and its sample data."""
    root = Path(settings.BASE_DIR)
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if not any(part.startswith(".") or part in ELSEWHERE for part in parts):
            text = path.read_text(encoding="utf-8")
            if "why=" in text or "recorded(" in text:
                yield Module("/".join(parts), ast.parse(text))


def handed_on(found: list[Module]) -> set[str]:
    """`recorded`, and functions that pass their own `why` to it: their callers give the reason."""
    names = {"recorded"} | ROWS
    for module in found:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and any(
                called(call) == "recorded" and reason == "why" for call, reason in reasons(node)
            ):
                names.add(node.name)
    return names


def reasons(node: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Each call inside, and its `why` as written in the source ("" when there is none)."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            given = [each.value for each in call.keywords if each.arg == "why"]
            yield call, ast.unparse(given[0]) if given else ""


def wrong_reasons(found: list[Module]) -> list[str]:
    """Calls whose reason is not a constant in Dutch, each with its location."""
    names, wrong = handed_on(found), []
    for module in found:
        for call, reason in reasons(module.tree):
            if called(call) in names and not is_known(reason, module):
                wrong.append(f"{module.name}:{call.lineno} {called(call)}(why={reason})")
    return wrong


def is_known(reason: str, module: Module) -> bool:
    if not reason:
        return False
    value = ast.parse(reason, mode="eval").body
    if isinstance(value, ast.Subscript):  # looked up in a table of reasons
        value = value.value
    # "why": the reason given by the caller; "….why": that of a row.
    of_row = isinstance(value, ast.Attribute) and value.attr == "why"
    return (
        is_reason(value)
        or reason == "why"
        or of_row
        or getattr(value, "id", "") in module.constants
    )


def test_each_reason_in_history_is_a_constant_in_dutch() -> None:
    assert wrong_reasons(list(modules())) == []


def test_every_action_is_looked_at() -> None:
    """The scan finds the calls there are."""
    found = list(modules())
    names = handed_on(found)
    calls = [call for each in found for call, _why in reasons(each.tree)]
    assert len([call for call in calls if called(call) in names]) > 70


@pytest.mark.parametrize(
    "reason", ['"save draft"', 'f"set up {x}"', '_("mail verstuurd")', "job.kind", "TABLE[kind]"]
)
def test_another_reason_is_found(reason: str) -> None:
    """Control."""
    module = Module("some.py", ast.parse(f'TABLE = {{1: "x"}}\nrecorded(by=by, why={reason})'))
    written = reason.replace('"', "'")
    assert wrong_reasons([module]) == [f"some.py:2 recorded(why={written})"]


@pytest.mark.parametrize("reason", ['gettext_noop("bewaard")', "WHY", "TABLE[kind]"])
def test_a_constant_in_dutch_is_not(reason: str) -> None:
    """Control."""
    text = (
        'WHY = gettext_noop("bewaard")\nTABLE: dict[str, str] = {"x": gettext_noop("bewaard")}\n'
        f"recorded(by=by, why={reason})"
    )
    assert wrong_reasons([Module("some.py", ast.parse(text))]) == []
