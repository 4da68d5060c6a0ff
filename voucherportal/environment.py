"""What settings.py reads: the environment, then `.local/env`.

Why not django-environ: it reads an unknown word as False, skips a line it cannot read, and leaves
the folder of a socket percent-encoded in DATABASE_URL (tried with its newest release). Here every
value is either right or named in one sentence.
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


BASE_DIR = Path(__file__).resolve().parent.parent


KEY_BYTES = 32


# The id of the only fingerprint key from FINGERPRINT_KEY, from before there was a ring; rows of
# that
# time have it too (migration vouchers 0009).
FIRST_KEY = "1"


KEY_ID_LENGTH = 20  # the limit of the columns that hold it


WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def local_dir() -> Path:
    """The ignored folder of this clone: env, embedded servers, caught mail, demo accounts."""
    return Path(os.environ.get("LOCAL_DIR") or BASE_DIR / ".local").absolute()


def read_file(path: Path) -> dict[str, str]:
    """NAME=value lines of an env file; {} when there is no file.

    Raises ImproperlyConfigured for any other line, without repeating it: it may hold a key.
    """
    if not path.exists():
        return {}
    values = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, is_pair, value = line.strip().partition("=")
        if not is_pair or not name.isidentifier():
            raise ImproperlyConfigured(f"{path}, line {number}, is not NAME=value.")
        values[name] = value
    return values


class Environment:
    """Typed values by name; everything missing or wrong is collected and reported at once."""

    def __init__(self, values: Mapping[str, str], *, source: Path) -> None:
        self.values = values
        self.source = source
        self.missing: list[str] = []
        self.wrong: list[str] = []

    @classmethod
    def of_this_clone(cls) -> "Environment":
        """The environment, with `.local/env` for what it does not set."""
        path = local_dir() / "env"
        return cls(with_first_key({**read_file(path), **os.environ}), source=path)

    def value(
        self, name: str, parse: Callable[[str], T], *, default: T, required: bool = False
    ) -> T:
        """`parse`d value of `name`; `default` when it is absent, or recorded as missing when
        required.

        `parse` raises ValueError with half a sentence ("is not …") that does not repeat the value.
        """
        text = self.values.get(name, "")
        if not text:
            if required:
                self.missing.append(name)
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.wrong.append(f"{name} {error}")
            return default

    def all_or_none(self, *names: str) -> None:
        """Record as missing each of these that is not set, as soon as any of them is: half of what
        belongs together is worse than nothing of it."""
        empty = [name for name in names if not self.values.get(name)]
        if len(empty) < len(names):
            self.missing += empty

    def refuse_if_incomplete(self) -> None:
        """Raise ImproperlyConfigured with one sentence that names everything missing and wrong."""
        parts = []
        if self.missing:
            parts.append(
                f"not set, neither in the environment nor in {self.source}:"
                f" {', '.join(self.missing)} (`make demo` or `make test` writes that file)"
            )
        if self.wrong:
            parts.append("wrong: " + ", ".join(self.wrong))
        if parts:
            raise ImproperlyConfigured("The portal cannot start; " + "; ".join(parts) + ".")


def pairs(text: str) -> dict[str, str]:
    """`name=value,name2=value2` -> a dictionary in that order."""
    found: dict[str, str] = {}
    for part in words(text):
        name, is_pair, value = (piece.strip() for piece in part.partition("="))
        if not (name and is_pair and value):
            raise ValueError("is not a list of name=value")
        if name in found:
            raise ValueError("names the same name twice")
        found[name] = value
    return found


def flag(text: str) -> bool:
    """True or False for the words people use; ValueError for anything else."""
    if text.lower() not in WORDS:
        raise ValueError("is not true or false")
    return WORDS[text.lower()]


def words(text: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def key(text: str) -> bytes:
    """A key of 32 bytes in base64."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    if len(value) != KEY_BYTES:
        raise ValueError(f"holds a key of {len(value)} bytes where {KEY_BYTES} are needed")
    return value


def keys(text: str) -> dict[str, bytes]:
    """`id:base64,id2:base64` -> keys by id in that order; the first is the current one."""
    found: dict[str, bytes] = {}
    for part in words(text):
        name, is_pair, value = part.partition(":")
        if not is_pair or not name:
            raise ValueError("is not a list of id:base64")
        if name in found:
            raise ValueError("names a key id twice")
        if len(name) > KEY_ID_LENGTH:
            raise ValueError(f"has a key id of more than {KEY_ID_LENGTH} characters")
        found[name] = key(value)
    if not found:
        raise ValueError("holds no key")
    return found


def with_first_key(values: Mapping[str, str]) -> dict[str, str]:
    """The environment's values, with an old single FINGERPRINT_KEY as a ring of one."""
    only = values.get("FINGERPRINT_KEY", "")
    if not only or values.get("FINGERPRINT_KEYS"):
        return dict(values)
    return {**values, "FINGERPRINT_KEYS": f"{FIRST_KEY}:{only}"}


def secret(text: str) -> str:
    """A SECRET_KEY long enough for Django's own deploy check."""
    if len(text) < 50 or len(set(text)) < 5:
        raise ValueError("is too short: use 50 random characters or more")
    return text


def former_secrets(text: str) -> list[str]:
    """Earlier values of SECRET_KEY, each equally long."""
    return [secret(word) for word in words(text)]


def database_name(text: str) -> str:
    """A database name that PostgreSQL accepts without quoting."""
    if not text.isidentifier() or len(text) > 60:
        raise ValueError("is not a plain database name")
    return text


def origin(text: str) -> str:
    """A web address without path, such as https://vouchers.example: no slash at its end."""
    url = _split(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/"):
        raise ValueError("is not an address such as https://vouchers.example")
    return text.rstrip("/")


def issuer(text: str) -> str:
    """The address by which a provider of identity names itself, exactly as it does."""
    url = _split(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError("is not an address such as https://authenticatie.vlaanderen.be/op")
    return text


def folder(text: str) -> str:
    """A path; a relative one is in the local folder, so that a clone can be moved."""
    return str(local_dir() / text)


def database(text: str) -> dict[str, Any]:
    """DATABASE_URL -> Django's settings.

    postgres://user:password@host:5432/name, or with the folder of a socket, percent-encoded, in
    place of the host: postgres://user@%2Frun%2Fpostgresql/name.
    """
    url = _split(text)
    name = unquote(url.path.lstrip("/"))
    if url.scheme not in ("postgres", "postgresql"):
        raise ValueError("is not a postgres:// address, the only database the portal knows")
    if not name:
        raise ValueError("names no database")
    if url.query or url.fragment:
        raise ValueError("has options behind a ? or #, which are not read")
    host, port = _host_and_port(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": port,
    }


def redis_client_url(text: str) -> str:
    """REDIS_URL in redis-py's form, with the database: redis://host:6379/0 or unix:///path?db=0."""
    url = _split(text)
    if url.scheme == "unix" and url.path:
        return f"unix://{url.path}?db={_redis_database(url)}"
    if url.scheme in ("redis", "rediss") and url.hostname:
        return f"{url.scheme}://{url.netloc}/{_redis_database(url)}"
    raise ValueError("is not a redis://, rediss:// or unix:// address")


def redis_database_url(client_url: str, *, step: int) -> str:
    """The address of the database `step` numbers further on the same Redis server."""
    url = _split(client_url)
    number = _redis_database(url) + step
    if url.scheme == "unix":
        return f"unix://{url.path}?db={number}"
    return f"{url.scheme}://{url.netloc}/{number}"


def celery_broker_url(client_url: str) -> str:
    """The same server in Celery's form: redis+socket:///path?virtual_host=0 for a socket."""
    url = _split(client_url)
    if url.scheme == "unix":
        return f"redis+socket://{url.path}?virtual_host={_redis_database(url)}"
    return client_url


def email(text: str) -> dict[str, Any]:
    """EMAIL_URL -> Django's settings.

    smtp://host:25, smtp+tls://user:password@host:587, smtps://user:password@host:465.
    """
    url = _split(text)
    default_ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if url.scheme not in default_ports or not url.hostname:
        raise ValueError("is not an smtp://, smtp+tls:// or smtps:// address")
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or default_ports[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
    }


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port  # raises for a port that is not a number
    except ValueError:
        raise ValueError("is not an address") from None
    return url


def _host_and_port(url: SplitResult) -> tuple[str, str]:
    """Taken from netloc: `url.hostname` would turn a socket's folder into lower case."""
    host = url.netloc.rpartition("@")[2]
    if url.port is not None:
        host = host.rpartition(":")[0]
    return unquote(host).strip("[]"), str(url.port or "")


def _redis_database(url: SplitResult) -> int:
    if url.scheme == "unix":
        number = url.query.removeprefix("db=") or "0"
    else:
        number = url.path.strip("/") or "0"
    if not number.isdecimal():
        raise ValueError("names a database that is not a number")
    return int(number)
