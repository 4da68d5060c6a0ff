"""What goes wrong meanwhile: the worker is killed, PostgreSQL and Redis go away and come back."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from django.conf import settings
from django.db import Error, connection
from redis import Redis

from common import sockets
from local import supervisor
from local.supervisor import Program

BACK_SECONDS = 60.0


class Servers:
    """The embedded servers of the storm, and the ways they die."""

    def __init__(self, root: str) -> None:
        self.layout = sockets.Layout(Path(root))

    def restart_postgres(self, how: signal.Signals) -> None:
        """SIGINT: an orderly stop; SIGQUIT: a crash, after which it recovers.

        Its guardian starts it again.
        """
        pid = int((self.layout.postgres / "postmaster.pid").read_text().split()[0])
        os.kill(pid, how)
        wait_until(lambda: not alive(pid))
        wait_until(database_answers)

    def restart_redis(self, how: signal.Signals) -> None:
        """SIGTERM: an orderly stop; SIGKILL: what was not written yet is lost."""
        redis = Redis.from_url(settings.REDIS_URL)
        pid = int(redis.info("server")["process_id"])
        os.kill(pid, how)
        wait_until(lambda: not alive(pid))


def kill_worker(worker: Program) -> None:
    """`kill -9`, its children too; then start it again, as the supervisor does."""
    worker.kill_group()
    worker.starts.clear()  # being killed by us is no sign that it cannot stay up
    worker.start()


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def database_answers() -> bool:
    """Is a new connection possible again?"""
    connection.close()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def wait_until(holds: Callable[[], bool], seconds: float = BACK_SECONDS) -> None:
    """Return as soon as it is true; TimeoutError when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{getattr(holds, '__name__', 'it')} did not hold in {seconds:.0f} s"
            )
        time.sleep(0.1)


def programs(folder: Path) -> dict[str, Program]:
    """A mail catcher, a worker and beat as the demo runs them, by name, not started yet; each
    writes its output to a log of its own."""
    port = supervisor.any_free_port()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    found = [
        supervisor.mail_catcher(folder, environment),
        *supervisor.programs(supervisor.any_free_port(), folder, environment),
    ]
    wanted = [program for program in found if program.name != "gunicorn"]
    for program in wanted:
        log = folder / f"{program.name}.log"
        program.command = ["/bin/sh", "-c", 'exec "$@" >> "$0" 2>&1', str(log), *program.command]
    return {program.name: program for program in wanted}
