"""What a page asks of the database has an end; what a worker or a command asks has none."""

import os
import subprocess
import sys

import pytest

from local.tests.stack import own_servers
from voucherportal.environment import BASE_DIR

ASK = (
    "from django.db import connection\n"
    "with connection.cursor() as cursor:\n"
    "    cursor.execute('SHOW statement_timeout')\n"
    "    print(cursor.fetchone()[0])\n"
)


def limit_in(beginning: str) -> str:
    """What a fresh process that begins so is told by the database."""
    done = subprocess.run(
        [sys.executable, "-c", f"{beginning}\n{ASK}"],
        cwd=BASE_DIR,
        env={**os.environ, **own_servers(), "DEMO": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("beginning", "limit"),
    [
        ("import voucherportal.wsgi", "20s"),
        ("import django, voucherportal.celery; django.setup()", "0"),
    ],
)
def test_the_web_has_a_limit_and_a_worker_has_none(beginning: str, limit: str) -> None:
    assert limit_in(beginning) == limit
