"""What happens to a hand-out afterwards: revealed, given, taken back, replaced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from schools.history import recorded
from schools.models import User
from vouchers import codes, policies
from vouchers.actions import notifications
from vouchers.actions.handing_out import replace_code
from vouchers.actions.request_rows import lock_request, lock_requests
from vouchers.models import HandOut, PupilLine, ReclaimNotice, Reveal, Voucher, VoucherRequest
from vouchers.models.handouts import HandOutQuerySet
from vouchers.policies import NotAllowed
from vouchers.states import Channel, EndReason, LineState, VoidReason, VoucherState


@dataclass(frozen=True, slots=True)
class Revealed:
    """A code as delivered, for one pupil. Never printed by accident: `fields` has no repr."""

    hand_out: HandOut
    fields: dict[str, str] = field(repr=False)


def reveal(
    *, hand_outs: Sequence[int], by: User, now: datetime, channel: Channel = Channel.LETTER
) -> list[Revealed]:
    """The codes of these hand-outs that are live, in the order asked; each one is recorded.

    What is returned is exactly what is recorded as seen: both come from the same locked rows.
    Raises NotAllowed when one is not of the person's own organisation.
    """
    with recorded(by=by, why=f"reveal by {channel}"):
        rows = _locked(hand_outs)
        policies.check_can_reveal(by, rows)
        policies.check_not_erased(rows)
        live = [row for row in rows if row.ended_at is None]
        HandOut.objects.filter(pk__in=[row.pk for row in live], revealed_at=None).update(
            revealed_at=now, revealed_by=by
        )
        Reveal.objects.bulk_create(
            Reveal(
                voucher_id=row.voucher_id, hand_out=row, channel=channel, revealed_at=now,
                revealed_to=by, organisation_id=row.line.organisation_id,
            )
            for row in live
        )  # fmt: skip
        return [_opened(row, by=by, now=now) for row in live]


def _opened(row: HandOut, *, by: User, now: datetime) -> Revealed:
    voucher = row.voucher
    if row.revealed_at is None:
        row.revealed_at, row.revealed_by = now, by
    fields = codes.open_code(
        bytes(voucher.secret),
        key_id=voucher.key_id,
        provider_id=voucher.provider_id,
        fingerprint=bytes(voucher.fingerprint),
    )
    return Revealed(row, fields)


def mark_given(*, hand_outs: Sequence[int], by: User, now: datetime) -> int:
    """The letters of these hand-outs went home; how many that is new of. Only printed ones count.

    Raises NotAllowed when one is not of the person's own organisation.
    """
    with recorded(by=by, why="letter given"):
        rows = _locked(hand_outs)
        policies.check_can_mark_given(by, rows)
        ready = [
            row.pk for row in rows if row.revealed_at and not row.given_at and not row.ended_at
        ]
        return HandOut.objects.filter(pk__in=ready).update(given_at=now, given_by=by)


def reclaim(*, hand_outs: Sequence[int], by: User, now: datetime) -> int:
    """Take back codes that nobody has seen: back in stock, their lines closed. How many that were.

    Those that ended already are left as they are. Raises NotAllowed when one was seen.
    """
    with recorded(by=by, why="reclaim unseen codes"):
        of_them = PupilLine.objects.filter(handouts__in=list(hand_outs)).values("request")
        lock_requests(VoucherRequest.objects.filter(pk__in=of_them))
        rows = [row for row in _locked(hand_outs) if row.ended_at is None]
        return _take_back(rows, by=by, now=now)


def reclaim_announced(*, notice: ReclaimNotice, by: User, now: datetime) -> int:
    """Take back the codes of an announcement that nobody has seen by now; how many that were.

    What was printed or came into use meanwhile stays: who prints one at this moment is waited for.
    """
    with recorded(by=by, why=gettext_noop("aangekondigde codes teruggenomen")):
        lock_request(notice.request_id)
        unseen = notice.hand_outs()
        asked = [row.pk for row in _locked(unseen.values_list("pk", flat=True))]
        # Asked again now that nobody else changes them.
        left = set(unseen.filter(pk__in=asked).values_list("pk", flat=True))
        return _take_back(_locked(pk for pk in asked if pk in left), by=by, now=now)


def _take_back(rows: Sequence[HandOut], *, by: User, now: datetime) -> int:
    policies.check_can_reclaim(by, rows)
    policies.check_not_erased(rows)
    _end(HandOut.objects.filter(pk__in=[row.pk for row in rows]), EndReason.RECLAIMED, by, now)
    Voucher.objects.filter(pk__in=[row.voucher_id for row in rows]).update(
        state=VoucherState.AVAILABLE
    )
    PupilLine.objects.filter(pk__in=[row.line_id for row in rows]).update(
        state=LineState.CLOSED, closed_at=now, closed_by=by
    )
    return len(rows)


def replace(*, hand_out: HandOut, by: User, now: datetime, reason: VoidReason) -> HandOut:
    """Another code for the same pupil; the old one is void for this reason.

    It comes from the pools that a hand-out would use today, with the pupil's wish.
    Raises NotAllowed, and NotEnoughCodes (then nothing changed).
    """
    with recorded(by=by, why=f"replace: {reason}"):
        lock_request(hand_out.line.request_id)
        old = _locked([hand_out.pk])[0]
        policies.check_can_replace(by, old)
        policies.check_not_erased([old])
        _end(HandOut.objects.filter(pk=old.pk), EndReason.REPLACED, by, now)
        Voucher.objects.filter(pk=old.voucher_id).update(
            state=VoucherState.VOID, void_reason=reason, voided_at=now, voided_by=by
        )
        new = replace_code(old, by=by, now=now)
        notifications.codes_ready(requests=[old.line.request_id], now=now)
        return new


def _end(rows: HandOutQuerySet, reason: EndReason, by: User, now: datetime) -> None:
    rows.update(ended_at=now, ended_by=by, end_reason=reason)


def _locked(hand_outs: Iterable[int]) -> list[HandOut]:
    """These rows, locked by id, in the order asked. Raises NotAllowed when one does not exist."""
    wanted = list(dict.fromkeys(hand_outs))
    rows = (
        HandOut.objects.filter(pk__in=wanted)
        .select_related("line__period", "line__organisation", "line__school", "voucher__pool")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    found = {row.pk: row for row in rows}
    if len(found) < len(wanted):
        raise NotAllowed(_("Een van deze codes bestaat niet meer. Laad de pagina opnieuw."))
    return [found[pk] for pk in wanted]
