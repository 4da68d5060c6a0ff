"""The whole demo, as `make demo` fills it: the figures of 2020, by the commands."""

import json

from local.tests.stack import Stack

REPORTS = """
import io, json
from django.core.management import call_command
from vouchers.models import Job
from vouchers.states import UNFINISHED_JOBS

def summed(by, *options):
    text = io.StringIO()
    call_command("report", "--by", by, *options, stdout=text)
    rows = json.loads(text.getvalue())
    return [sum(row[name] for row in rows) for name in ("handed_out", "activated")]

found = {
    f"{slug} {' '.join(day)}".strip(): [
        summed(by, "--period", slug, *day) for by in ("school", "education_type", "province")
    ]
    for slug, end in (("golf-1", "2020-07-31"), ("golf-2", "2020-12-31"))
    for day in ((), ("--as-of", end))
}
text = io.StringIO()
call_command("report", "--by", "province", "--period", "golf-2", "--reading", "activity",
             "--format", "csv", stdout=text)
heading, *rows = [line.split(";") for line in text.getvalue().splitlines()]
found["renewed"] = rows[-1][heading.index("verlengd")]
found["jobs left"] = Job.objects.filter(state__in=UNFINISHED_JOBS).count()
print(json.dumps(found))
"""


def test_the_waves_of_2020_come_to_their_figures(stack: Stack) -> None:
    """The same in every dimension, as known when the wave ended and as known today."""
    found = json.loads(stack.manage("shell", "-v0", "--no-imports", "-c", REPORTS))
    first, second = [[47_000, 7_924]] * 3, [[600, 200]] * 3
    assert found == {
        "golf-1": first,
        "golf-1 --as-of 2020-07-31": first,
        "golf-2": second,
        "golf-2 --as-of 2020-12-31": second,
        "renewed": "1500",
        "jobs left": 0,
    }


def test_the_books_balance(stack: Stack) -> None:
    said = json.loads(stack.manage("balance", "--json").splitlines()[-1])
    assert said["balanced"]
    assert sum(pool["loaded"] for pool in said["pools"]) > 47_000
