"""The crowd: processes that hand out, reveal, take back and try what they may not, all at once."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from typing import Any

from django.db import Error, IntegrityError, connection, connections
from django.utils import timezone

from accounts.models import User
from common.processes import end_with_parent
from common.refused import Refused
from storm.ledger import Pen, Seen
from storm.stage import Stage
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import lifecycle, reveals
from vouchers.models import HandOut, VoucherRequest

# Besides its own request a client also tries one that somebody else is about to take.
AHEAD = 4
# Codes that a coordinator prints at once; every how many turns an officer takes some back.
AT_ONCE, TAKEN_BACK = 10, 8
# Seconds between two tries while the database is away, and how long to keep trying.
PAUSE, PATIENCE = 0.2, 120.0


@dataclass(frozen=True, slots=True)
class Turns:
    """How far the crowd is: the index of the next request, shared by all processes."""

    next: "Synchronized[int]"
    total: int

    @classmethod
    def of(cls, total: int) -> "Turns":
        """Before the first turn."""
        return cls(multiprocessing.get_context("fork").Value("q", 0), total)

    def take(self) -> int | None:
        """The index of the next request; None when none is left."""
        with self.next.get_lock():
            place = self.next.value
            self.next.value = place + 1
        return place if place < self.total else None

    @property
    def share(self) -> float:
        """From 0.0 to 1.0."""
        return min(1.0, self.next.value / self.total)


def crowd(stage: Stage, turns: Turns, folder: Path, *, processes: int) -> list[ForkProcess]:
    """Start this many clients; each records in `folder` what the portal answered."""
    connections.close_all()  # a connection cannot be shared with a child
    clients = [
        multiprocessing.get_context("fork").Process(
            target=_live, args=(stage, turns, folder, number), daemon=True
        )
        for number in range(processes)
    ]
    for client in clients:
        client.start()
    return clients


def _live(stage: Stage, turns: Turns, folder: Path, number: int) -> None:
    end_with_parent()
    client = Client(stage, Pen(folder, number), Random(number))
    while (place := turns.take()) is not None:
        client.turn(place)
    connection.close()


class Client:
    """One process of the crowd: now an officer, now the coordinator of some school."""

    def __init__(self, stage: Stage, pen: Pen, chance: Random) -> None:
        self.stage = stage
        self.pen = pen
        self.chance = chance

    def turn(self, place: int) -> None:
        """Hand out a request and try a neighbour's; print letters, and somebody else's."""
        ahead = min(place + self.chance.randrange(1, AHEAD), len(self.stage.requests) - 1)
        self.insist(lambda: self.hand_out(self.stage.requests[place]))
        self.once(lambda: self.hand_out(self.stage.requests[ahead]))
        self.once(self.print_letters)
        self.once(self.print_letters_of_others)
        if place % TAKEN_BACK == 0:
            self.once(self.take_back)

    def insist(self, act: Callable[[], None]) -> None:
        """Do it; retry for as long as the database is away."""
        until = time.monotonic() + PATIENCE
        while not self.once(act) and time.monotonic() < until:
            time.sleep(PAUSE)

    def once(self, act: Callable[[], None]) -> bool:
        """Do it and record a refusal; False when the database went away meanwhile, so that nobody
        knows whether it happened."""
        try:
            act()
        except Refused as refusal:
            self.pen.note("refused", why=refusal.code)
        except IntegrityError as refusal:
            by = getattr(refusal.__cause__, "diag", None)
            self.pen.note("refused", why=f"IntegrityError {by and by.constraint_name}")
        except Error as away:
            self.pen.note("unknown", why=type(away).__name__)
            connection.close()
            return False
        return True

    def hand_out(self, request: int) -> None:
        """All codes of a request, as an officer."""
        done = handing_out.hand_out(
            request=VoucherRequest.objects.get(pk=request),
            by=User.objects.get(pk=self.stage.officer),
            now=timezone.now(),
        )
        self.pen.note("hand out", request=request, codes=done.count)

    def print_letters(self) -> None:
        """Some codes of the person's own organisation, seen before or not."""
        organisation, person = self.somebody()
        self.reveal(self.some(line__organisation=organisation), person)

    def print_letters_of_others(self) -> None:
        """The same for an organisation of which the person is not a member: refused, or a leak."""
        organisation, _own = self.somebody()
        _other, person = self.somebody()
        if self.stage.coordinators[organisation] != person:
            found = self.some(line__organisation=organisation)
            if found and self.reveal(found, person):
                self.pen.note("leak", codes=len(found))

    def reveal(self, hand_outs: Sequence[int], person: int) -> int:
        """Reveal these and record what was shown; returns how many."""
        shown = reveals.reveal(
            hand_outs=hand_outs, by=User.objects.get(pk=person), now=timezone.now()
        )
        seen = [
            Seen(person, each.hand_out.pk, each.hand_out.line_id, next(iter(each.fields.values())))
            for each in shown
        ]
        self.pen.note("reveal", seen=seen)
        return len(seen)

    def take_back(self) -> None:
        """Some codes that were unseen a moment ago; their school may be printing them right now."""
        organisation, _person = self.somebody()
        found = self.some(line__organisation=organisation, revealed_at=None)
        done = lifecycle.reclaim(
            hand_outs=found, by=User.objects.get(pk=self.stage.officer), now=timezone.now()
        )
        self.pen.note("take back", codes=done)

    def some(self, **which: Any) -> list[int]:
        found = list(HandOut.objects.live().filter(**which).values_list("pk", flat=True)[:200])
        return self.chance.sample(found, min(len(found), AT_ONCE))

    def somebody(self) -> tuple[int, int]:
        return self.chance.choice(list(self.stage.coordinators.items()))
