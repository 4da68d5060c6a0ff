"""Addresses of servers as everybody writes them; refused where somebody between could listen."""

import ssl
from typing import Any

import pytest

from voucherportal import addresses, celery_app


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://app:p%40ss%23@db.example:5433/vouchers",
            ("db.example", "5433", "app", "p@ss#", "vouchers"),
        ),
        ("postgresql://db.example/vouchers", ("db.example", "", "", "", "vouchers")),
        (
            "postgres://portal@%2FWork%2FMain%20clone%2Frun/vouchers",
            ("/Work/Main clone/run", "", "portal", "", "vouchers"),
        ),
        (
            "postgresql:///vouchers?host=/run/postgresql&port=5433",
            ("/run/postgresql", "5433", "", "", "vouchers"),
        ),
        ("postgres://app@[::1]:5432/vouchers", ("::1", "5432", "app", "", "vouchers")),
        (
            "postgresql:///vouchers?host=one.example,two.example",
            ("one.example,two.example", "", "", "", "vouchers"),
        ),
    ],
)
def test_database_url(url: str, expected: tuple[str, ...]) -> None:
    found = addresses.database(url)
    names = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    assert tuple(found[name] for name in names) == expected


def test_what_stands_behind_a_database_goes_to_libpq() -> None:
    found = addresses.database(
        "postgres://db.example/v?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
        "&target_session_attrs=read-write&connect_timeout=10"
    )
    assert found["OPTIONS"] == {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
        "target_session_attrs": "read-write",
        "connect_timeout": "10",
    }


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("postgres://db.example/v", True),
        ("postgres://db.example/v?sslmode=require", True),
        ("postgres://db.example/v?sslmode=prefer", True),
        ("postgresql:///v?host=/run,db.example", True),
        ("postgres://db.example/v?sslmode=verify-full", False),
        ("postgres://db.example/v?sslmode=verify-ca", False),
        ("postgres://localhost/v", False),
        ("postgres://127.0.0.1:5432/v", False),
        ("postgres://[::1]/v", False),
        ("postgres://%2Frun/v", False),
        ("postgres:///v", False),
    ],
)
def test_a_database_on_another_machine_is_verified(url: str, refused: bool) -> None:
    if not refused:
        assert addresses.verified_database(url) == addresses.database(url)
        return
    with pytest.raises(ValueError, match="is on another machine: end it with"):
        addresses.verified_database(url)


@pytest.mark.parametrize(
    ("url", "client", "broker", "cache"),
    [
        (
            "unix:///run/redis.sock?db=4",
            "unix:///run/redis.sock?db=4",
            "redis+socket:///run/redis.sock?virtual_host=4",
            "unix:///run/redis.sock?db=5",
        ),
        (
            "unix:///run/redis.sock",
            "unix:///run/redis.sock?db=0",
            "redis+socket:///run/redis.sock?virtual_host=0",
            "unix:///run/redis.sock?db=1",
        ),
        (
            "redis://:secret@redis.example:6380",
            "redis://:secret@redis.example:6380/0",
            "redis://:secret@redis.example:6380/0",
            "redis://:secret@redis.example:6380/1",
        ),
        (
            "rediss://:secret@redis.example/2",
            "rediss://:secret@redis.example/2?ssl_cert_reqs=required",
            "rediss://:secret@redis.example/2?ssl_cert_reqs=required",
            "rediss://:secret@redis.example/3?ssl_cert_reqs=required",
        ),
    ],
)
def test_redis_url_for_client_broker_and_cache(
    url: str, client: str, broker: str, cache: str
) -> None:
    found = addresses.redis_client_url(url)
    assert found == client
    assert addresses.celery_broker_url(found) == broker
    assert addresses.redis_database_url(found, step=1) == cache


def test_the_queue_verifies_the_server_of_redis_too() -> None:
    found = addresses.redis_client_url("rediss://:x@r.example/0?ssl_ca_certs=/etc/ca.pem")
    broker: Any = celery_app.connection_for_write(addresses.celery_broker_url(found))
    assert broker.ssl == {"ssl_ca_certs": "/etc/ca.pem", "ssl_cert_reqs": ssl.CERT_REQUIRED}


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("redis://r.example/0", True),
        ("redis://:x@r.example/0", True),
        ("rediss://r.example/0", True),
        ("rediss://:x@r.example/0", False),
        ("redis://localhost:6379/0", False),
        ("redis://127.0.0.1", False),
        ("unix:///run/redis.sock", False),
    ],
)
def test_redis_on_another_machine_has_a_password_and_tls(url: str, refused: bool) -> None:
    if not refused:
        assert addresses.guarded_redis_url(url) == addresses.redis_client_url(url)
        return
    with pytest.raises(ValueError, match="is on another machine: use rediss://"):
        addresses.guarded_redis_url(url)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://app:p%2Fw@mail.example", 587, True, False),
        ("smtps://app:pw@mail.example:4650", 4650, False, True),
    ],
)
def test_email_url(url: str, port: int, tls: bool, ssl: bool) -> None:
    found = addresses.email(url)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert found["EMAIL_HOST"] == "mail.example"


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("smtp://app:pw@mail.example", True),
        ("smtp://mail.example", True),
        ("smtp://localhost", False),
        ("smtp+tls://app:pw@mail.example", False),
        ("smtps://app:pw@mail.example", False),
    ],
)
def test_mails_leave_this_machine_over_tls(url: str, refused: bool) -> None:
    if not refused:
        assert addresses.private_email(url) == addresses.email(url)
        return
    with pytest.raises(ValueError, match="is on another machine"):
        addresses.private_email(url)
