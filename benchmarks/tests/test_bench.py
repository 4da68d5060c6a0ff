"""The whole of `make bench` at a thousandth of its size, so that no row breaks unnoticed: each ends
with figures. At that size they mean nothing: neither time nor verdict is asserted."""

import ctypes.util
import os
import re
import signal
import subprocess
import sys

from benchmarks import at_once, lists
from common.processes import die_with_parent
from local import localenv
from local.tests.stack import short_folder
from reports.figures import Dimension
from voucherportal.environment import BASE_DIR

SECONDS, RATIO = r"[\d.]+ m?s", r"[\d.]+( \(.+\))?"
# How the lines of each row begin, how many there are, and how many of them have a peer.
ROWS = {
    "report by": (2 * len(Dimension), 0),
    "list,": (len(lists.LISTS), 0),
    f"{at_once.CLIENTS} at once,": (len(at_once.MOST_ASKED), 0),
    "largest form,": (10, 0),
    "XLSX of 100 rows": (1, 0),
    "20 letters": (1, 1),
    "hand out a period": (1, 1),
    "load 100 codes": (1, 1),
    "receive, check and load 100 codes": (1, 0),
    "check and apply 100 activations": (1, 1),
}
# The one peer that needs a system library; `make test` installs everything else of it.
HAS_PANGO = ctypes.util.find_library("pango-1.0") is not None


def test_every_row_ends_with_figures() -> None:
    said = bench()
    lines = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in said if line[0] == "|"
    ]
    (_head, _rule, *rows) = lines
    found = {
        name: (len(of_it), sum(bool(line[5]) for line in of_it))
        for name in ROWS
        if (of_it := [line for line in rows if line[0].startswith(name)])
    }
    assert (found, len(rows)) == (ROWS, sum(lines for lines, _peers in ROWS.values()))
    odd = [line for line in rows if not has_figures(line)]
    assert [line for line in odd if HAS_PANGO or not line[5].startswith("MISSING weasyprint")] == []
    assert said[-1].startswith(("Falls short: ", "Every row holds."))


def has_figures(line: list[str]) -> bool:
    """Times of ours and floor, their ratio, and that of the peer if there is one."""
    _work, ours, floor, to_floor, _cpu, to_peer, _also, _verdict = line
    times = all(re.fullmatch(SECONDS, each) for each in (ours, floor))
    return times and all(re.fullmatch(RATIO, each) for each in (to_floor, to_peer or "1"))


def bench() -> list[str]:
    """The lines that it prints, in a folder with servers of its own."""
    with short_folder() as folder:
        localenv.write(folder / "env")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks"],
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
            env={**os.environ, "LOCAL_DIR": str(folder), "SCALE": "0.001"},
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    assert "No row yet: " in done.stdout, done.stderr[-3000:]
    return [line for line in done.stdout.splitlines() if line]
