"""The apps that guard their tables, and their guards as a migration stores them.

Tested in `vouchers.database.tests.test_guards`.
"""

import re
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

LINE = 100
# Where a CREATE TRIGGER statement may continue on the next line.
BREAKS = re.compile(
    r" (?=(?:BEFORE|AFTER|REFERENCING|FOR EACH (?:ROW|STATEMENT)|WHEN \(|EXECUTE FUNCTION) ?)"
)
# What must not be broken: a quoted text with whatever is attached to it, and a word with the space
# before it.
WORD = re.compile(r"\s*EXECUTE FUNCTION portal_refuse\(|\s*(?:'(?:[^']|'')*'|[^\s'])+")


def guarded_apps() -> list[str]:
    """The labels of the apps with guards, in the order in which their migrations run."""
    return [config.label for config in apps.get_app_configs() if _module(config.name)]


def statements_of(app: str) -> list[str]:
    """The SQL of all triggers of an app, in order; each statement can be run again."""
    name = _module(apps.get_app_config(app).name)
    if name is None:
        raise LookupError(f"{app} has no guards")
    return import_module(name).statements()


def _module(package: str) -> str | None:
    names = [f"{package}.guards"]
    if find_spec(f"{package}.database"):
        names.append(f"{package}.database.guards")
    return next((name for name in names if find_spec(name)), None)


def readable(statement: str) -> str:
    """The same SQL, broken at its clauses, and between words where a line is still too long."""
    if "\n" in statement or len(statement) <= LINE:
        return statement
    clauses = BREAKS.split(statement)
    lines = [clauses[0], *(f"    {clause}" for clause in clauses[1:])]
    return "\n".join(piece for line in lines for piece in _folded(line))


def _folded(line: str) -> list[str]:
    """A line in pieces of at most LINE characters, broken outside quotes only."""
    pieces = [""]
    for word in WORD.findall(line):
        if len(pieces[-1]) + len(word) > LINE and pieces[-1].strip():
            pieces.append(" " * 8 + word.lstrip())
        else:
            pieces[-1] += word
    return pieces
