"""How hand-outs are locked and ended, by every action that does something with them later.

Tested in `vouchers.actions.life.tests.test_lifecycle`,
`vouchers.actions.life.tests.test_life_of_a_code`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from common.refused import Refused
from vouchers.actions.requests.request_rows import lock_requests
from vouchers.models import HandOut, PupilLine, Voucher, VoucherRequest
from vouchers.models.hand_outs import HandOutQuerySet
from vouchers.states import EndReason, LineState, VoidReason, VoucherState


def locked(hand_outs: Iterable[int]) -> list[HandOut]:
    """These rows, locked by id, returned in the order asked. Raises Refused when one does not
    exist."""
    wanted = list(dict.fromkeys(hand_outs))
    rows = (
        HandOut.objects.filter(pk__in=wanted)
        .select_related("line__period", "line__organisation", "line__school", "voucher__pool")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    found = {row.pk: row for row in rows}
    if len(found) < len(wanted):
        raise Refused(
            _("Een van deze codes bestaat niet meer. Laad de pagina opnieuw."), code="code-gone"
        )
    return [found[pk] for pk in wanted]


def locked_with_requests(hand_outs: Sequence[int], *, also: Iterable[int] = ()) -> list[HandOut]:
    """These rows as they are now, locked after their requests and those of other lines (ids)."""
    lines = PupilLine.objects.filter(hand_outs__in=list(hand_outs))
    lines |= PupilLine.objects.filter(pk__in=list(also))
    lock_requests(VoucherRequest.objects.filter(pk__in=lines.values("request")))
    return locked(hand_outs)


def end(rows: HandOutQuerySet, reason: EndReason, by: User, now: datetime) -> None:
    """End these now, all for this reason."""
    rows.update(ended_at=now, ended_by=by, end_reason=reason)


def end_as_seen(rows: Sequence[HandOut], *, by: User, now: datetime) -> None:
    """End these now: taken back where nobody saw the code, void where somebody did (ADR 22)."""
    for reason, seen in ((EndReason.RECLAIMED, False), (EndReason.VOIDED, True)):
        these = [row.pk for row in rows if (row.revealed_at is not None) == seen]
        end(HandOut.objects.filter(pk__in=these), reason, by, now)


def void_codes(vouchers: Iterable[int], reason: VoidReason, *, by: User, now: datetime) -> int:
    """Make these codes void; returns how many were not already."""
    rows = Voucher.objects.filter(pk__in=list(vouchers)).exclude(state=VoucherState.VOID)
    return rows.update(state=VoucherState.VOID, void_reason=reason, voided_at=now, voided_by=by)


def close_lines(rows: Sequence[HandOut], *, by: User, now: datetime) -> None:
    """The pupils of these hand-outs no longer wait for a code."""
    lines = PupilLine.objects.filter(pk__in=[row.line_id for row in rows], state=LineState.GRANTED)
    lines.update(state=LineState.CLOSED, closed_at=now, closed_by=by)
