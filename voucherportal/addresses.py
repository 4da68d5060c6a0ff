"""Addresses of servers as everybody writes them -> Django's settings; what leaves this machine goes
over TLS, and to a server that asks a password (ADR 39)."""

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlencode

import dj_database_url

from voucherportal.environment import split

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
VERIFIED = ("verify-full", "verify-ca")
REDIS_OPTIONS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def on_this_machine(host: str) -> bool:
    """Whether nobody between could listen: a socket, or the loopback."""
    return not host or host.startswith("/") or host.lower() in LOOPBACK


def database(text: str) -> dict[str, Any]:
    """DATABASE_URL -> Django's settings.

    postgres://user:password@host:5432/name, parts percent-encoded where needed, a socket's folder
    in place of the host (%2Frun%2Fpostgresql), and whatever libpq knows behind a ?: sslmode,
    sslrootcert, target_session_attrs, connect_timeout, …
    """
    url = split(text)
    if url.scheme not in ("postgres", "postgresql"):
        raise ValueError("is not a postgres:// address, the only database the portal knows")
    if url.fragment:
        raise ValueError("has a # that is not percent-encoded (%23)")
    found = dj_database_url.parse(text)
    if not found["NAME"]:
        raise ValueError("names no database")
    options = {name: str(value) for name, value in found.get("OPTIONS", {}).items()}
    host, port = _host_and_port(url)
    return {
        "ENGINE": found["ENGINE"],
        "NAME": found["NAME"],
        "USER": found["USER"],
        "PASSWORD": found["PASSWORD"],
        "HOST": options.pop("host", "") or host,
        "PORT": options.pop("port", "") or port,
        "OPTIONS": options,
    }


def verified_database(text: str) -> dict[str, Any]:
    """The same, refused when the server is on another machine and not verified."""
    found = database(text)
    hosts = found["HOST"].split(",")
    if all(map(on_this_machine, hosts)) or found["OPTIONS"].get("sslmode") in VERIFIED:
        return found
    raise ValueError(
        "is on another machine: end it with ?sslmode=verify-full (and &sslrootcert=/path for a"
        " certificate of your own)"
    )


def redis_client_url(text: str) -> str:
    """REDIS_URL in redis-py's form, with the database: redis://host:6379/0 or unix:///path?db=0.

    Of what stands behind a ?, the files of certificates are kept; the server's is always verified.
    """
    url = split(text)
    if url.scheme == "unix" and url.path:
        return f"unix://{url.path}?db={_redis_database(url)}"
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise ValueError("is not a redis://, rediss:// or unix:// address")
    options = {name: words[-1] for name, words in parse_qs(url.query).items()}
    if unknown := set(options) - REDIS_OPTIONS:
        raise ValueError(f"has options that are not read: {', '.join(sorted(unknown))}")
    if url.scheme == "rediss":
        options |= {"ssl_cert_reqs": "required"}
    return _redis_url(url, _redis_database(url), options)


def guarded_redis_url(text: str) -> str:
    """The same, refused when the server is on another machine without password and TLS."""
    url = split(text)
    found = redis_client_url(text)
    if url.scheme == "unix" or on_this_machine(url.hostname or ""):
        return found
    if url.scheme != "rediss" or not url.password:
        raise ValueError(
            "is on another machine: use rediss://user:password@host:6379/0, with TLS and a password"
        )
    return found


def redis_database_url(client_url: str, *, step: int) -> str:
    """The address of the database `step` numbers further on the same Redis server."""
    url = split(client_url)
    number = _redis_database(url) + step
    if url.scheme == "unix":
        return f"unix://{url.path}?db={number}"
    return _redis_url(url, number, {name: words[-1] for name, words in parse_qs(url.query).items()})


def celery_broker_url(client_url: str) -> str:
    """The same server in Celery's form: redis+socket:///path?virtual_host=0 for a socket."""
    url = split(client_url)
    if url.scheme == "unix":
        return f"redis+socket://{url.path}?virtual_host={_redis_database(url)}"
    return client_url


def email(text: str) -> dict[str, Any]:
    """EMAIL_URL -> Django's settings.

    smtp://host:25, smtp+tls://user:password@host:587, smtps://user:password@host:465.
    """
    url = split(text)
    if url.scheme not in MAIL_PORTS or not url.hostname:
        raise ValueError("is not an smtp://, smtp+tls:// or smtps:// address")
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or MAIL_PORTS[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
    }


def private_email(text: str) -> dict[str, Any]:
    """The same, refused when mails, with links that choose passwords, would travel in clear."""
    found = email(text)
    if split(text).scheme == "smtp" and not on_this_machine(found["EMAIL_HOST"]):
        raise ValueError(
            "is on another machine: use smtp+tls:// or smtps://, or a mail server on this machine"
            " that passes mails on over TLS"
        )
    return found


def _redis_url(url: SplitResult, number: int, options: dict[str, str]) -> str:
    query = f"?{urlencode(options)}" if options else ""
    return f"{url.scheme}://{url.netloc}/{number}{query}"


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
