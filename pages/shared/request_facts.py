"""What happened to a request: the one source of the time lines of its asker and of the ministry.

Facts know no audience: each has its own words and leaves out what is not for it
(`pages.coordinator.timeline`, `pages.ministry.timeline`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from django.db.models import Case, Count, F, Min, Q, Value, When

from accounts.models import Role
from vouchers.models import Decision, HandOut, Mail, VoucherRequest
from vouchers.states import EndReason, MailState, VoidReason


class Happened(Enum):
    """What a fact is about."""

    BEGUN = auto()
    SENT = auto()
    SENT_AGAIN = auto()
    RETURNED = auto()
    WITHDRAWN = auto()
    DECIDED = auto()
    DECISION_UNDONE = auto()
    HANDED_OUT = auto()
    PRINTED = auto()
    TAKEN_BACK = auto()
    GIVEN_BACK = auto()
    PASSED_ON = auto()
    REPLACED = auto()
    VOID = auto()
    MAILED = auto()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a request at one moment, by one person.

    codes: how many. granted, refused: of a decision. text: the question of a return, the subject of
    a mail. void_reason: why these codes can never be used again, empty when they can.
    """

    what: Happened
    at: datetime
    by: str = ""
    codes: int = 0
    granted: int = 0
    refused: int = 0
    text: str = ""
    void_reason: str = ""
    recipients: tuple[str, ...] = ()


def facts(request: VoucherRequest) -> list[Fact]:
    """The facts of a request, newest first; of those of one moment the last step first."""
    found = [
        *_asking(request),
        *_deciding(request),
        *_ending(request),
        *_handing_out(request),
        *_printing(request),
        *_mailing(request),
    ]
    return sorted(found, key=lambda fact: fact.at)[::-1]


def _asking(request: VoucherRequest) -> Iterator[Fact]:
    turns = {
        Happened.BEGUN: "created",
        Happened.SENT: "submitted",
        Happened.RETURNED: "returned",
        Happened.WITHDRAWN: "withdrawn",
    }
    columns = [f"{turn}_{column}" for turn in turns.values() for column in ("at", "by__name")]
    own = VoucherRequest.objects.filter(pk=request.pk).annotate(first=Min("lines__submitted_at"))
    row = own.values("first", "question", *columns).get()
    for what, turn in turns.items():
        if at := row[f"{turn}_at"]:
            fact = Fact(what, at, by=row[f"{turn}_by__name"])
            if what == Happened.RETURNED:
                fact = replace(fact, text=row["question"])
            if what == Happened.SENT and row["first"] and row["first"] < at:
                yield Fact(Happened.SENT, row["first"])
                fact = replace(fact, what=Happened.SENT_AGAIN)
            yield fact


def _deciding(request: VoucherRequest) -> Iterator[Fact]:
    columns = ("decided_at", "decided_by__name", "withdrawn_at", "withdrawn_by__name")
    decisions = Decision.objects.filter(line__request=request).values(*columns)
    numbers = decisions.annotate(granted=Count("pk", filter=Q(granted=True)), all=Count("pk"))
    for row in numbers.order_by("decided_at"):
        granted, refused = row["granted"], row["all"] - row["granted"]
        yield Fact(
            Happened.DECIDED,
            row["decided_at"],
            by=row["decided_by__name"],
            granted=granted,
            refused=refused,
        )
        if row["withdrawn_at"]:
            by = row["withdrawn_by__name"]
            yield Fact(Happened.DECISION_UNDONE, row["withdrawn_at"], by=by)


def _handing_out(request: VoucherRequest) -> Iterator[Fact]:
    rows = HandOut.objects.filter(line__request=request).values("handed_out_at")
    counted = rows.annotate(codes=Count("pk"), by=Min("handed_out_by__name"))
    for row in counted.order_by("handed_out_at"):
        yield Fact(Happened.HANDED_OUT, row["handed_out_at"], by=row["by"], codes=row["codes"])


def _printing(request: VoucherRequest) -> Iterator[Fact]:
    printed = HandOut.objects.seen().filter(line__request=request)
    rows = printed.values("revealed_at", "revealed_by__name").annotate(codes=Count("pk"))
    for row in rows.order_by("revealed_at"):
        by = row["revealed_by__name"]
        yield Fact(Happened.PRINTED, row["revealed_at"], by=by, codes=row["codes"])


def _ending(request: VoucherRequest) -> Iterator[Fact]:
    """How codes ended. The hand-out alone does not tell: of a code that became void before anybody
    saw it, it says that it was taken back (ADR 22)."""
    ended = HandOut.objects.filter(line__request=request, ended_at__isnull=False)
    made_void = When(voucher__voided_at=F("ended_at"), then=F("voucher__void_reason"))
    rows = (
        ended.annotate(void_reason=Case(made_void, default=Value("")))
        .values("ended_at", "ended_by__name", "ended_by__role", "end_reason", "void_reason")
        .annotate(codes=Count("pk"))
        .order_by("ended_at", "end_reason", "void_reason")
    )
    ends = Counter[Fact]()
    for row in rows:
        ends[_end(row)] += row["codes"]
    for fact, codes in ends.items():
        yield replace(fact, codes=codes)


def _end(row: Mapping[str, Any]) -> Fact:
    at, by, void_reason = row["ended_at"], row["ended_by__name"], row["void_reason"]
    if row["end_reason"] == EndReason.REPLACED:
        return Fact(Happened.REPLACED, at, by=by, void_reason=void_reason)
    if row["end_reason"] == EndReason.REASSIGNED:
        return Fact(Happened.PASSED_ON, at, by=by)
    if void_reason not in ("", VoidReason.RETURNED):
        return Fact(Happened.VOID, at, by=by, void_reason=void_reason)
    if void_reason or row["ended_by__role"] == Role.COORDINATOR:
        return Fact(Happened.GIVEN_BACK, at, by=by)
    return Fact(Happened.TAKEN_BACK, at, by=by)


def _mailing(request: VoucherRequest) -> Iterator[Fact]:
    """Mails that were sent; the same mail to several people is one fact."""
    by_turn: dict[tuple[datetime, str], list[Mail]] = {}
    sent = request.mails.filter(state=MailState.SENT).select_related("recipient").defer("body")
    for mail in sent.order_by("pk"):
        by_turn.setdefault((mail.created_at, mail.what), []).append(mail)
    for (made_at, what), mails in by_turn.items():
        names = tuple(mail.recipient.name for mail in mails)
        at = max(mail.sent_at or made_at for mail in mails)
        yield Fact(Happened.MAILED, at, text=what, recipients=names)
