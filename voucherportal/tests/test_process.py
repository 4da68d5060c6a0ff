"""What a process is, by PROCESS or by how it was started."""

import pytest

from voucherportal.process import Process, how_started, not_its_own, own


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("manage.py migrate", Process.COMMAND),
        ("/x/bin/celery -A voucherportal worker", Process.WORKER),
        ("/x/celery/__main__.py -q -A voucherportal worker --concurrency=2", Process.WORKER),
        ("celery -A voucherportal worker -Q seal", Process.SEAL),
        ("celery -A voucherportal worker --queues=seal --pool=solo", Process.SEAL),
        ("celery -A voucherportal worker -Q celery,seal", Process.WORKER),
        ("celery -A voucherportal beat", Process.BEAT),
        ("celery -A voucherportal inspect ping", Process.COMMAND),
        ("", Process.COMMAND),
    ],
)
def test_how_it_was_started_says_what_it_is(words: str, kind: Process) -> None:
    assert how_started(words.split()) == kind


def test_what_is_not_its_own_is_left_out() -> None:
    given = {"SEAL_KEYS": "s", "VOUCHER_KEYS": "v", "REDIS_URL": "r", "SECRET_KEY": ""}
    assert not_its_own(given, Process.BEAT) == ["SEAL_KEYS", "VOUCHER_KEYS"]
    assert own(given, Process.WEB) == {"VOUCHER_KEYS": "v", "REDIS_URL": "r", "SECRET_KEY": ""}
    assert own(given, Process.COMMAND) == given
