"""A real Celery worker in a process of its own, on the database and the queue of the tests.

Use it in tests marked `django_db(transaction=True)`, so that the worker sees what the test commits:

    @pytest.fixture
    def worker(transactional_db): with running_worker() as worker: yield worker
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common.processes import die_with_parent
from local.tests.stack import of_production
from voucherportal import celery_app
from voucherportal import environment as localenv
from voucherportal.process import Process

START_SECONDS = 60.0
WORK_SECONDS = 60.0


class Worker:
    """A running worker: its process id, and what it wrote."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self.log = log

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """kill -9 of the worker with its children, as when the machine's memory is full."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


@contextmanager
def running_worker(**variables: str) -> Iterator[Worker]:
    """A worker with an empty queue, ready for work; stopped at the end. `variables`: of its
    environment."""
    celery_app.control.purge()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "-A",
                    "voucherportal",
                    "worker",
                    "--concurrency",
                    "1",
                    "--without-gossip",
                    "--without-mingle",
                    "--without-heartbeat",
                    "--loglevel",
                    "INFO",
                ],
                cwd=localenv.BASE_DIR,
                env={**environment(), **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        worker = Worker(process, log)
        try:
            wait_until(lambda: " ready." in worker.output(), seconds=START_SECONDS)
            yield worker
        finally:
            worker.stop()


def environment() -> dict[str, str]:
    """The test's environment, with its own database and queue by name, as of a real worker."""
    return {**os.environ, **of_production(Process.WORKER)}


def wait_until(condition: Callable[[], bool], *, seconds: float = WORK_SECONDS) -> None:
    """Check again and again until the condition holds; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
