"""What settings.py reads: the environment, or in a clone that is nothing but a demo, `.local/env`.

Why not django-environ: it reads an unknown word as False, skips a line it cannot read, and leaves
the folder of a socket percent-encoded in DATABASE_URL (tried with its newest release). Here every
value is either right or named in one sentence. Addresses of servers: `voucherportal.addresses`.
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

from voucherportal.process import Process, not_its_own, own

T = TypeVar("T")


BASE_DIR = Path(__file__).resolve().parent.parent


KEY_BYTES = 32


# The id of the only fingerprint key from FINGERPRINT_KEY, from before there was a ring; rows of
# that
# time have it too (migration vouchers 0009).
FIRST_KEY = "1"


KEY_ID_LENGTH = 20  # the limit of the columns that hold it


MOST_PROXIES = 9


# No demo and no test sets these (`production_names`).
OF_PRODUCTION = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "VOUCHER_KEYS",
    "FINGERPRINT_KEYS",
    "FINGERPRINT_KEY",
    "SEAL_KEYS",
    "ALLOWED_HOSTS",
    "DEFAULT_FROM_EMAIL",
    "SUPPORT_EMAIL",
)


WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def local_dir() -> Path:
    """The ignored folder of this clone: env, embedded servers, caught mail, demo accounts."""
    return Path(os.environ.get("LOCAL_DIR") or BASE_DIR / ".local").absolute()


def read_file(path: Path) -> dict[str, str]:
    """NAME=value lines of an env file; {} when there is no file.

    Raises ImproperlyConfigured for any other line, without repeating it: it may hold a key; and for
    a file that others on this machine can read.
    """
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{path} holds keys and others can read it: chmod 600 {path}")
    values = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, is_pair, value = line.strip().partition("=")
        if not is_pair or not name.isidentifier():
            raise ImproperlyConfigured(f"{path}, line {number}, is not NAME=value.")
        values[name] = value
    return values


def production_names(values: Mapping[str, str]) -> list[str]:
    """The variables that show that this is a real installation, in which `.local/env` has nothing
    to say: a demo and the tests need none of them."""
    found = [name for name in OF_PRODUCTION if values.get(name)]
    if values.get("PUBLIC_URL", "").startswith("https://"):
        found.append("PUBLIC_URL")
    if values.get("DEMO") and not WORDS.get(values["DEMO"].lower(), True):
        found.append("DEMO")
    return found


class Environment:
    """Typed values by name; everything missing or wrong is collected and reported at once."""

    def __init__(self, values: Mapping[str, str], *, process: Process = Process.COMMAND) -> None:
        self.values = values
        self.process = process
        self.missing: list[str] = []
        self.wrong: list[str] = []
        self.production = False
        self.unread: Path | None = None  # the file that a real installation does not read

    @classmethod
    def of_this_clone(cls, process: Process) -> "Environment":
        """The environment; `.local/env` for what it does not set, when nothing in it is of a real
        installation. Of that file a process reads what is its own."""
        path = local_dir() / "env"
        if production_names(os.environ):
            found = cls(with_first_key(os.environ), process=process)
            found.production, found.unread = True, path if path.exists() else None
            return found
        kept = own(read_file(path), process)
        return cls(with_first_key({**kept, **os.environ}), process=process)

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
        """Raise ImproperlyConfigured with one sentence that names everything missing and wrong, and
        what this process holds without needing it."""
        parts = []
        if self.missing:
            parts.append(f"not set: {', '.join(self.missing)} ({self._where()})")
        if self.wrong:
            parts.append("wrong: " + ", ".join(self.wrong))
        if more := not_its_own(self.values, self.process):
            parts.append(
                f"{self.process} holds more than it needs: {', '.join(more)} (give each process its"
                " own, docs/operations.md)"
            )
        if parts:
            raise ImproperlyConfigured("The portal cannot start; " + "; ".join(parts) + ".")

    def _where(self) -> str:
        if self.unread:
            return f"docs/operations.md says what each is; {self.unread} is of a demo, and not read"
        if self.production:
            return "docs/operations.md says what each is"
        return "docs/operations.md says what each is; in a clone to try it, `make demo` needs none"


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
    url = split(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/"):
        raise ValueError("is not an address such as https://vouchers.example")
    return text.rstrip("/")


def issuer(text: str) -> str:
    """The address by which a provider of identity names itself, exactly as it does."""
    url = split(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError("is not an address such as https://authenticatie.vlaanderen.be/op")
    return text


def number_of_proxies(text: str) -> int:
    """How many proxies of ours each request passes; 0: visitors reach the portal directly."""
    if not text.isdecimal() or int(text) > MOST_PROXIES:
        raise ValueError(f"is not a number from 0 to {MOST_PROXIES}")
    return int(text)


def folder(text: str) -> str:
    """A path; a relative one is in the local folder, so that a clone can be moved."""
    return str(local_dir() / text)


def split(text: str) -> SplitResult:
    """The parts of an address. Raises ValueError."""
    try:
        url = urlsplit(text)
        _ = url.port  # raises for a port that is not a number
    except ValueError:
        raise ValueError("is not an address") from None
    return url
