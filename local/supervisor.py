"""`make demo`: everything the portal consists of, started and stopped together.

Migrates, makes the sample data, collects static files; then runs gunicorn, a Celery worker, the one
that seals, beat and a mail catcher, each with its own keys, and restarts any that dies. Ctrl-C
stops them all. After a `kill -9` of this process the kernel tells each of them to stop
(`PR_SET_PDEATHSIG`), and the embedded servers stop because nobody owns them any more.

From the environment: PORT (8000), FRESH (1 starts from scratch), SMALL (1 makes little sample
data), and all that settings.py reads.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from common.processes import end_with_parent
from local import embedded
from voucherportal import environment as localenv
from voucherportal.process import SEAL_QUEUE, Process, own

HOST = "127.0.0.1"
POLL_SECONDS = 0.3
READY_SECONDS = 60.0
STOP_SECONDS = 8.0
RESTARTS = 5
RESTART_WINDOW = 30.0


class SupervisorError(RuntimeError):
    """The demo cannot run; the text says why and what to do."""


class Stop(BaseException):
    """Somebody asked to stop: Ctrl-C or a signal."""


@dataclass
class Program:
    """A program that is kept running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    dies_with: signal.Signals = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own; it gets `dies_with` however we die."""
        self.starts.append(time.monotonic())
        self.process = embedded.start_child(
            self.command,
            dies_with=self.dies_with,
            environment=self.environment,
            folder=str(localenv.BASE_DIR),
        )

    def keep_running(self) -> None:
        """Start it again when it died; SupervisorError when it keeps dying."""
        if self.process is None or self.process.poll() is None:
            return
        say(f"{self.name} ended with status {self.process.returncode}; starting it again.")
        self.kill_group()
        now = time.monotonic()
        self.starts = [moment for moment in self.starts if now - moment < RESTART_WINDOW]
        if len(self.starts) >= RESTARTS:
            raise SupervisorError(f"{self.name} does not stay up: its own messages stand above.")
        self.start()

    def signal(self, how: signal.Signals) -> None:
        """Send it a signal when it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)

    def wait(self, seconds: float) -> None:
        """Wait until it ends, no longer than `seconds`."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return

    def kill_group(self) -> None:
        """Kill what is left of it and of its children."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


def run() -> int:
    """Run the demo until somebody stops it; the exit status."""
    catch_signals()
    try:
        with only_one(localenv.local_dir()):
            demo()
    except Stop:
        return 0
    return 0


def demo() -> None:
    """Prepare and run until stopped. Raises SupervisorError or EmbeddedError when it cannot."""
    from django.conf import settings

    port = free_port_or_refuse(os.environ.get("PORT") or "8000")
    if asked("FRESH"):
        begin_anew(settings.EMBEDDED_ROOT, settings.LOCAL_DIR)
    ownership = embedded.own(settings.EMBEDDED_ROOT) if settings.EMBEDDED_ROOT else None
    environment = environment_of_programs(port, settings.EMAIL_PORT)
    running: list[Program] = []
    try:
        if "EMAIL_URL" not in os.environ:
            running.append(mail_catcher(settings.LOCAL_DIR, environment))
            running[0].start()
        prepare(environment)
        for program in programs(port, settings.LOCAL_DIR, environment):
            running.append(program)
            program.start()
        wait_until_ready(port, running)
        say(greeting(environment["PUBLIC_URL"], settings.LOCAL_DIR))
        keep_running(running, ownership)
    finally:
        stop(running)
        if ownership is not None:
            ownership.release()


def catch_signals() -> None:
    """Ctrl-C and similar signals raise Stop, once; while stopping, a second one has no effect."""

    def stop_once(number: int, frame: FrameType | None) -> None:
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(how, signal.SIG_IGN)
        raise Stop

    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, stop_once)
    if "MAKELEVEL" in os.environ:  # when make is killed, nobody is left to press Ctrl-C
        end_with_parent(signal.SIGTERM)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of this clone's demo; the kernel releases it however this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SupervisorError(
                "The demo of this folder runs already: stop that one first."
            ) from None
        yield


def free_port_or_refuse(text: str) -> int:
    """The number in PORT, when nobody listens there; otherwise SupervisorError with the way out."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SupervisorError(f"PORT is not a port number: {text}")
    port = int(text)
    if not is_free(port):
        raise SupervisorError(
            f"Port {port} is taken. Choose another, for instance: make demo PORT={port + 1}"
        )
    return port


def is_free(port: int) -> bool:
    """Whether a program could start to listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def asked(name: str) -> bool:
    """Whether this switch of the environment is on."""
    return os.environ.get(name, "") not in ("", "0")


def begin_anew(embedded_root: str, folder: Path) -> None:
    """FRESH=1: delete the embedded servers' data and what the demo made. Keys and settings stay."""
    if not embedded_root:
        raise SupervisorError("FRESH=1 empties embedded servers only: empty your own database.")
    embedded.empty(embedded_root)
    shutil.rmtree(folder / "mail", ignore_errors=True)
    for leftover in [folder / "accounts.txt", *folder.glob("beat*")]:
        leftover.unlink(missing_ok=True)


def environment_of_programs(port: int, mail_port: int) -> dict[str, str]:
    """Our environment with the address and, unless EMAIL_URL says otherwise, the mail catcher's."""
    environment = {"PUBLIC_URL": f"http://{HOST}:{port}", **os.environ, "PYTHONUNBUFFERED": "1"}
    if "EMAIL_URL" not in os.environ:
        chosen = mail_port if is_free(mail_port) else any_free_port()
        environment["EMAIL_URL"] = f"smtp://{HOST}:{chosen}"
    return environment


def mail_catcher(folder: Path, environment: dict[str, str]) -> Program:
    """An SMTP server that stores every mail as a file in the Maildir `mail`."""
    mailbox = folder / "mail"
    mailbox.parent.mkdir(parents=True, exist_ok=True)
    where = environment["EMAIL_URL"].removeprefix("smtp://")
    options = ["-n", "-l", where, "-c", "aiosmtpd.handlers.Mailbox", str(mailbox)]
    command = [sys.executable, "-m", "aiosmtpd", *options]
    return Program("mail catcher", command, own(environment, Process.BEAT))


def programs(port: int, folder: Path, environment: dict[str, str]) -> list[Program]:
    """The web server, the worker, the one that seals, and beat, as they start."""
    python = sys.executable
    celery = [
        python,
        "-W",
        "ignore:You're running the worker",
        "-m",
        "celery",
        "-q",
        "-A",
        "voucherportal",
    ]
    gunicorn = [
        *(python, "-m", "gunicorn", "voucherportal.wsgi", f"--bind={HOST}:{port}"),
        *("--workers=2", "--threads=4", "--worker-class=common.web_worker.WebWorker"),
        *("--timeout=120", "--graceful-timeout=3", "--no-control-socket", "--log-level=warning"),
    ]
    quiet = ["--without-gossip", "--without-mingle"]
    worker = [*celery, "worker", "--concurrency=2", *quiet]
    seal = [*celery, "worker", "-Q", SEAL_QUEUE, "-n", "seal@%h", "--pool=solo", *quiet]
    beat = [*celery, "beat", f"--schedule={folder / 'beat'}", "--pidfile="]
    web, work, sealing, beating = (
        environment_of(kind, environment)
        for kind in (Process.WEB, Process.WORKER, Process.SEAL, Process.BEAT)
    )
    return [
        # Its quick shutdown, workers included. Celery's own can wait for ever for a Redis that is
        # gone.
        Program("gunicorn", gunicorn, web, dies_with=signal.SIGQUIT),
        Program("worker", worker, work),
        Program("sealer", seal, sealing),
        Program("beat", beat, beating),
    ]


def environment_of(kind: Process, environment: dict[str, str]) -> dict[str, str]:
    """What a program of this kind is given: no secret but its own."""
    return {**own(environment, kind), "PROCESS": kind.value}


def prepare(environment: dict[str, str]) -> None:
    """Database, sample data, static files, each by its command; SupervisorError when one fails."""
    sample_data = ["demo_data", "--small"] if asked("SMALL") else ["demo_data"]
    for arguments in (["migrate", "-v0"], sample_data, ["collectstatic", "-v0", "--noinput"]):
        say(f"manage.py {arguments[0]}")
        command = [sys.executable, str(localenv.BASE_DIR / "manage.py"), *arguments]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise SupervisorError(f"manage.py {arguments[0]} failed: its own message stands above.")


def wait_until_ready(port: int, running: list[Program]) -> None:
    """Return when /health/ reports that all is well; SupervisorError after a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port):
        for program in running:
            program.keep_running()
        if time.monotonic() > deadline:
            raise SupervisorError("The web server does not answer: its own messages stand above.")
        time.sleep(POLL_SECONDS)


def answers(port: int) -> bool:
    """Whether the portal reports on this port that it can work."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/health/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def keep_running(running: list[Program], ownership: embedded.Ownership | None) -> None:
    """Until somebody stops us: whatever dies is started again, the servers' guardian too."""
    while not make_was_told_to_stop():
        for program in running:
            program.keep_running()
        if ownership is not None:
            ownership.keep_running()
        time.sleep(POLL_SECONDS)


def make_was_told_to_stop() -> bool:
    """Whether SIGINT reached only make, which then waits for us with SIGINT blocked, for ever."""
    if "MAKELEVEL" not in os.environ:
        return False
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    return bool(blocked & 1 << signal.SIGINT - 1)


def stop(running: list[Program]) -> None:
    """Ask all at once, then kill. Nothing that they started is left."""
    for program in running:
        program.signal(signal.SIGTERM)
    for how, seconds in ((signal.SIGQUIT, STOP_SECONDS), (signal.SIGKILL, 2.0)):
        deadline = time.monotonic() + seconds
        for program in running:
            program.wait(deadline - time.monotonic())
        for program in running:
            program.signal(how)
    for program in running:
        program.kill_group()


def greeting(address: str, folder: Path) -> str:
    """Where it is, who can sign in, where mail goes and how to stop it."""
    accounts = folder / "accounts.txt"
    lines = ["", f"The portal is at {address}", ""]
    if accounts.exists():
        lines += [accounts.read_text(encoding="utf-8").rstrip(), ""]
    if "EMAIL_URL" not in os.environ:
        lines += [f"Mail that it sends is kept in {folder / 'mail'}"]
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run the demo; 2 with one sentence when it cannot."""
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")
    os.umask(0o077)
    try:
        return run()
    except (SupervisorError, embedded.EmbeddedError, ImproperlyConfigured) as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 2


if __name__ == "__main__":
    sys.exit(main())
