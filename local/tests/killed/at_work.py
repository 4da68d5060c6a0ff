"""Starts what tests start, prints that and waits until it is killed: see `test_killed`."""

import os
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from common import sockets
from e2e.walker import a_browser
from local.tests.stack import a_stack
from voucherportal.environment import read_file
from voucherportal.process import Process, own
from vouchers.tests.worker import running_worker


def test_everything_is_at_work() -> None:
    with a_stack() as stack, sync_playwright() as playwright, a_browser(playwright):
        stack.start(SMALL="1")
        servers = stack.folder / "servers"  # with a database that exists already
        theirs = own(read_file(stack.folder / "env"), Process.WORKER)
        theirs["DATABASE_URL"] = sockets.database_url(servers)
        theirs["PGPASSFILE"] = sockets.password_file(servers)
        with running_worker(**theirs):
            Path(os.environ["SAY_WHEN_READY"]).touch()
            time.sleep(600)
