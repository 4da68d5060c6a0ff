"""`make mutants [NAMES='1-lock 4-binding']`: take away each rule and expect tests to fail.

A patch in `mutants/patches` takes away one rule; its head says which, and which tests guard it.
First all those tests must pass on the code as it is. Then, for each patch in a copy of the code, at
least one of its own tests must fail. Exit status 0 when each did, 1 when a mutant survived, 2 when
the tests fail already or a patch does not fit.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from common.processes import die_with_parent

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
AT_ONCE = 2
PASSED, FAILED = 0, 1  # exit statuses of pytest; any other means that it could not run


class PatchDoesNotFit(Exception):
    """The code under a patch has changed: make the patch anew."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A patch, the rule (docs/rules.md) that it takes away, and the tests that guard it."""

    name: str
    rule: str
    tests: tuple[str, ...]
    path: Path


def mutants(names: Sequence[str] = ()) -> list[Mutant]:
    """Those with these names, or all, in order of their rule."""
    found = [read(path) for path in sorted((HERE / "patches").glob("*.patch"))]
    return [mutant for mutant in found if not names or mutant.name in names]


def read(path: Path) -> Mutant:
    """A patch and its head: a line `Rule N: what`, then a line `Tests:` with their ids."""
    rule, tests, *_rest = path.read_text(encoding="utf-8").splitlines()
    if not rule.startswith("Rule ") or not tests.startswith("Tests: "):
        raise ValueError(f"{path.name}: its head does not name a rule and tests")
    return Mutant(path.stem, rule, tuple(tests.removeprefix("Tests: ").split()), path)


def main(names: Sequence[str]) -> int:
    """Run them; prints a line for each and a verdict."""
    chosen = mutants(names)
    if not chosen or len(chosen) < len(set(names)):
        print("There is no such patch in mutants/patches.", file=sys.stderr)
        return 2
    guarding = sorted({test for mutant in chosen for test in mutant.tests})
    if run_tests(ROOT, guarding, "control") != PASSED:
        print("These tests fail without any patch: mend them first.", file=sys.stderr)
        return 2
    print(f"{len(guarding)} tests pass as the code is; now without each of {len(chosen)} rules.")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        alive = list(pool.map(survives, chosen))
    survived = [mutant.name for mutant, lives in zip(chosen, alive, strict=True) if lives]
    print(f"{len(chosen) - len(survived)} of {len(chosen)} noticed; survived: {survived or 'none'}")
    return 1 if survived else 0


def survives(mutant: Mutant) -> bool:
    """Run one and print the result; True when no test noticed."""
    started = time.monotonic()
    status = outcome(mutant)
    word = {FAILED: "noticed", PASSED: "SURVIVED"}.get(status, f"COULD NOT RUN ({status})")
    print(
        f"{word:10} {time.monotonic() - started:5.1f} s  {mutant.name}: {mutant.rule}", flush=True
    )
    return status != FAILED


def outcome(mutant: Mutant) -> int:
    """The exit status of its tests with its patch applied."""
    with tempfile.TemporaryDirectory(prefix="vp-mutant-") as folder:
        copy = Path(folder)
        copy_code(copy)
        apply(mutant, copy)
        return run_tests(copy, mutant.tests, mutant.name)


def copy_code(folder: Path) -> None:
    """The code in its present state, as far as git knows the files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in map(os.fsdecode, listed.stdout.split(b"\0")):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def apply(mutant: Mutant, folder: Path, *, only_check: bool = False) -> None:
    """Change the code in this folder. Raises PatchDoesNotFit."""
    check = ["--check"] if only_check else []
    done = subprocess.run(
        ["git", "apply", *check, str(mutant.path)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
    )
    if done.returncode:
        raise PatchDoesNotFit(f"{mutant.name}: {done.stderr}")


def run_tests(folder: Path, tests: Sequence[str], name: str) -> int:
    """The exit status of pytest for these tests in this folder, in a database of their own."""
    database = "mutant_" + "".join(letter for letter in name if letter.isalnum())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "TEST_DATABASE_NAME": database[:60],
            "CI": "1",
            "LOCAL_DIR": str(local_dir()),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    if done.returncode not in (PASSED, FAILED) or (name == "control" and done.returncode):
        print(done.stdout[-3000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode


def local_dir() -> Path:
    """The folder with keys and servers of this clone."""
    return Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").absolute()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PatchDoesNotFit as misfit:
        print(misfit, file=sys.stderr)
        sys.exit(2)
