"""The environment and `.local/env`: read correctly, or refused in one sentence that says why."""

import base64
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured

from voucherportal import environment
from voucherportal.process import NEEDED, Process

KEY = base64.b64encode(bytes(32)).decode()
EVERYTHING = {
    "SECRET_KEY": "a-production-key-of-more-than-fifty-characters-0123456789",
    "VOUCHER_KEYS": f"k1:{KEY}",
    "FINGERPRINT_KEYS": f"1:{KEY}",
    "PUBLIC_URL": "https://vouchers.example",
    "TRUSTED_PROXIES": "1",
    "DATABASE_URL": "postgres://app:secret@db.example/vouchers?sslmode=verify-full",
    "REDIS_URL": "rediss://:secret@redis.example:6379/0",
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
        "The portal cannot start; not set: PUBLIC_URL, TRUSTED_PROXIES, SECRET_KEY, VOUCHER_KEYS,"
        " FINGERPRINT_KEYS, DATABASE_URL (or EMBEDDED_ROOT), REDIS_URL (or EMBEDDED_ROOT),"
        " EMAIL_URL, DEFAULT_FROM_EMAIL, SUPPORT_EMAIL (docs/operations.md says what each is; in a"
        " clone to try it, `make demo` needs none).\n"
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
        ("TRUSTED_PROXIES", "een", "TRUSTED_PROXIES is not a number from 0 to 9"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES is not a number from 0 to 9"),
        ("TRUSTED_PROXIES", "10", "TRUSTED_PROXIES is not a number from 0 to 9"),
        ("DATABASE_URL", "mysql://db.example/v", "DATABASE_URL is not a postgres:// address"),
        (
            "DATABASE_OWNER_URL",
            "postgres://owner:x@db.example/other?sslmode=verify-full",
            "DATABASE_OWNER_URL names another database than DATABASE_URL",
        ),
        (
            "DATABASE_OWNER_URL",
            "postgres://app:x@db.example/vouchers?sslmode=verify-ca",
            "DATABASE_OWNER_URL is the login of DATABASE_URL: the portal owns nothing",
        ),
        ("DATABASE_URL", "postgres://db.example", "DATABASE_URL names no database"),
        ("DATABASE_URL", "postgres://db.example:abc/v", "DATABASE_URL is not an address"),
        ("DATABASE_URL", "postgres://db.example/v", "DATABASE_URL is on another machine"),
        (
            "DATABASE_URL",
            "postgres://db.example/v?sslmode=require",
            "DATABASE_URL is on another machine: end it with ?sslmode=verify-full",
        ),
        ("DATABASE_URL", "postgres://a:b#c@db.example/v", "DATABASE_URL "),
        ("REDIS_URL", "localhost:6379", "REDIS_URL is not a redis://"),
        ("REDIS_URL", "redis://r.example/queue", "REDIS_URL names a database that is not"),
        ("REDIS_URL", "redis://:x@r.example/0", "REDIS_URL is on another machine: use rediss://"),
        ("REDIS_URL", "rediss://r.example/0", "REDIS_URL is on another machine: use rediss://"),
        ("REDIS_URL", "rediss://:x@r.example/0?ssl_cert_reqs=none", "REDIS_URL has options that"),
        ("EMAIL_URL", "mail.example", "EMAIL_URL is not an smtp://"),
        ("EMAIL_URL", "smtp://a:b@mail.example", "EMAIL_URL is on another machine: use smtp+tls"),
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


def settings_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> ModuleType:
    """A fresh reading of settings.py with these values. Raises ImproperlyConfigured."""
    import importlib.util

    others = ("DEMO", "DEBUG", "EMBEDDED_ROOT", "TEST_DATABASE_NAME", "PROCESS", "SEAL_KEYS")
    for name in (*EVERYTHING, *others):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"LOCAL_DIR": str(folder), **values}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.find_spec("voucherportal.settings")
    assert spec is not None
    assert spec.loader is not None
    read = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(read)
    return read


def refusal_of_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> str:
    """What a fresh reading of settings.py says about these values."""
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_with(folder, monkeypatch, values)
    return str(refused.value)


DEMO_OF_ONE_MACHINE = {"DEMO": "1", "PUBLIC_URL": "http://127.0.0.1:8000", "TRUSTED_PROXIES": ""}


def test_only_a_demo_does_without_the_number_of_proxies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A portal that does not know its proxies takes all visitors for one."""
    demo = settings_with(tmp_path, monkeypatch, {**EVERYTHING, **DEMO_OF_ONE_MACHINE})
    assert (demo.TRUSTED_PROXIES, demo.ALLAUTH_TRUSTED_PROXY_COUNT) == (0, 0)
    two = settings_with(tmp_path, monkeypatch, {**EVERYTHING, "TRUSTED_PROXIES": "2"})
    assert (two.TRUSTED_PROXIES, two.ALLAUTH_TRUSTED_PROXY_COUNT) == (2, 2)


def test_over_https_cookies_belong_to_this_host_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser takes `__Host-` only with Secure, for all paths and without a domain."""
    real = settings_with(tmp_path, monkeypatch, EVERYTHING)
    names = (real.SESSION_COOKIE_NAME, real.CSRF_COOKIE_NAME, real.LANGUAGE_COOKIE_NAME)
    assert names == ("__Host-sessionid", "__Host-csrftoken", "__Host-django_language")
    assert real.SESSION_COOKIE_SECURE
    assert real.CSRF_COOKIE_SECURE
    assert real.LANGUAGE_COOKIE_SECURE
    assert not [name for name in dir(real) if name.endswith(("COOKIE_DOMAIN", "COOKIE_PATH"))]
    demo = settings_with(tmp_path, monkeypatch, {**EVERYTHING, **DEMO_OF_ONE_MACHINE})
    assert demo.SESSION_COOKIE_NAME == "sessionid"


# Each process its own keys


NOT_ITS_OWN = [
    ("web", "SEAL_KEYS"),
    ("web", "DATABASE_OWNER_URL"),
    ("worker", "SEAL_KEYS"),
    ("beat", "VOUCHER_KEYS"),
    ("beat", "FINGERPRINT_KEYS"),
    ("beat", "SECRET_KEY"),
    ("seal", "VOUCHER_KEYS"),
    ("seal", "SECRET_KEY_FALLBACKS"),
]
SERVERS = {
    name: value
    for name, value in EVERYTHING.items()
    if name not in ("SECRET_KEY", "VOUCHER_KEYS", "FINGERPRINT_KEYS", "EMAIL_URL")
}
GIVEN = {
    "web": EVERYTHING,
    "worker": EVERYTHING,
    "beat": SERVERS,
    "seal": {**SERVERS, "SEAL_KEYS": f"k1:{KEY}"},
}
SECRETS = {
    **EVERYTHING,
    "SEAL_KEYS": f"k1:{KEY}",
    "SECRET_KEY_FALLBACKS": EVERYTHING["SECRET_KEY"],
    "DATABASE_OWNER_URL": "postgres://o:x@db.example/vouchers?sslmode=verify-full",
}


@pytest.mark.parametrize(("kind", "name"), NOT_ITS_OWN)
def test_no_process_starts_with_a_secret_that_it_has_no_use_for(
    kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {**GIVEN[kind], name: SECRETS[name], "PROCESS": kind}
    refusal = refusal_of_settings(tmp_path, monkeypatch, values)
    assert f"{kind} holds more than it needs: {name} (give each process its own" in refusal


@pytest.mark.parametrize("kind", GIVEN)
def test_each_process_starts_with_its_own(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = settings_with(tmp_path, monkeypatch, {**GIVEN[kind], "PROCESS": kind})
    held = {name for name in ("VOUCHER_KEYS", "FINGERPRINT_KEYS", "SEAL_KEYS") if vars(read)[name]}
    assert held | ({"SECRET_KEY"} if read.HOLDS_SECRET_KEY else set()) == NEEDED[Process(kind)]


def test_a_process_of_no_known_kind_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = refusal_of_settings(tmp_path, monkeypatch, {**EVERYTHING, "PROCESS": "all"})
    assert refusal == "PROCESS is none of web, worker, beat, seal, command."


# The file of a clone (finding 13)


def written(folder: Path, text: str) -> Path:
    path = folder / "env"
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def values_with(folder: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> Mapping[str, str]:
    for name in (*EVERYTHING, *SECRETS, "DEMO"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"LOCAL_DIR": str(folder), **given}.items():
        monkeypatch.setenv(name, value)
    return environment.Environment.of_this_clone(Process.WEB).values


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "# comment\n\nEMAIL_URL=file\nSUPPORT_EMAIL=file\n")
    values = values_with(tmp_path, monkeypatch, EMAIL_URL="environment")
    assert (values["EMAIL_URL"], values["SUPPORT_EMAIL"]) == ("environment", "file")


def test_of_the_file_a_process_reads_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "SEAL_KEYS=1\nVOUCHER_KEYS=2\n")
    values = values_with(tmp_path, monkeypatch)
    assert ("SEAL_KEYS" in values, values["VOUCHER_KEYS"]) == (False, "2")


@pytest.mark.parametrize(
    "given",
    [
        *({name: SECRETS[name]} for name in environment.OF_PRODUCTION if name in SECRETS),
        {"PUBLIC_URL": "https://vouchers.example"},
        {"DEMO": "off"},
    ],
    ids=str,
)
def test_the_file_fills_no_gap_of_a_real_installation(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "DEMO=true\nVOUCHER_KEYS=clone\nSUPPORT_EMAIL=clone\n")
    values = values_with(tmp_path, monkeypatch, **given)
    assert values.get("VOUCHER_KEYS") != "clone"
    assert values.get("SUPPORT_EMAIL") != "clone"
    assert values.get("DEMO") != "true"


def test_a_misspelt_key_is_missing_though_the_clone_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, f"VOUCHER_KEYS=clone:{KEY}\nDEMO=true\n")
    misspelt = {**EVERYTHING, "VOUCHER_KEYS": "", "VOUCHERS_KEYS": f"k1:{KEY}"}
    refusal = refusal_of_settings(tmp_path, monkeypatch, misspelt)
    assert refusal == (
        "The portal cannot start; not set: VOUCHER_KEYS (docs/operations.md says what each is;"
        f" {path} is of a demo, and not read)."
    )


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "DEMO=true\n")
    path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match=f"others can read it: chmod 600 {path}"):
        environment.read_file(path)


def test_the_one_fingerprint_key_of_before_is_a_ring_of_one() -> None:
    """So that an existing clone keeps working with its file; rows of that time have this id."""
    assert environment.with_first_key({"FINGERPRINT_KEY": KEY})["FINGERPRINT_KEYS"] == f"1:{KEY}"
    both = {"FINGERPRINT_KEY": KEY, "FINGERPRINT_KEYS": f"2:{KEY},1:{KEY}"}
    assert environment.with_first_key(both) == both


@pytest.mark.parametrize("line", ["SECRET_KEY", "export SECRET_KEY=x", "=x"])
def test_a_line_that_is_no_pair_is_refused_by_its_number(line: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"# comment\n{line}\n")
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.read_file(path)
    assert str(refused.value) == f"{path}, line 2, is not NAME=value."


def test_former_secrets_are_as_long_as_the_present_one() -> None:
    first, second = ("abcdefghij" * 5, "klmnopqrst" * 5)
    assert environment.former_secrets(f"{first}, {second}") == [first, second]
    with pytest.raises(ValueError, match="too short"):
        environment.former_secrets(f"{first},kort")


def test_deploy_check_is_clean_with_production_settings(tmp_path: Path) -> None:
    done = manage("check", "--deploy", "--fail-level=DEBUG", local=tmp_path, **EVERYTHING)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"
