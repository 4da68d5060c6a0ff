"""A code leaves the portal: opening it and recording who saw it, in one function.

Every way out goes through `record_and_open` (rule 4): an organisation's letters and page, a
provider's list. Nothing else opens a code to show it to somebody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import codes, policies
from vouchers.actions.life.hand_out_rows import locked
from vouchers.letters import letter_of, letters_pdf
from vouchers.models import HandOut, Reveal
from vouchers.states import Channel

# These go to the provider who delivered the code, the others to the organisation that asked for it.
TO_PROVIDER = frozenset({Channel.RECEIPT, Channel.RENEWAL_LIST})


@dataclass(frozen=True, slots=True)
class Revealed:
    """A code as delivered, for one pupil. `fields` has no repr: never printed by accident."""

    hand_out: HandOut
    fields: dict[str, str] = field(repr=False)


def reveal(
    *, hand_outs: Sequence[int], by: User, now: datetime, channel: Channel = Channel.LETTER
) -> list[Revealed]:
    """The codes of these hand-outs that are live, in the order asked, for their own organisation.

    What is returned is exactly what is recorded as seen: both come from the same locked rows.
    Raises Refused when one is not of the person's own organisation, and ValueError for a channel
    that leads to the provider: recorded as told to it, the codes would be shown to somebody else.
    """
    if channel in TO_PROVIDER:
        raise ValueError(f"{channel} does not lead to an organisation")
    with recorded(by=by, why=gettext_noop("codes bekeken")):
        rows = locked(hand_outs)
        policies.check_can_reveal(by, rows)
        policies.check_not_erased(rows)
        live = [row for row in rows if row.ended_at is None]
        _mark_seen(live, by=by, now=now)
        return record_and_open(live, channel=channel, by=by, now=now)


def print_letters(*, hand_outs: Sequence[int], by: User, now: datetime) -> bytes:
    """The letters of these hand-outs as one PDF; printing is revealing.

    Seen is what was printed: without a PDF nothing is recorded. Raises Refused, LettersFailed.
    """
    with transaction.atomic():
        revealed = reveal(hand_outs=hand_outs, by=by, now=now)
        if not revealed:
            raise Refused(
                _("Deze codes zijn net teruggenomen. Er is niets afgedrukt."),
                code="codes-taken-back",
            )
        facts = _as_in_letters([each.hand_out.pk for each in revealed])
        return letters_pdf([letter_of(facts[each.hand_out.pk], each.fields) for each in revealed])


def record_and_open(
    rows: Sequence[HandOut],
    *,
    channel: Channel,
    by: User,
    now: datetime,
    skip_unreadable: bool = False,
) -> list[Revealed]:
    """Open the codes of these rows and leave a `Reveal` of each, in the caller's transaction.

    The caller has asked the policy and locked the rows. skip_unreadable: what cannot be opened is
    neither returned nor recorded; otherwise it raises CodeUnreadable, and nothing is.
    """
    found = [each for row in rows if (each := _opened(row, skip_unreadable=skip_unreadable))]
    Reveal.objects.bulk_create(
        Reveal(
            voucher_id=each.hand_out.voucher_id,
            hand_out=each.hand_out,
            channel=channel,
            revealed_at=now,
            revealed_to=by,
            **_party(each.hand_out, channel),
        )
        for each in found
    )
    return found


def _opened(row: HandOut, *, skip_unreadable: bool) -> Revealed | None:
    try:
        return Revealed(row, codes.decrypt_voucher(row.voucher))
    except codes.CodeUnreadable:
        if skip_unreadable:
            return None
        raise


def _party(row: HandOut, channel: Channel) -> dict[str, int]:
    """Who receives a code through this channel, as the columns of a `Reveal`."""
    if channel in TO_PROVIDER:
        return {"provider_id": row.voucher.provider_id}
    return {"organisation_id": row.line.organisation_id}


def _mark_seen(rows: Sequence[HandOut], *, by: User, now: datetime) -> None:
    """The first time that the organisation sees these; later times change nothing."""
    unseen = [row for row in rows if row.revealed_at is None]
    HandOut.objects.filter(pk__in=[row.pk for row in unseen], revealed_at=None).update(
        revealed_at=now, revealed_by=by
    )
    for row in unseen:
        row.revealed_at, row.revealed_by = now, by


def _as_in_letters(hand_outs: Sequence[int]) -> dict[int, HandOut]:
    """These hand-outs by id, with what a letter says besides the code."""
    related = ("line__organisation", "line__request__period", "voucher__provider")
    return HandOut.objects.with_last_day().select_related(*related).in_bulk(hand_outs)
