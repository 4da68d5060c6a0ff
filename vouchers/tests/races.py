"""Things that happen at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection, transaction

from vouchers.tests.worker import wait_until

WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid = %s)"


def at_once(acts: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run these at the same time, each on its own connection; returns what they raised."""
    raised: list[BaseException] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            act()
        except Exception as problem:
            raised.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def while_held(first: Callable[[], object], second: Callable[[], object]) -> object:
    """`first` acts and does not commit; then `second` begins on a connection of its own, and waits.
    Returns what `second` returned, or the exception that it raised."""
    ends: list[object] = []
    sessions: list[int] = []

    def other() -> None:
        try:
            sessions.append(_one("SELECT pg_backend_pid()"))
            ends.append(second())
        except Exception as problem:
            ends.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first()
        thread.start()
        wait_until(lambda: bool(sessions) and bool(_one(WAITS, sessions[0])), seconds=20)
    thread.join(20)
    return ends[0]


def _one(query: str, *parameters: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.fetchone()[0])
