"""The twelve most requested pages, by eight clients at once, compared with an empty page.

The gunicorn is the one of the stack, with its workers and threads, on the database of the run.
Every client has its own session and connection and requests the page again and again; the time is
the total for all of them, divided by the number of pages. The floor is a page without content for
the same people, behind the same middleware. There is no limit here: the goals belong to later
issues.
"""

import http.client
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from accounts.models import User
from benchmarks import data, pages
from benchmarks.comparing import Clock, Comparison
from history.models import PortalMark
from local import supervisor
from local.tests.stack import own_servers

CLIENTS, PAGES_EACH = 8, 10
# A round of a page that needs seconds asks it less often, or the row alone would take an hour.
SECONDS_A_ROUND = 20
EMPTY = "/leeg/"
# Who asks, the address, and the goal of the issue that owns the page.
MOST_ASKED: tuple[tuple[Callable[[], User], str, float | None], ...] = (
    (data.officer, "/start/", 8),
    (data.officer, "/ministerie/aanvragen/", None),
    (data.officer, "/ministerie/voorraden/", None),
    (data.officer, "/rapporten/provincie/", None),
    (data.officer, "/rapporten/school/?golf=golf-9", 35),
    (data.coordinator, "/start/", 8),
    (data.coordinator, "/aanvragen/", None),
    (data.coordinator, "/brieven/", None),
    (data.coordinator, "/gezinnen/", 10),
    (data.coordinator, "/verlengen/", None),
    (data.provider_user, "/start/", 8),
    (data.provider_user, "/provider/bestanden/", None),
)


def comparisons(size: data.Size) -> Iterator[Comparison]:
    """One per page, while the gunicorn runs."""
    with gunicorn() as port:
        for who, address, goal in MOST_ASKED:
            cookies = [pages.session_of(who()) for _client in range(CLIENTS)]
            asked = partial(at_once, port=port, cookies=cookies)
            first = Clock()
            asked(first, address=address, times=1)  # not counted: each worker loads its templates
            times = 1 if size.is_a_try else times_each(first.wall)
            yield Comparison(
                work=f"{CLIENTS} at once, {who.__name__}: {address}",
                ours=partial(asked, address=address, times=times),
                floor=partial(asked, address=EMPTY, times=times),
                goal=goal,
            )


def times_each(seconds_a_page: float) -> int:
    """How often each client requests a page, so that a round takes about `SECONDS_A_ROUND`."""
    fits = SECONDS_A_ROUND / (CLIENTS * max(seconds_a_page, 0.001))
    return min(PAGES_EACH, max(1, round(fits)))


def at_once(clock: Clock, *, address: str, port: int, cookies: list[str], times: int) -> None:
    """Every session requests this page so many times; the clock gets the time per page."""

    def client(cookie: str) -> None:
        connection = http.client.HTTPConnection(supervisor.HOST, port, timeout=120)
        for _time in range(times):
            connection.request("GET", address, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, (address, answer.status)
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(len(cookies)) as pool:
        list(pool.map(client, cookies))
    clock.wall += (time.perf_counter() - started) / (len(cookies) * times)


@contextmanager
def gunicorn() -> Iterator[int]:
    """The web server of the stack, plus the empty page, on the database in use; yields its port."""
    pages.with_static_files()
    # All of it is made up, and with DEMO on nothing else is served.
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})
    port = supervisor.any_free_port()
    address = f"http://{supervisor.HOST}:{port}"
    environment = {**os.environ, **own_servers(), "PUBLIC_URL": address}
    with tempfile.TemporaryDirectory() as folder:
        program, *_others = supervisor.programs(port, Path(folder), environment)
        program.command = [
            "benchmarks.wsgi" if word == "voucherportal.wsgi" else word for word in program.command
        ]
        program.start()
        try:
            supervisor.wait_until_ready(port, [program])
            yield port
        finally:
            supervisor.stop([program])
