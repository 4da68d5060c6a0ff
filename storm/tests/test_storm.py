"""The small storm, run as `make storm` runs the large one: with processes and servers of its
own."""

import signal
import subprocess
import sys

from common.processes import die_with_parent
from voucherportal import environment


def test_nothing_is_wrong_after_a_small_storm_and_its_controls_see_what_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "storm", "--small"],
        cwd=environment.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *_earlier, last = done.stdout.splitlines()
    assert "1600 codes handed out in 80 requests" in last
    assert last.endswith("verdict: nothing is wrong")
    assert "worker killed" in done.stdout
    assert "PostgreSQL crashes" in done.stdout
    assert "Redis killed" in done.stdout
