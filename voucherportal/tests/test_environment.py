"""The environment and `.local/env`: read correctly, or refused in one sentence that says why."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from voucherportal import environment

KEY = base64.b64encode(bytes(32)).decode()
EVERYTHING = {
    "SECRET_KEY": "a-production-key-of-more-than-fifty-characters-0123456789",
    "VOUCHER_KEYS": f"k1:{KEY}",
    "FINGERPRINT_KEYS": f"1:{KEY}",
    "SEAL_KEYS": f"k1:{KEY}",
    "PUBLIC_URL": "https://vouchers.example",
    "DATABASE_URL": "postgres://app:secret@db.example/vouchers",
    "REDIS_URL": "redis://redis.example:6379/0",
    "EMAIL_URL": "smtp+tls://app:secret@mail.example",
    "DEFAULT_FROM_EMAIL": "van@vouchers.example",
    "SUPPORT_EMAIL": "hulp@vouchers.example",
}


def manage(*arguments: str, local: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with these values and nothing else."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=environment.BASE_DIR,
        env={"PATH": os.environ["PATH"], "LOCAL_DIR": str(local), **values},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_environment_and_file_it_refuses_and_names_what_is_missing(
    tmp_path: Path,
) -> None:
    done = manage("check", local=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "The portal cannot start; not set, neither in the environment nor in"
        f" {tmp_path}/env: PUBLIC_URL, SECRET_KEY, VOUCHER_KEYS, FINGERPRINT_KEYS,"
        " SEAL_KEYS, DATABASE_URL (or EMBEDDED_ROOT), REDIS_URL (or EMBEDDED_ROOT), EMAIL_URL,"
        " DEFAULT_FROM_EMAIL, SUPPORT_EMAIL (`make demo` or `make test` writes that file).\n"
    )


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_missing_value_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = refusal_of_settings(tmp_path, monkeypatch, {**EVERYTHING, name: ""})
    assert f": {name}" in refusal


@pytest.mark.parametrize(
    ("name", "value", "half_a_sentence"),
    [
        ("SECRET_KEY", "tiny", "SECRET_KEY is too short"),
        ("VOUCHER_KEYS", KEY, "VOUCHER_KEYS is not a list of id:base64"),
        ("VOUCHER_KEYS", "k1:c2hvcnQ=", "VOUCHER_KEYS holds a key of 5 bytes"),
        ("VOUCHER_KEYS", f"k1:{KEY},k1:{KEY}", "VOUCHER_KEYS names a key id twice"),
        ("VOUCHER_KEYS", ",", "VOUCHER_KEYS holds no key"),
        ("VOUCHER_KEYS", f"{'k' * 21}:{KEY}", "VOUCHER_KEYS has a key id of more than 20"),
        ("FINGERPRINT_KEYS", "1:no base64!", "FINGERPRINT_KEYS is not base64"),
        ("DEMO", "maybe", "DEMO is not true or false"),
        ("DEBUG", "2", "DEBUG is not true or false"),
        ("PUBLIC_URL", "portal.internal", "PUBLIC_URL is not an address"),
        ("PUBLIC_URL", "https://portal.internal/path", "PUBLIC_URL is not an address"),
        ("PUBLIC_URL", "http://portal.internal", "PUBLIC_URL is not https"),
        ("DATABASE_URL", "mysql://db.example/v", "DATABASE_URL is not a postgres:// address"),
        (
            "DATABASE_OWNER_URL",
            "postgres://owner:x@db.example/other",
            "DATABASE_OWNER_URL names another database than DATABASE_URL",
        ),
        (
            "DATABASE_OWNER_URL",
            "postgres://app:x@db.example/vouchers",
            "DATABASE_OWNER_URL is the login of DATABASE_URL: the portal owns nothing",
        ),
        ("DATABASE_URL", "postgres://db.example", "DATABASE_URL names no database"),
        ("DATABASE_URL", "postgres://db.example:abc/v", "DATABASE_URL is not an address"),
        ("DATABASE_URL", "postgres://db.example/v?sslmode=require", "DATABASE_URL has options"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL is not a redis://"),
        ("REDIS_URL", "redis://r.example/queue", "REDIS_URL names a database that is not"),
        ("EMAIL_URL", "mail.example", "EMAIL_URL is not an smtp://"),
        ("TEST_DATABASE_NAME", "test-1", "TEST_DATABASE_NAME is not a plain database name"),
        ("ACM_ISSUER", "acm.example/op", "ACM_ISSUER is not an address"),
        ("ACM_ISSUER", "http://authenticatie.vlaanderen.be/op", "ACM_ISSUER is not https"),
        ("ACM_ROLES", "Coordinator:coordinator", "ACM_ROLES is not a list of name=value"),
        ("ACM_ROLES", "A=officer,A=administrator", "ACM_ROLES names the same name twice"),
    ],
)
def test_a_bad_value_is_named_and_never_repeated(
    name: str, value: str, half_a_sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = refusal_of_settings(tmp_path, monkeypatch, {**EVERYTHING, name: value})
    assert half_a_sentence in refusal
    assert len(value) == 1 or value not in refusal


SIGN_ON = {
    "ACM_ISSUER": "https://authenticatie.vlaanderen.be/op",
    "ACM_CLIENT_ID": "internetvouchers",
    "ACM_CLIENT_SECRET": "een geheim",
    "ACM_APPLICATION": "dv_vouchers",
    "ACM_ROLES": "Beheerder=administrator,Coordinator=coordinator",
    "ACM_MINISTRY": "OVO000123",
}


@pytest.mark.parametrize("name", SIGN_ON)
def test_half_a_sign_on_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one that lacks, and each one that stands alone."""
    lacking = refusal_of_settings(tmp_path, monkeypatch, {**EVERYTHING, **SIGN_ON, name: ""})
    assert f": {name} (" in lacking
    alone = {**EVERYTHING, **dict.fromkeys(SIGN_ON, ""), name: SIGN_ON[name]}
    refusal = refusal_of_settings(tmp_path, monkeypatch, alone)
    assert f": {', '.join(other for other in SIGN_ON if other != name)} (" in refusal


def test_a_whole_sign_on_starts(tmp_path: Path) -> None:
    done = manage(
        "check", "--deploy", "--fail-level=DEBUG", local=tmp_path, **EVERYTHING, **SIGN_ON
    )
    assert (done.returncode, done.stderr) == (0, "")


def refusal_of_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> str:
    """What a fresh reading of settings.py says about these values."""
    import importlib.util

    for name in (*EVERYTHING, "DEMO", "DEBUG", "EMBEDDED_ROOT", "TEST_DATABASE_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"LOCAL_DIR": str(folder), **values}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.find_spec("voucherportal.settings")
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ImproperlyConfigured) as refused:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return str(refused.value)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").write_text("# comment\n\nSUPPORT_EMAIL=file\nPUBLIC_URL=https://file\n")
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("SUPPORT_EMAIL", "environment")
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    values = environment.Environment.of_this_clone().values
    assert (values["SUPPORT_EMAIL"], values["PUBLIC_URL"]) == ("environment", "https://file")


def test_the_one_fingerprint_key_of_before_is_a_ring_of_one() -> None:
    """So that an existing clone keeps working with its file; rows of that time have this id."""
    assert environment.with_first_key({"FINGERPRINT_KEY": KEY})["FINGERPRINT_KEYS"] == f"1:{KEY}"
    both = {"FINGERPRINT_KEY": KEY, "FINGERPRINT_KEYS": f"2:{KEY},1:{KEY}"}
    assert environment.with_first_key(both) == both


@pytest.mark.parametrize("line", ["SECRET_KEY", "export SECRET_KEY=x", "=x"])
def test_a_line_that_is_no_pair_is_refused_by_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text(f"# comment\n{line}\n")
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.read_file(path)
    assert str(refused.value) == f"{path}, line 2, is not NAME=value."


def test_former_secrets_are_as_long_as_the_present_one() -> None:
    first, second = ("abcdefghij" * 5, "klmnopqrst" * 5)
    assert environment.former_secrets(f"{first}, {second}") == [first, second]
    with pytest.raises(ValueError, match="too short"):
        environment.former_secrets(f"{first},kort")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://app:p%40ss@db.example:5433/vouchers",
            ("db.example", "5433", "app", "p@ss", "vouchers"),
        ),
        ("postgresql://db.example/vouchers", ("db.example", "", "", "", "vouchers")),
        (
            "postgres://portal@%2FWork%2FMain%20clone%2Frun/vouchers",
            ("/Work/Main clone/run", "", "portal", "", "vouchers"),
        ),
        ("postgres://app@[::1]:5432/vouchers", ("::1", "5432", "app", "", "vouchers")),
    ],
)
def test_database_url(url: str, expected: tuple[str, ...]) -> None:
    found = environment.database(url)
    names = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    assert tuple(found[name] for name in names) == expected


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
    ],
)
def test_redis_url_for_client_broker_and_cache(
    url: str, client: str, broker: str, cache: str
) -> None:
    found = environment.redis_client_url(url)
    assert found == client
    assert environment.celery_broker_url(found) == broker
    assert environment.redis_database_url(found, step=1) == cache


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://app:p%2Fw@mail.example", 587, True, False),
        ("smtps://app:pw@mail.example:4650", 4650, False, True),
    ],
)
def test_email_url(url: str, port: int, tls: bool, ssl: bool) -> None:
    found = environment.email(url)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert found["EMAIL_HOST"] == "mail.example"


def test_deploy_check_is_clean_with_production_settings(tmp_path: Path) -> None:
    done = manage("check", "--deploy", "--fail-level=DEBUG", local=tmp_path, **EVERYTHING)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"
