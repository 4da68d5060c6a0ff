"""A run of tests that is killed leaves nothing behind (`killed.at_work` is what runs in it)."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from common.processes import die_with_parent
from local import localenv
from local.tests.killed import at_work
from local.tests.stack import alive_in, command_of, short_folder
from voucherportal.environment import BASE_DIR

START_SECONDS, END_SECONDS = 900.0, 60.0
STARTED = ("gunicorn", "celery -q -A voucherportal worker", "celery -q -A voucherportal beat",
           "celery -A voucherportal worker", "aiosmtpd", "bin/postgres", "redis-server",
           "--headless")  # fmt: skip
OF_TESTS = ("benchmarks", "e2e", "mutants", "storm", "**/tests")


def test_nothing_lives_after_kill_9_of_pytest() -> None:
    with short_folder() as folder:
        run = pytest_in(folder)
        wait_until_ready(folder, run)
        found = alive_in(folder)
        commands = [command_of(one) for one in found]
        assert [word for word in STARTED if not any(word in each for each in commands)] == []
        run.kill()
        run.wait()
        _gone, left = psutil.wait_procs(found, timeout=END_SECONDS)
        assert [command_of(one) for one in (*left, *alive_in(folder))] == []


def pytest_in(folder: Path) -> "subprocess.Popen[bytes]":
    """Like `make test`, with servers of its own; everything it starts names `folder`."""
    localenv.write(folder / "local" / "env")
    temporary = folder / "tmp"
    temporary.mkdir()
    theirs = {
        "LOCAL_DIR": str(folder / "local"),
        "TMPDIR": str(temporary),
        "SAY_WHEN_READY": str(folder / "ready"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--numprocesses=1",
            str(at_work.__file__),
        ],
        cwd=BASE_DIR,
        env=kept | theirs,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def wait_until_ready(folder: Path, run: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "ready").exists():
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_whatever_a_test_starts_dies_with_it() -> None:
    careless = [
        f"{path.relative_to(BASE_DIR)}:{call.lineno}"
        for folder in OF_TESTS
        for path in sorted(BASE_DIR.glob(f"{folder}/**/*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "subprocess.Popen"
        and "preexec_fn" not in {keyword.arg for keyword in call.keywords}
    ]
    assert careless == []
