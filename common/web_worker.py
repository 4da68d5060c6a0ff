"""Threads of gunicorn, of which no client can keep one.

`--worker-class=common.web_worker.WebWorker`. By itself gunicorn waits for the head and the body of
a request, and for the reader of an answer, as long as it takes. Here each connection has a time to
send a request in, which grows with what it sent, and a time in which to take each piece of an
answer.
"""

import errno
import socket
import time
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS = 15.0  # for head and body together, and …
BYTES_A_SECOND = 50_000  # … a second more for so many bytes: 20 MB in seven minutes at the slowest
QUIET_SECONDS = 10.0  # without any byte
TAKE_SECONDS = 60.0  # for the reader of what is written at once
# With the number of a connection that was broken off: gunicorn then ends it without a traceback.
TOO_SLOW = "the client is too slow"


class PatientSocket(socket.socket):
    """A connection that raises TimeoutError when its client takes too long."""

    since = 0.0
    received = 0

    @classmethod
    def of(cls, plain: socket.socket) -> "PatientSocket":
        """The same connection; the socket that is given is not used any more."""
        return cls(plain.family, plain.type, plain.proto, fileno=plain.detach())

    def begin_request(self) -> None:
        """The time to send a request begins now."""
        self.since = time.monotonic()
        self.received = 0

    def recv(self, *arguments: Any) -> bytes:
        allowed = HEAD_SECONDS + self.received / BYTES_A_SECOND
        left = self.since + allowed - time.monotonic()
        if left <= 0:
            raise TimeoutError(errno.ECONNRESET, TOO_SLOW)
        found = self._within(min(left, QUIET_SECONDS), super().recv, *arguments)
        self.received += len(found)
        return bytes(found)

    def sendall(self, *arguments: Any) -> None:
        self._within(TAKE_SECONDS, super().sendall, *arguments)

    def _within(self, seconds: float, act: Any, *arguments: Any) -> Any:
        before = self.gettimeout()
        if before == 0:  # gunicorn looks whether there is anything, and does not wait
            return act(*arguments)
        self.settimeout(seconds if before is None else min(before, seconds))
        try:
            return act(*arguments)
        except TimeoutError as slow:
            raise TimeoutError(errno.ECONNRESET, TOO_SLOW) from slow
        finally:
            self.settimeout(before)


class WebWorker(ThreadWorker):
    """gunicorn's gthread worker, on patient sockets."""

    def handle(self, conn: TConn) -> Any:
        """In a thread of its own, until there is an answer or the client took too long."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket.of(conn.sock)
        conn.sock.begin_request()
        return super().handle(conn)
