import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from common.refused import Refused, allowed

TABLE = settings.BASE_DIR / "docs" / "refusals.md"
NOT_READ = {"tests", "migrations", "node_modules"}
# These pass on the code of another refusal, instead of having one of their own.
PASSED_ON = {"self.code", "refusal.code"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(settings.BASE_DIR.glob("*/**/*.py")):
        parts = path.relative_to(settings.BASE_DIR).parts
        if not NOT_READ & set(parts) and not any(part.startswith(".") for part in parts):
            yield "/".join(parts), ast.parse(path.read_text(encoding="utf-8"))


def refusals() -> set[str]:
    """Refused and its subclasses, by name."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for _name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Refused"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def said(tree: ast.AST, kinds: set[str]) -> Iterator[tuple[int, str]]:
    """Line and code ("" without one) of each refusal that is raised or whose class declares one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in kinds - {"Refused"}:
            yield from _of_kind(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            yield node.lineno, _of_call(node)


def _of_kind(node: ast.ClassDef) -> list[tuple[int, str]]:
    """The code that the class declares, else the one passed to it."""
    own = [each for each in node.body if isinstance(each, ast.Assign)]
    for_all = [
        (each.lineno, str(ast.literal_eval(each.value)))
        for each in own
        if ast.unparse(each.targets[0]) == "code"
    ]
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    made = [each for each in calls if ast.unparse(each.func) == "super().__init__"]
    return for_all or [(each.lineno, _of_call(each)) for each in made]


def _of_call(node: ast.Call) -> str:
    values = [word.value for word in node.keywords if word.arg == "code"]
    if len(values) != 1:
        return ""
    (value,) = values
    if isinstance(value, ast.Constant):
        return str(value.value)
    return "passed on" if ast.unparse(value) in PASSED_ON else ""


def test_every_refusal_has_a_code_that_the_table_explains() -> None:
    kinds = refusals()
    found = [(name, *each) for name, tree in sources() for each in said(tree, kinds)]
    without = [f"{name}:{line}" for name, line, code in found if not code]
    rows = re.findall(r"(?m)^\| `(.*?)` \| (.+?) \| (.+?) \|$", TABLE.read_text(encoding="utf-8"))
    codes = [code for code, _when, _sentence in rows]

    assert not without
    assert codes == sorted({code for _name, _line, code in found} - {"passed on"})
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert len(codes) > 90  # the scan did find them


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('Refused(_("Nee."), code="no")', "no"),
        ('Refused(_("Nee."), "field", code="no")', "no"),
        ('Refused(_("Nee."))', ""),
        ('Refused(_("Nee."), code=somewhere)', ""),
        ('class Other(Refused):\n    code = "no"', "no"),
        ('class Other(Refused):\n    def __init__(self):\n        super().__init__("x")', ""),
    ],
)
def test_the_search_for_codes_sees_each_way_to_write_one(source: str, code: str) -> None:
    assert [found for _line, found in said(ast.parse(source), {"Refused", "Other"})] == [code]


def test_a_refusal_tells_what_where_and_which() -> None:
    refusal = Refused("Deze dag moet nog komen.", "on", code="day-in-future")
    parts = (refusal.message, refusal.field, refusal.code, str(refusal))
    assert parts == ("Deze dag moet nog komen.", "on", "day-in-future", "Deze dag moet nog komen.")
    assert Refused("Nee.", code="no").field == ""


def test_what_a_check_refuses_is_not_allowed() -> None:
    def check(number: int) -> None:
        if number < 0:
            raise Refused("Minder dan niets.", code="negative")

    assert allowed(check, 1)
    assert not allowed(check, number=-1)


def test_another_failure_of_a_check_is_no_refusal() -> None:
    def check() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        allowed(check)
