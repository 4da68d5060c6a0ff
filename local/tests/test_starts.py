"""What starts, and what does not: keys that do not fit, a login with too much power, a database
that comes late or was restored. Real processes on the test database."""

import base64
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from common.processes import die_with_parent
from conftest import Cast
from history.database_roles import as_owner
from history.models import HistoryEvent, HistorySeal
from history.tasks import seal_history
from history.tests.owner import sql
from local.tests.stack import outside_pytest, start
from local.tests.test_demo_mark import COMMANDS
from voucherportal.environment import BASE_DIR
from voucherportal.process import Process
from vouchers.models import Voucher
from vouchers.tests.factories import code_csv
from vouchers.tests.worker import wait_until

OTHER = base64.b64encode(b"x" * 32).decode()
POWERFUL = "owns tables or may do more than the portal needs"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    path = tmp_path / "codes.csv"
    path.write_bytes(code_csv([f"AB-{number}" for number in range(100)]))
    return path


def load(cast: Cast, codes: Path, **keys: str) -> subprocess.CompletedProcess[str]:
    pool = str(cast.pool.pk)
    return start("manage.py", "load_codes", str(codes), "--pool", pool, kind="command", **keys)


def test_the_same_codes_are_not_loaded_twice_under_other_bytes_of_a_known_key(
    cast: Cast, codes: Path
) -> None:
    assert "100 nieuw" in load(cast, codes).stdout
    codes.write_bytes(code_csv([f"AB-{number}" for number in range(101)]))  # a file of its own
    refused = load(cast, codes, FINGERPRINT_KEYS=f"1:{OTHER}")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the ones that this database knows by that id: 1 in FINGERPRINT_KEYS." in refused.stderr
    assert Voucher.objects.count() == 100
    assert "1 nieuw" in load(cast, codes).stdout


def test_a_database_of_before_keys_were_noted_is_asked_itself(cast: Cast, codes: Path) -> None:
    """As after a restore of an old dump: what is stored has to open."""
    load(cast, codes)
    sql_as_owner("DELETE FROM history_keycheck")
    for ring in ("VOUCHER_KEYS=local1", "FINGERPRINT_KEYS=1"):
        name, key_id = ring.split("=")
        refused = start("manage.py", "balance", kind="command", **{name: f"{key_id}:{OTHER}"})
        assert f"{key_id} in {name}" in refused.stderr
    assert start("manage.py", "balance", kind="command").returncode == 0


@pytest.mark.parametrize("program", ["web", "worker"])
def test_nothing_serves_with_other_bytes_of_a_known_key(program: str) -> None:
    assert start(*COMMANDS["web"], kind="web").returncode == 0
    done = start(*COMMANDS[program], kind=program, VOUCHER_KEYS=f"local1:{OTHER}")
    assert done.returncode == 1
    assert "local1 in VOUCHER_KEYS" in done.stdout + done.stderr


def test_another_secret_key_alone_is_refused_and_named(cast: Cast) -> None:
    first = outside_pytest(Process.COMMAND)["SECRET_KEY"]
    start("manage.py", "balance", kind="command")
    new = "another-secret-key-of-more-than-fifty-characters-0123456789"
    refused = start("manage.py", "balance", kind="command", SECRET_KEY=new)
    assert "SECRET_KEY is another one than this database was used with." in refused.stderr
    both = {"SECRET_KEY": new, "SECRET_KEY_FALLBACKS": first}
    assert start("manage.py", "balance", kind="command", **both).returncode == 0
    assert start("manage.py", "balance", kind="command", SECRET_KEY=new).returncode == 0


def test_when_the_secret_key_is_lost_check_keys_takes_the_new_one() -> None:
    start("manage.py", "balance", kind="command")
    new = "another-secret-key-of-more-than-fifty-characters-0123456789"
    answers = [
        start("manage.py", "check_keys", *words, kind="command", SECRET_KEY=new).returncode
        for words in ([], ["--new-secret"], [])
    ]
    assert answers == [1, 0, 0]


# A login with too much power, and a database that comes late (operator 6)


def late_database(folder: Path) -> dict[str, str]:
    """The owner's login on a socket at which nothing answers before `come`."""
    owner = settings.DATABASE_OWNER
    if not owner["HOST"].startswith("/"):
        pytest.skip("the database of the tests is not on a socket")
    place = f"{quote(str(folder), safe='')}/{connection.settings_dict['NAME']}"
    return {"DATABASE_URL": f"postgres://{owner['USER']}@{place}"}


def come(folder: Path) -> None:
    socket = ".s.PGSQL.5432"
    (folder / socket).symlink_to(Path(connection.settings_dict["HOST"]) / socket)


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_who_waits_for_the_database_still_checks_its_login(program: str, tmp_path: Path) -> None:
    late = late_database(tmp_path)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *COMMANDS[program]],
            cwd=BASE_DIR,
            env=outside_pytest(Process(program), **late),
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        wait_until(lambda: "does not answer" in (tmp_path / "log").read_text())
        assert process.poll() is None
        come(tmp_path)
        assert process.wait(30) == 1
    assert POWERFUL in (tmp_path / "log").read_text()


WEB = """
import os, sys, voucherportal.wsgi
from django.db import connection
from django.core.exceptions import ImproperlyConfigured
print('serving', flush=True)
sys.stdin.readline()
for _again in range(2):
    try:
        connection.ensure_connection()
    except ImproperlyConfigured as refusal:
        print(refusal)
"""


def test_a_web_server_that_came_first_uses_no_connection_with_too_much_power(
    tmp_path: Path,
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WEB],
        cwd=BASE_DIR,
        env=outside_pytest(Process.WEB, **late_database(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert process.stdout is not None
    while process.stdout.readline() != "serving\n":
        assert process.poll() is None
    come(tmp_path)
    said, _nothing = process.communicate("\n", timeout=30)
    assert said.count(POWERFUL) == 2


# Restored, and sealed


def test_a_database_from_a_dump_does_not_serve_before_it_counts_on(cast: Cast) -> None:
    """What would be written in between could never be told from what was slipped in."""
    a_seal_of_another_server()
    for program in ("web", "worker", "seal"):
        done = start(*COMMANDS[program], kind=program)
        assert done.returncode == 1
        assert "This database was restored from a dump" in done.stdout + done.stderr


def a_seal_of_another_server() -> None:
    sql_as_owner(
        "INSERT INTO history_historyseal VALUES"
        " (1, now(), 9000000000000, 0, 1, '\\x00', 'local1', '\\x00')"
    )


def sql_as_owner(statement: str) -> None:
    with as_owner():
        sql(statement)


def test_the_one_that_seals_has_its_own_keys_and_logs_the_last_seal(
    cast: Cast, tmp_path: Path
) -> None:
    """As documented: without --loglevel (operator 3)."""
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *COMMANDS["seal"], "--pool=solo"],
            cwd=BASE_DIR,
            env=outside_pytest(Process.SEAL),
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    assert HistoryEvent.objects.exists()
    wait_until(lambda: " ready." in log.read_text())
    seal_history.delay()
    wait_until(HistorySeal.objects.exists)
    wait_until(lambda: "history sealed: 1:" in log.read_text())
    process.kill()
    process.wait()
