"""What happens to a hand-out afterwards: given, taken back, replaced. `life.reveals` shows it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import policies
from vouchers.actions.hand_out.handing_out import replace_codes
from vouchers.actions.life.hand_out_rows import (
    close_lines,
    end,
    locked,
    locked_with_requests,
    void_codes,
)
from vouchers.actions.mail import notifications
from vouchers.actions.requests.request_rows import lock_request
from vouchers.models import GivenWithdrawal, HandOut, ReclaimNotice, Voucher
from vouchers.states import EndReason, VoidReason, VoucherState


def mark_given(*, hand_outs: Sequence[int], by: User, now: datetime) -> int:
    """The letters of these hand-outs went home; returns how many were not marked before. Only
    printed ones count.

    Raises Refused when one is not of the person's own organisation.
    """
    with recorded(by=by, why=gettext_noop("brieven meegegeven")):
        rows = locked(hand_outs)
        policies.check_can_mark_given(by, rows)
        ready = [
            row.pk for row in rows if row.revealed_at and not row.given_at and not row.ended_at
        ]
        return HandOut.objects.filter(pk__in=ready).update(given_at=now, given_by=by)


def not_given(*, hand_outs: Sequence[int], by: User, now: datetime) -> int:
    """The letters of these hand-outs did not go home after all; returns how many were marked.

    Each leaves a row with what was said between these moments, so that figures as of a past day
    stay what they were then (ADR 22). Raises Refused when a family uses one.
    """
    with recorded(by=by, why=gettext_noop("toch niet meegegeven")):
        rows = [row for row in locked(hand_outs) if row.given_at and not row.ended_at]
        policies.check_can_say_not_given(by, rows)
        GivenWithdrawal.objects.bulk_create(
            GivenWithdrawal(
                hand_out=row, given_at=row.given_at, given_by_id=row.given_by_id,
                withdrawn_at=now, withdrawn_by=by,
            )
            for row in rows
            if row.given_by_id
        )  # fmt: skip
        these = HandOut.objects.filter(pk__in=[row.pk for row in rows])
        return these.update(given_at=None, given_by=None)


def reclaim(
    *, hand_outs: Sequence[int], by: User, now: datetime, keep_waiting: bool = False
) -> int:
    """Take back codes that nobody has seen: back in stock, their lines closed. Returns how many.

    keep_waiting: handed out by mistake, so the pupils wait for a code again. Those that have
    already ended are left alone. Raises Refused when one was seen.
    """
    with recorded(by=by, why=gettext_noop("codes teruggenomen die niemand zag")):
        rows = [row for row in locked_with_requests(hand_outs) if row.ended_at is None]
        return _take_back(rows, by=by, now=now, keep_waiting=keep_waiting)


def reclaim_announced(*, notice: ReclaimNotice, by: User, now: datetime) -> int:
    """Take back the codes of an announcement that nobody has seen by now; returns how many.

    What was printed or came into use meanwhile stays; a printing under way is waited for.
    """
    with recorded(by=by, why=gettext_noop("aangekondigde codes teruggenomen")):
        lock_request(notice.request_id)
        unseen = notice.hand_outs()
        asked = [row.pk for row in locked(unseen.values_list("pk", flat=True))]
        # Asked again, now that nobody else can change them.
        left = set(unseen.filter(pk__in=asked).values_list("pk", flat=True))
        return _take_back(locked(pk for pk in asked if pk in left), by=by, now=now)


def _take_back(
    rows: Sequence[HandOut], *, by: User, now: datetime, keep_waiting: bool = False
) -> int:
    policies.check_can_reclaim(by, rows)
    policies.check_not_erased(rows)
    end(HandOut.objects.filter(pk__in=[row.pk for row in rows]), EndReason.RECLAIMED, by, now)
    Voucher.objects.filter(pk__in=[row.voucher_id for row in rows]).update(
        state=VoucherState.AVAILABLE
    )
    if not keep_waiting:
        close_lines(rows, by=by, now=now)
    return len(rows)


def replace(*, hand_out: HandOut, by: User, now: datetime, reason: VoidReason) -> HandOut:
    """Another code for the same pupil; the old one becomes void for this reason.

    It comes from the pools that a hand-out would use today, with the pupil's wish. Raises Refused,
    and NotEnoughCodes (then nothing changed).
    """
    with recorded(by=by, why=gettext_noop("code vervangen")):
        old = locked_with_requests([hand_out.pk])[0]
        policies.check_can_replace(by, old)
        policies.check_not_erased([old])
        end(HandOut.objects.filter(pk=old.pk), EndReason.REPLACED, by, now)
        void_codes([old.voucher_id], reason, by=by, now=now)
        replace_codes([old], by=by, now=now)
        notifications.codes_ready(requests=[old.line.request_id], now=now)
        return HandOut.objects.get(replaces=old)
