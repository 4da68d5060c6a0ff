"""The whole portal as `make demo` runs it, on a free port and in a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
from django.conf import settings
from django.db import connection

from common.processes import die_with_parent
from local import localenv, supervisor
from voucherportal.environment import BASE_DIR, local_dir, read_file
from voucherportal.process import Process, own

START_SECONDS = 300.0  # the whole of 2020 is written first
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "PUBLIC_URL",
    "TEST_DATABASE_NAME",
    "MAKELEVEL",
    "PROCESS",
    "DEMO",
)


def own_servers() -> dict[str, str]:
    """The test's own database and queue, as environment variables for another process."""
    database = connection.settings_dict
    known = {part: quote(str(database[part]), safe="") for part in ("USER", "PASSWORD", "HOST")}
    person = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
    place = f"{known['HOST']}:{database['PORT']}" if database["PORT"] else known["HOST"]
    options = {name: text for name, text in database["OPTIONS"].items() if name != "passfile"}
    query = f"?{urlencode(options)}" if options else ""
    return {
        "DATABASE_URL": f"postgres://{person}@{place}/{database['NAME']}{query}",
        "PGPASSFILE": database["OPTIONS"].get("passfile", ""),
        "REDIS_URL": settings.REDIS_URL,
    }


def of_production(kind: Process, **others: str) -> dict[str, str]:
    """What a real installation gives a process of this kind, all of it in the environment: the
    servers of this test, and of this clone's keys its own."""
    kept = own(read_file(local_dir() / "env"), kind)
    for name in ("DEMO", "EMBEDDED_ROOT"):
        kept.pop(name)
    fixed = {
        "PROCESS": kind.value,
        "DEMO": "0",
        "PUBLIC_URL": "https://vouchers.example.org",
        "TRUSTED_PROXIES": "1",
    }
    return {**kept, **own_servers(), **fixed, **others}


def outside_pytest(kind: Process, **others: str) -> dict[str, str]:
    """The same for a process that does not know of any test."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    return {**inherited, **of_production(kind, **others)}


def start(*command: str, kind: str, **others: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the test database as a real installation runs such a process."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=outside_pytest(Process(kind), **others),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Stack:
    """One demo: its folder, its address and, while it runs, its supervisor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = supervisor.any_free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "supervisor.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.written_before = 0

    def environment(self, **extra: str) -> dict[str, str]:
        """What a person's shell would give: nothing of pytest's; this demo's folder and port."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in OURS and not name.startswith("PYTEST")
        }
        return {**kept, "LOCAL_DIR": str(self.folder), "PORT": str(self.port), **extra}

    def start(self, **extra: str) -> None:
        """Start the supervisor and wait until the portal says that it works."""
        self.written_before = len(self.output())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.supervisor"],
                cwd=BASE_DIR,
                env=self.environment(**extra),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # In order, so that what it waits for while preparing goes too.
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops everything" not in self.new_output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def new_output(self) -> str:
        return self.output()[self.written_before :]

    def signal(self, how: signal.Signals) -> int:
        """Send the supervisor a signal and return its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py on this stack; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        return done.stdout

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Live processes of this stack whose command line contains `word`."""
        return [one for one in alive_in(self.folder) if word in command_of(one)]


def command_of(process: psutil.Process) -> str:
    """Its command line; empty when it ended in the meantime."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def alive_in(folder: Path) -> list[psutil.Process]:
    """Live processes whose environment or command line names this folder, and their descendants."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = [*process.cmdline(), *process.environ().values()]
            if any(str(folder) in word for word in words):
                for one in (process, *process.children(recursive=True)):
                    found[one.pid] = one
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [one for one in found.values() if one.is_running()]


def seconds_until_nothing_lives(folder: Path, *, at_most: float) -> float:
    """How long it took until no process of `folder` was left; fails after `at_most` seconds."""
    started = time.monotonic()
    while left := alive_in(folder):
        passed = time.monotonic() - started
        assert passed < at_most, [command_of(one) for one in left]
        time.sleep(0.1)
    return time.monotonic() - started


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that the servers' user can reach, with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="vp-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        while left := alive_in(folder):
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def a_stack() -> Iterator[Stack]:
    """A stack that is not started yet; nothing of it is left afterwards."""
    with short_folder() as folder:
        localenv.write(folder / "env")
        stack = Stack(folder)
        try:
            yield stack
        finally:
            if stack.process is not None:
                stack.process.kill()
                stack.process.wait()
