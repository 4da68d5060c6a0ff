"""`make bench`: `python -m benchmarks [ROW …]`; SCALE=0.01 for a quick try."""

import importlib
import logging
import os
import platform
import sys
from collections.abc import Sequence

# In the order in which they run: what only reads goes first.
ROWS = (
    "reports", "lists", "forms", "at_once", "xlsx", "letters", "handing_out", "load_codes",
    "activations",
)  # fmt: skip
# Wanted, but there is nothing to measure yet, or the row is not written.
NOT_YET = (
    "reading XLSX (the portal reads CSV only)",
    "two dimensions crossed, and the list behind a number (no such pages)",
    "a request of 1,000 lines beside a bare COPY, enrolment of 60,000",
)


def main(asked: Sequence[str]) -> int:
    """Measure these rows, or all when none is named. Exit status 1 when one falls short, 2 for
    wrong use."""
    unknown = [name for name in asked if name not in ROWS]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. Rows: {', '.join(ROWS)}.", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")
    import django

    django.setup()
    logging.disable(logging.INFO)  # peers log every page they make
    from django.conf import settings

    from local import embedded

    ownership = embedded.own(settings.EMBEDDED_ROOT) if settings.EMBEDDED_ROOT else None
    try:
        return run(asked or ROWS, scale=float(os.environ.get("SCALE") or 1))
    finally:
        if ownership:
            ownership.release()


def run(asked: Sequence[str], *, scale: float) -> int:
    """Build the data, measure each row on a copy, print the table."""
    from benchmarks import databases
    from benchmarks.comparing import measured, table
    from benchmarks.data import Size

    size = Size(scale)
    say(f"{size.codes:,} codes, {size.handed_out:,} handed out: building unless they stand")
    try:
        databases.use(databases.copied(databases.built(size), "bench_run"))
        databases.let_peers_number()
        databases.update_one_row()
        results = []
        for name in asked:
            for comparison in importlib.import_module(f"benchmarks.{name}").comparisons(size):
                say(comparison.work)
                results.append(measured(comparison, rounds=1 if size.is_a_try else None))
                say(table(results[-1:]).splitlines()[-1])  # not lost if a later row stops
    finally:
        databases.drop("bench_run")
    print(table(results))
    print(f"\n{databases.server()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print("No row yet: " + "; ".join(NOT_YET) + ".")
    short = [result.asked.work for result in results if not result.holds]
    print("Falls short: " + "; ".join(short) + "." if short else "Every row holds.")
    return 1 if short else 0


def say(what: str) -> None:
    """Progress, on stderr so that stdout has only the table."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
