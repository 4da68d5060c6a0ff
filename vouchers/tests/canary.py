"""Looking for a secret wherever it may have been left, in whatever form a program writes it.

A place is a name and the bytes that lie there. `hidden_in` names the places that hold one of the
secrets: as it is, in other case, without its dashes, in base64 (at any offset), in hex, in a URL,
in HTML, in JSON, in UTF-16, or as a bare hash of it (failure 30).
"""

import base64
import hashlib
import html
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import redis
from django.conf import settings
from django.db import connection

from accounts.models import Session

STOP = "stop listening"


def forms(secret: str) -> set[bytes]:
    """Every way in which it may be written, in lower case."""
    plain = [secret, secret.casefold(), secret.upper(), secret.replace("-", "").casefold()]
    texts = {form for text in plain for form in _texts(text)}
    raw = {form for text in plain for form in _raw(text.encode())}
    wide = {text.encode(code) for text in plain for code in ("utf-16-le", "utf-16-be", "latin-1")}
    return {form.lower() for form in {text.encode() for text in texts} | raw | wide}


def _texts(text: str) -> list[str]:
    return [
        text,
        quote(text),
        quote(text, safe=""),
        quote_plus(text),
        html.escape(text),
        json.dumps(text)[1:-1],
        repr(text)[1:-1],
    ]


def _raw(value: bytes) -> Iterator[bytes]:
    hashed = [hashlib.new(name, value) for name in ("md5", "sha1", "sha256")]
    yield from (each.digest() for each in hashed)
    yield from (each.hexdigest().encode() for each in hashed)
    yield value.hex().encode()
    for offset, lost in ((0, 0), (1, 2), (2, 3)):  # what stands before it shifts the letters
        whole = base64.b64encode(b"\0" * offset + value)[lost:-4]
        yield whole
        yield whole.translate(bytes.maketrans(b"+/", b"-_"))


def hidden_in(places: Mapping[str, bytes], *secrets: str) -> set[str]:
    """The names of the places that hold one of them."""
    sought = {form for secret in secrets for form in forms(secret)}
    found = set()
    for name, content in places.items():
        lower = content.lower()
        if any(form in lower for form in sought):
            found.add(name)
    return found


# Places.


def of_the_database() -> dict[str, bytes]:
    """Every table whole, bytes as hex; and the contents of sessions, unpacked."""
    places = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            into = io.BytesIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', into)
            places[f"table {table}"] = into.getvalue()
    unpacked = [session.get_decoded() for session in Session.objects.all()]
    return places | {"sessions": repr(unpacked).encode()}


def of_redis() -> dict[str, bytes]:
    """Every key of every database, with what it holds."""
    places = {}
    with redis.from_url(settings.REDIS_URL, single_connection_client=True) as server:
        for name in server.info("keyspace"):
            # An address that names a database wins over a parameter, so it is chosen here.
            server.execute_command("SELECT", name.removeprefix("db"))
            for key in server.scan_iter():
                places[f"redis {name} {key!r}"] = key + _value(server, key)
    return places


def _value(database: Any, key: bytes) -> bytes:
    readers: dict[bytes, Callable[[], Any]] = {
        b"string": lambda: database.get(key),
        b"list": lambda: database.lrange(key, 0, -1),
        b"set": lambda: database.smembers(key),
        b"hash": lambda: database.hgetall(key),
        b"zset": lambda: database.zrange(key, 0, -1),
        b"none": bytes,  # it went meanwhile
    }
    value = readers[database.type(key)]()
    return value if isinstance(value, bytes) else repr(value).encode()


@contextmanager
def listening_to_redis() -> Iterator[list[str]]:
    """Every command sent to it meanwhile: messages are gone once they are taken."""
    heard: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        with (
            redis.from_url(settings.REDIS_URL, socket_timeout=None) as server,
            server.monitor() as monitor,
        ):
            ready.set()
            for command in monitor.listen():
                if STOP in command["command"]:
                    return
                heard.append(command["command"])

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield heard
    finally:
        redis.from_url(settings.REDIS_URL).echo(STOP)
        thread.join(10)


def of_folders(*folders: Path) -> dict[str, bytes]:
    """Every file in them, by path."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {f"file {path}": path.name.encode() + path.read_bytes() for path in files}


def unzipped(content: bytes) -> bytes:
    """The contents of an XLSX."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def joined(texts: Iterable[str]) -> bytes:
    """Texts as one place."""
    return "\n".join(texts).encode()
