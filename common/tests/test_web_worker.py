"""Slow clients against a real gunicorn: none keeps a thread, and who is only slow is served."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from common import web_worker
from common.processes import die_with_parent
from common.tests.test_uploads import MEGABYTE, get_token, head_of_request, parts, post, wait_for
from local import supervisor
from voucherportal.environment import BASE_DIR

THREADS = 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A gunicorn of two threads with one upload form."""
    number = supervisor.any_free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "common.tests.upload_wsgi"),
        *(f"--bind=127.0.0.1:{number}", f"--threads={THREADS}"),
        *("--worker-class=common.tests.hurried_worker.WebWorker", "--no-control-socket"),
        *("--worker-tmp-dir=/dev/shm", "--log-level=warning"),
    ]
    server = subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=dict(os.environ),
        preexec_fn=die_with_parent(signal.SIGQUIT),  # gunicorn and its workers
    )
    try:
        wait_for(number, server)
        yield number
    finally:
        server.terminate()
        server.wait(15)


class Slow:
    """A client that sends a beginning, and then a byte every half second."""

    def __init__(self, port: int, beginning: bytes) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.connection.sendall(beginning)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._drip, daemon=True)
        self.thread.start()

    def _drip(self) -> None:
        while not self.stopped.wait(0.5):
            try:
                self.connection.sendall(b"x")
            except OSError:  # cut off
                return

    def close(self) -> None:
        self.stopped.set()
        self.thread.join(5)
        self.connection.close()


def seconds_until_served(port: int) -> float:
    started = time.monotonic()
    get_token(port)
    return time.monotonic() - started


def beginnings(port: int) -> dict[str, bytes]:
    """What a slow client sends at once, before it goes on byte by byte."""
    token, cookie = get_token(port)
    upload = parts(token)
    plain = (
        f"POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\na="
    )
    return {
        "head": b"GET /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        "plain form": plain.encode(),
        "file": head_of_request(cookie, len(upload) + MEGABYTE) + upload,
        "refused file": head_of_request(cookie, len(upload) + 30 * MEGABYTE) + upload,
    }


@pytest.mark.parametrize("what", ["head", "plain form", "file", "refused file"])
def test_slow_senders_keep_no_thread(port: int, what: str) -> None:
    """Eight of them stopped the portal for as long as they liked."""
    beginning = beginnings(port)[what]
    with ExitStack() as clients:
        for _client in range(THREADS):
            clients.callback(Slow(port, beginning).close)
        time.sleep(0.3)
        assert seconds_until_served(port) < 8
        assert seconds_until_served(port) < 1


def test_a_client_that_falls_silent_keeps_none_either(port: int) -> None:
    beginning = beginnings(port)["plain form"]
    with ExitStack() as clients:
        for _client in range(THREADS):
            sent = clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            sent.sendall(beginning)
        time.sleep(0.3)
        assert seconds_until_served(port) < 6


def test_a_large_file_in_time_is_taken(port: int) -> None:
    status, page = post(port, 20 * MEGABYTE)
    assert status == 200
    assert "InMemoryUploadedFile" in page


def test_the_time_grows_with_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    connection = web_worker.PatientSocket.of(ours)
    monkeypatch.setattr(web_worker, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(web_worker, "BYTES_A_SECOND", 10)
    connection.begin_request()
    theirs.sendall(b"1234567890")
    assert connection.recv(10) == b"1234567890"
    time.sleep(0.3)  # later than the head alone may take
    theirs.sendall(b"x")
    assert connection.recv(10) == b"x"
    time.sleep(1.1)
    theirs.sendall(b"x")
    with pytest.raises(TimeoutError):
        connection.recv(10)
    connection.close()
    theirs.close()


def test_the_patience_of_the_portal() -> None:
    """20 MB at the slowest: under seven minutes. Run apart from the hurried one above."""
    code = "from common import web_worker as w; print(w.HEAD_SECONDS, w.QUIET_SECONDS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["15.0", "10.0"]
    assert 20 * MEGABYTE / web_worker.BYTES_A_SECOND < 7.1 * 60
