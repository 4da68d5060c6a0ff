"""A code that its pupil does not need: to another pupil of the organisation, or given back.

Tested in `vouchers.actions.life.tests.test_life_of_a_code`,
`vouchers.database.tests.test_voucher_moves`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.actions.life.hand_out_rows import (
    close_lines,
    end,
    end_as_seen,
    locked_with_requests,
    void_codes,
)
from vouchers.models import HandOut, PupilLine, Voucher
from vouchers.models.requests import PupilLineQuerySet
from vouchers.states import EndReason, VoidReason, VoucherState


@dataclass(frozen=True, slots=True)
class GivenBack:
    """How many codes are back in stock, and how many are void because somebody saw them."""

    in_stock: int
    void: int


def who_could_have(hand_out: HandOut) -> PupilLineQuerySet:
    """The pupils of the same organisation who wait and may have this code, the longest waiting
    first."""
    lines = PupilLine.objects.waiting().filter(organisation=hand_out.line.organisation_id)
    return lines.could_take(hand_out.voucher.pool).order_by("submitted_at", "position", "pk")


def reassign(
    *, hand_out: int, line: int, by: User, now: datetime, keep_waiting: bool = False
) -> HandOut:
    """Give the same code to another pupil of the organisation who waits for one.

    keep_waiting: the pupil who had it waits for another code; else that pupil needs none. Raises
    Refused.
    """
    with recorded(by=by, why=gettext_noop("code aan een andere leerling gegeven")):
        old = locked_with_requests([hand_out], also=[line])[0]
        policies.check_can_give_away(by, old)
        other = PupilLine.objects.get(pk=line)
        policies.check_can_give_to(old, other)
        if not HandOut.objects.working_on(timezone.localdate(now)).filter(pk=old.pk).exists():
            raise Refused(
                _("Deze code is niet meer geldig. Ze helpt geen andere leerling."),
                code="code-not-valid",
            )
        end(HandOut.objects.filter(pk=old.pk), EndReason.REASSIGNED, by, now)
        if not keep_waiting:
            close_lines([old], by=by, now=now)
        return HandOut.objects.create(
            voucher=old.voucher, line=other, handed_out_at=now, handed_out_by=by
        )


def give_back(*, hand_outs: Sequence[int], by: User, now: datetime) -> GivenBack:
    """Give back codes that the organisation does not need; their pupils wait for no other.

    A code that nobody saw is in stock again; one that somebody saw is void, as it never goes
    elsewhere. Those that have already ended are left alone. Raises Refused.
    """
    with recorded(by=by, why=gettext_noop("codes teruggegeven")):
        rows = [row for row in locked_with_requests(hand_outs) if row.ended_at is None]
        policies.check_can_give_back(by, rows)
        policies.check_not_erased(rows)
        codes = {row.voucher_id for row in rows}
        seen = set(
            HandOut.objects.seen().filter(voucher__in=codes).values_list("voucher", flat=True)
        )
        end_as_seen(rows, by=by, now=now)
        close_lines(rows, by=by, now=now)
        void_codes(seen, VoidReason.RETURNED, by=by, now=now)
        Voucher.objects.filter(pk__in=codes - seen).update(state=VoucherState.AVAILABLE)
        return GivenBack(in_stock=len(codes - seen), void=len(seen))
