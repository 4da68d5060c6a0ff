"""The patches fit the code as it is; `make mutants` shows that tests notice each of them."""

import subprocess
import sys

import pytest

from mutants.__main__ import ROOT, Mutant, apply, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_patch_fits_the_code_and_its_tests_exist(mutant: Mutant) -> None:
    apply(mutant, ROOT, only_check=True)
    for test in mutant.tests:
        path, _colons, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_each_rule_has_its_mutants() -> None:
    assert {mutant.rule.partition(":")[0] for mutant in mutants()} == {
        f"Rule {number}" for number in range(1, 12)
    }


def test_a_name_that_no_patch_has_is_wrong_use() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mutants", "no-such-patch"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such patch" in done.stderr
