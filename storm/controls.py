"""The same crowd without what protects the codes: does the rest refuse, does the sweep notice?

Each in a database of its own on the servers of the storm; nothing dies here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest import mock

from django.db import connection

from benchmarks import databases
from history import database_roles
from storm import clients, ledger
from storm.stage import Size, build
from storm.storm import Verdict
from storm.sweep import Finding, sweep
from vouchers.actions.hand_out import handing_out, stock
from vouchers.actions.hand_out.allocation import Waiting
from vouchers.models import Period, Pool

SIZE = Size(codes=1000, processes=16, schools=20, pupils=5)
WITHOUT_LOCK, WITHOUT_ANYTHING = "without_lock", "without_anything"
TWICE = "codes at two pupils"
REFUSED_BY = "IntegrityError handout_live_voucher"


def without_lock(folder: Path) -> Verdict:
    """Pools are not locked: the constraint has to refuse handing out a code twice, and nothing else
    may go wrong."""
    with in_database(WITHOUT_LOCK), no_lock():
        told, findings = crowded(folder / "without-lock")
    refused = told.refused[REFUSED_BY]
    return Verdict(
        name="without the lock, the constraint refuses the second hand-out",
        good=refused > 0 and not any(finding.count for finding in findings),
        figures=f"{refused} refused by the constraint, {told.did['hand out']} requests served",
        findings=findings,
    )


def without_anything(folder: Path) -> Verdict:
    """No lock, no count and no constraint: the sweep has to find what goes wrong."""
    with in_database(WITHOUT_ANYTHING), no_lock(), no_count():
        no_constraint()
        told, findings = crowded(folder / "without-anything")
    (twice,) = [finding.count for finding in findings if finding.what == TWICE]
    return Verdict(
        name="without lock and constraints, the sweep finds codes given twice",
        good=twice > 0,
        figures=f"{twice} codes at two pupils found, {told.did['hand out']} requests served",
    )


def crowded(pages: Path) -> tuple[ledger.Ledger, tuple[Finding, ...]]:
    """The crowd on a small stage; what its clients were told and what the sweep finds."""
    pages.mkdir()
    stage = build(SIZE)
    turns = clients.Turns.of(len(stage.requests))
    for client in clients.crowd(stage, turns, pages, processes=SIZE.processes):
        client.join()
    told = ledger.read(pages)
    return told, tuple(sweep(stage.loaded, told, worked=False))


def prepare() -> None:
    """A copy of the database in use for each control, while it is still empty."""
    for name in (WITHOUT_LOCK, WITHOUT_ANYTHING):
        databases.copied(databases.current(), name)


@contextmanager
def in_database(name: str) -> Iterator[None]:
    """Use this database; afterwards the previous one again."""
    before = databases.current()
    databases.use(name)
    try:
        yield
    finally:
        databases.use(before)


@contextmanager
def no_lock() -> Iterator[None]:
    """Handing out reads the pools without locking them."""

    def unlocked(period: Period, now: datetime, lines: Sequence[Waiting] = ()) -> list[Pool]:
        return stock.usable_pools(period, now)

    with mock.patch.object(handing_out, "locked_pools", unlocked):
        yield


@contextmanager
def no_count() -> Iterator[None]:
    """Moving codes out does not check that they were still available."""
    careless = stock.MOVE_CODES.replace("AND state = 'AVAILABLE'", "")
    with mock.patch.object(stock, "MOVE_CODES", careless):
        yield


def no_constraint() -> None:
    """Drop the constraint of one live hand-out per voucher."""
    with database_roles.as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP INDEX handout_live_voucher")
