"""Handing out a period at once: 47,000 pupils in 2,300 requests, from 1,000,000 codes.

Ours is the action as the job and `manage.py hand_out` call it, including the foreign key checks
that PostgreSQL does at commit. The floor is the same action with every trigger off: no guard, no
history, no foreign key. The peer is a loop of saves, one code and one hand-out per pupil, under the
same triggers; it serves a fiftieth of the pupils. Everything is rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import data
from benchmarks.comparing import Clock, Comparison, part_of_peer
from benchmarks.databases import triggers_off, vacuum
from history.recording import recorded
from vouchers.actions.hand_out import handing_out
from vouchers.models import HandOut, Period, Pool, PupilLine
from vouchers.states import VoucherState

TOUCHED = ("vouchers_voucher", "vouchers_handout", "history_historyevent")


def comparisons(size: data.Size) -> list[Comparison]:
    """One: the whole open period."""
    work = f"hand out a period: {size.waiting:,} pupils, {size.waiting_requests:,} requests"
    return [
        Comparison(
            work=work,
            ours=ours,
            floor=floor,
            at_most=1.6,
            peer=peer,
            peer_part=part_of_peer(size.waiting) / size.waiting,
            faster=20,
        )
    ]


def ours(clock: Clock) -> None:
    """The action, including what a commit checks."""
    with rolled_back(), clock:
        handed_out()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def floor(clock: Clock) -> None:
    """The same statements without any trigger."""
    with triggers_off():
        with clock:
            handed_out()
        transaction.set_rollback(True)
    vacuum(*TOUCHED)


def peer(clock: Clock) -> None:
    """Pupil by pupil: the next free code of the pool that is valid longest, two saves."""
    period, by, now = open_period(), data.officer(), timezone.now()
    pool = Pool.objects.usable_for(period, timezone.localdate(now))[0]
    lines = list(PupilLine.objects.waiting_in(period).order_by("pk"))
    with rolled_back(), clock, recorded(by=by, why="bench"):
        for line in lines[: part_of_peer(len(lines))]:
            voucher = pool.vouchers.free()[0]
            voucher.state = VoucherState.OUT
            voucher.save()
            HandOut.objects.create(voucher=voucher, line=line, handed_out_at=now, handed_out_by=by)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def handed_out() -> None:
    """Everybody who waits in the open period gets a code."""
    done = handing_out.hand_out_period(period=open_period(), by=data.officer(), now=timezone.now())
    assert done.count > 0


def open_period() -> Period:
    """The last one, in which pupils wait."""
    return Period.objects.latest_first()[0]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Roll everything back, and vacuum: dead rows would slow down the next round."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    vacuum(*TOUCHED)
