"""The embedded servers, for real: every way in which an owner, a guardian or a server can end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from common import sockets
from common.processes import die_with_parent
from local import embedded
from local.tests.stack import alive_in, command_of, seconds_until_nothing_lives, short_folder
from voucherportal import addresses, environment

OWNER = """
import sys
from local import embedded
ownership = embedded.own(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
ownership.release()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One root folder for all tests of this module: a cluster is created once."""
    with short_folder() as made:
        yield made


@pytest.fixture
def root(folder: Path) -> Iterator[Path]:
    """The root folder, with nothing running before and after."""
    seconds_until_nothing_lives(folder, at_most=10)
    yield folder / "servers"
    seconds_until_nothing_lives(folder, at_most=10)


def start_owner(root: Path) -> subprocess.Popen[str]:
    """Another process that owns the servers until its standard input closes."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root)],
        cwd=environment.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "ready\n"
    return owner


def end(owner: subprocess.Popen[str], *, kill: bool = False) -> None:
    """Let an owner stop, or kill it."""
    if kill:
        owner.kill()
    owner.communicate()


def login(root: Path, role: str, **how: str) -> Any:
    """A connection as this role, with its password unless `how` says otherwise."""
    settings = addresses.database(sockets.database_url(root))
    known = {"host": settings["HOST"], "dbname": settings["NAME"]}
    return psycopg2.connect(
        **{**known, "user": role, "passfile": sockets.password_file(root), **how}
    )


def ask_postgres(root: Path, statement: str) -> object:
    """The first value of the answer to the owner, or None for a statement without one."""
    connection = login(root, sockets.OWNER)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
    finally:
        connection.close()
    return row[0] if row else None


def redis_client(root: Path) -> redis.Redis:
    return redis.Redis.from_url(sockets.redis_url(root, number=3))


def process_named(folder: Path, word: str) -> int:
    """The id of the oldest process of `folder` whose command line contains `word`."""
    return min(one.pid for one in alive_in(folder) if word in command_of(one))


def test_data_outlives_a_stop_and_nothing_runs_after_it(root: Path) -> None:
    with embedded.own(root), redis_client(root) as client:
        ask_postgres(root, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        client.set("kept", "8")
    assert alive_in(root.parent) == []

    with embedded.own(root), redis_client(root) as client:
        assert ask_postgres(root, "DELETE FROM kept RETURNING id") == 7
        assert ask_postgres(root, "DROP TABLE kept") is None
        assert client.getdel("kept") == b"8"


def test_the_first_of_two_owners_may_leave_and_the_servers_stay(root: Path) -> None:
    first, second = start_owner(root), start_owner(root)
    end(first)
    assert ask_postgres(root, "SELECT 1") == 1
    with pytest.raises(embedded.EmbeddedError, match="are in use"):
        embedded.empty(root)
    end(second)
    assert alive_in(root.parent) == []


def test_servers_stop_when_their_only_owner_is_killed_and_start_again(root: Path) -> None:
    owner = start_owner(root)
    assert len(alive_in(root.parent)) > 3
    end(owner, kill=True)
    assert seconds_until_nothing_lives(root.parent, at_most=5) < 5

    embedded.own(root).release()


def test_an_owner_that_comes_while_the_servers_stop_gets_them(root: Path) -> None:
    end(start_owner(root), kill=True)
    with embedded.own(root):
        assert ask_postgres(root, "SELECT 1") == 1


@pytest.mark.parametrize("word", ["bin/postgres", "redis-server"])
def test_a_killed_server_is_started_again(root: Path, word: str) -> None:
    with embedded.own(root) as ownership:
        before = process_named(root.parent, word)
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not embedded._answers(ownership.layout):
            assert time.monotonic() < deadline, ownership.layout.log.read_text()
            time.sleep(0.1)
        assert process_named(root.parent, word) != before


def test_servers_end_with_a_killed_guardian_and_an_owner_starts_them_again(root: Path) -> None:
    with embedded.own(root) as ownership:
        servers = {process_named(root.parent, word) for word in ("bin/postgres", "redis-server")}
        os.kill(process_named(root.parent, "local.embedded"), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while servers & {one.pid for one in alive_in(root.parent)}:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        ownership.keep_running()
        assert ask_postgres(root, "SELECT 1") == 1


def test_a_stale_pid_file_of_a_living_stranger_does_not_stop_the_start(root: Path) -> None:
    embedded.own(root).release()
    (root / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{root}/postgres\n")
    embedded.own(root).release()


def test_sockets_are_for_the_servers_user_only(root: Path) -> None:
    account = embedded.server_account()
    expected = os.geteuid() if account is None else account.pw_uid
    with embedded.own(root) as ownership:
        for private in (ownership.layout.sockets, root / "postgres", root / "redis"):
            found = private.stat()
            assert (found.st_uid, found.st_mode & 0o777) == (expected, 0o700)
        assert ask_postgres(root, "SHOW timezone") == "UTC"


def test_two_logins_by_password_and_nobody_is_superuser(root: Path) -> None:
    with embedded.own(root):
        assert Path(sockets.password_file(root)).stat().st_mode & 0o777 == 0o600
        for role in (sockets.OWNER, sockets.APPLICATION):
            login(root, role).close()
            with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
                login(root, role, passfile="/dev/null")
        with pytest.raises(psycopg2.OperationalError, match=r"no pg_hba\.conf entry"):
            login(root, "postgres")
        assert (
            ask_postgres(
                root,
                "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolcanlogin"
                " AND rolname <> 'postgres'",
            )
            is False
        )


def test_data_of_a_version_without_the_two_logins_is_refused(root: Path) -> None:
    embedded.own(root).release()
    logins = root / "postgres" / "pg_hba.conf"
    logins.write_text("local all all trust\n")
    try:
        with pytest.raises(embedded.EmbeddedError, match="begin anew with make demo FRESH=1"):
            embedded.own(root)
    finally:
        logins.write_text(embedded.LOGINS)


def test_a_deep_folder_gets_its_sockets_under_tmp(folder: Path) -> None:
    deep = folder / ("d" * 100) / "servers"
    chosen = sockets.Layout(deep).sockets
    assert chosen.parent == Path("/tmp")
    with embedded.own(deep), redis_client(deep) as client:
        assert ask_postgres(deep, "SELECT 1") == 1
        assert client.ping() is True
    chosen.rmdir()


def test_the_longest_socket_path_that_fits_stays_inside() -> None:
    room = sockets.SOCKET_PATH_LIMIT - len(f"/run/{sockets.POSTGRES_SOCKET}")
    fits = Path("/" + "r" * (room - 1))
    assert sockets.Layout(fits).sockets == fits / "run"
    assert sockets.Layout(Path(f"{fits}r")).sockets.parent == Path("/tmp")


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    deep = folder / ("e" * 100) / "servers"
    squatted = sockets.Layout(deep).sockets
    squatted.symlink_to(folder)
    try:
        with pytest.raises(embedded.EmbeddedError, match="belongs to somebody else"):
            embedded.own(deep)
    finally:
        squatted.unlink()


def test_root_keeps_servers_out_of_folders_that_nobody_cannot_enter(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700, exist_ok=True)
    chosen = embedded.choose_root(closed / "servers")
    expected = Path("/var/lib") if os.geteuid() == 0 else closed
    assert chosen.parent == expected


def test_servers_that_cannot_start_say_why(folder: Path) -> None:
    root = folder / "broken"
    (root / "postgres").mkdir(parents=True)
    with pytest.raises(embedded.EmbeddedError, match=r"postgres does not stay up|servers\.log"):
        embedded.own(root)
