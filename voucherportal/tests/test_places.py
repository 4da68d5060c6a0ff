"""Each module is tested in the module of its name beside it, or says where."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PLACES = (*settings.OUR_APPS, "pages")
# Nothing in them that a test of their own could find wrong.
WITHOUT_TESTS = {"__init__.py", "apps.py", "urls.py", "people_urls.py", "report_urls.py"}
TESTED_IN = re.compile(r"Tested in (`[\w.]+`(?:(?:,| and|, and)\s+`[\w.]+`)*)")


def modules() -> Iterator[Path]:
    """The modules of the portal that are not a test, a migration or in the list above."""
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if not {"tests", "migrations"} & set(parts) and path.name not in WITHOUT_TESTS:
                yield path


def where_tested(path: Path) -> list[Path]:
    """The test modules of a module: its namesake, and those that its docstring names."""
    found = [path.parent / "tests" / f"test_{path.stem}.py"]
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    for said in TESTED_IN.findall(docstring):
        found += [ROOT / f"{name.replace('.', '/')}.py" for name in re.findall(r"`([\w.]+)`", said)]
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", list(modules()), ids=name_of)
def test_a_module_says_where_it_is_tested(path: Path) -> None:
    namesake, *named = where_tested(path)
    assert [name_of(each) for each in named if not each.exists()] == []
    assert named or namesake.exists()


def test_a_test_module_that_does_not_exist_is_found(tmp_path: Path) -> None:
    """Control."""
    lost = tmp_path / "lost.py"
    lost.write_text(
        '"""Something. Tested in `common.tests.test_nothing`, `common.tests.test_days`."""'
    )
    assert [each.exists() for each in where_tested(lost)] == [False, False, True]


def test_the_scheme_knows_no_web_page() -> None:
    """What a page, a command and a task call takes no request and gives no answer (ADR 25)."""
    web = re.compile(
        r"^\s*(?:from|import) django\.(?:http|shortcuts|views|contrib\.messages)", re.M
    )
    scheme = [each for each in modules() if name_of(each).startswith("vouchers/")]
    assert len(scheme) > 60
    assert [name_of(each) for each in scheme if web.search(each.read_text())] == []
