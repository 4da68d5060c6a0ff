"""Where PostgreSQL and Redis listen, on sockets under one folder, and who may log in.

Tested in `local.tests.test_embedded`.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "voucherportal"
OWNER = "portal_owner"
APPLICATION = "portal"
REDIS_PAIRS = 64  # pairs of Redis databases, one for the queue and one for the cache
SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, without the final zero
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"


@dataclass(frozen=True)
class Layout:
    """Paths under the root folder of one pair of embedded servers."""

    root: Path

    @property
    def owners_lock(self) -> Path:
        return self.root / "owners.lock"

    @property
    def guardian_lock(self) -> Path:
        return self.root / "guardian.lock"

    @property
    def log(self) -> Path:
        return self.root / "servers.log"

    @property
    def passwords(self) -> Path:
        """The passwords of both logins, in the format libpq reads: the option `passfile`."""
        return self.root / "passwords"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def sockets(self) -> Path:
        """Inside the root, or under /tmp where that path is too long for a socket."""
        inside = self.root / "run"
        if len(os.fsencode(inside / POSTGRES_SOCKET)) <= SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path("/tmp") / f"voucherportal-{digest}"


def database_url(root: str | Path, *, role: str = APPLICATION) -> str:
    """DATABASE_URL of the embedded PostgreSQL under `root`; the password is in `password_file`."""
    return f"postgres://{role}@{quote(str(Layout(Path(root)).sockets), safe='')}/{DATABASE}"


def password_file(root: str | Path) -> str:
    """Where libpq finds the passwords of both logins; it exists once the servers have been up."""
    return str(Layout(Path(root)).passwords)


def redis_url(root: str | Path, *, number: int) -> str:
    """REDIS_URL of database `number` of the embedded Redis under `root`."""
    return f"unix://{Layout(Path(root)).sockets / REDIS_SOCKET}?db={number}"
