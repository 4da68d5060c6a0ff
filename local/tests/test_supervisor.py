"""`make demo`, for real: what it starts, what it leaves when it ends, what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from common.processes import die_with_parent
from local import embedded, supervisor
from local.tests.stack import Stack, a_stack, seconds_until_nothing_lives
from voucherportal import environment

PROGRAMS = ("gunicorn", "celery -q -A voucherportal worker", "beat", "aiosmtpd")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with a_stack() as made:
        yield made


def refused(stack: Stack, **extra: str) -> str:
    """What the supervisor prints when it ends with status 2."""
    done = subprocess.run(
        [sys.executable, "-m", "local.supervisor"],
        cwd=environment.BASE_DIR,
        env=stack.environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def test_a_life_of_the_demo(stack: Stack) -> None:
    """One scenario, since a start is slow: a program dies, kill -9, start again, Ctrl-C."""
    stack.start(SMALL="1")
    accounts = stack.folder / "accounts.txt"
    assert accounts.stat().st_mode & 0o777 == 0o600
    assert accounts.read_text().rstrip() in stack.new_output()
    assert stack.address in stack.new_output()
    assert not [word for word in PROGRAMS if not stack.processes(word)]
    with urllib.request.urlopen(f"{stack.address}/health/") as answer:
        assert answer.status == 200
    assert "runs already" in refused(stack, PORT=str(supervisor.any_free_port()))
    with pytest.raises(embedded.EmbeddedError, match="are in use: stop what uses them"):
        supervisor.begin_anew(str(stack.folder / "servers"), stack.folder)

    for word in ("voucherportal worker", "bin/postgres", "redis-server"):
        dies_and_is_started_again(stack, word)
    made_at_first = accounts.read_text()
    stack.signal(signal.SIGKILL)
    assert seconds_until_nothing_lives(stack.folder, at_most=10) < 10

    stack.start()
    assert accounts.read_text() == made_at_first
    assert stack.signal(signal.SIGINT) == 0
    assert seconds_until_nothing_lives(stack.folder, at_most=1) < 1


def dies_and_is_started_again(stack: Stack, word: str) -> None:
    """Kill a program; the portal works again without anybody doing anything."""
    before = {one.pid for one in stack.processes(word)}
    os.kill(min(before), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not supervisor.answers(stack.port) or not (
        {one.pid for one in stack.processes(word)} - before
    ):
        assert time.monotonic() < deadline, stack.new_output()
        time.sleep(0.2)


def test_a_taken_port_is_said_with_the_way_out(stack: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        sentence = refused(stack)
    assert sentence == (
        f"Port {stack.port} is taken."
        f" Choose another, for instance: make demo PORT={stack.port + 1}\n"
    )
    assert not (stack.folder / "servers").exists()


def test_a_port_that_is_no_number_is_refused() -> None:
    with pytest.raises(supervisor.SupervisorError, match="PORT is not a port number: http"):
        supervisor.free_port_or_refuse("http")


def test_fresh_never_empties_a_database_of_somebody_else(stack: Stack) -> None:
    urls = {"DATABASE_URL": "postgres://a@b/c", "REDIS_URL": "redis://r"}
    assert refused(stack, FRESH="1", **urls) == (
        "FRESH=1 empties embedded servers only: empty your own database.\n"
    )


def test_fresh_drops_data_mail_and_accounts_and_keeps_the_keys(stack: Stack) -> None:
    root = stack.folder / "servers"
    embedded.own(root).release()
    (stack.folder / "mail").mkdir()
    for name in ("accounts.txt", "beat.db"):
        (stack.folder / name).touch()
    supervisor.begin_anew(str(root), stack.folder)
    assert {one.name for one in stack.folder.iterdir()} == {"env", "servers"}
    assert {one.suffix for one in root.iterdir()} == {".lock"}
