"""Outside tests of the guards themselves nothing switches a trigger off (rule 3)."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from voucherportal.environment import BASE_DIR

OFF_SWITCH = re.compile(
    r"session_replication_role|disable\s+trigger|disable\s+rule|drop\s+trigger|pgtrigger"
    r"|alter\s+table\s+\S+\s+disable",
    re.IGNORECASE,
)
# What drops sign-ins after their term, as the owner; the flush between tests and its login; what
# refuses to serve with such a login; what is tried in vain; this test; and the control that makes
# books that do not balance.
MAY_SAY_IT = {
    "accounts/sign_ins.py",
    "accounts/tests/test_dropping.py",
    "accounts/tests/test_own_account.py",
    "vouchers/migrations/0004_watch.sql",  # reasons of holdings can be erased: another guard
    "history/tests/owner.py",
    "local/embedded.py",
    "local/pytest_servers.py",
    "history/database_roles.py",
    "history/tests/test_no_off_switch.py",
    "history/tests/test_database_roles.py",
    "vouchers/tests/test_books.py",
}


def tracked_files() -> list[str]:
    """Python and SQL files of the project; works in a fresh clone and in a working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.sql"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split() if (BASE_DIR / name).exists()]


def test_no_code_switches_a_trigger_off() -> None:
    files = tracked_files()
    assert "vouchers/database/guards.py" in files
    saying = {name for name in files if OFF_SWITCH.search((BASE_DIR / name).read_text())}
    assert saying - MAY_SAY_IT == {name for name in saying if name.startswith("benchmarks/")}


@pytest.mark.django_db
def test_the_sample_data_goes_through_every_guard(tmp_path: Path, settings: Any) -> None:
    """The captured SQL of `demo_data` switches nothing off, and history has all its rows."""
    settings.DEMO = True
    settings.LOCAL_DIR = tmp_path
    with CaptureQueriesContext(connection) as captured:
        call_command("demo_data", small=True, verbosity=0)
    statements = [query["sql"] for query in captured.captured_queries]
    assert len(statements) > 500
    assert [sql for sql in statements if OFF_SWITCH.search(sql)] == []
    with connection.cursor() as cursor:
        for table in ("vouchers_handout", "vouchers_voucher", "vouchers_pupilline"):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM"
                ' history_historyevent h WHERE h."table" = %s AND h."row" = t.id'
                " AND operation = 'I')",
                [table],
            )
            assert cursor.fetchone() == (0,)
