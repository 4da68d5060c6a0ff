"""An asker says that codes do not work or were lost; the ministry replaces them, or says why not.

Tested in `vouchers.actions.life.tests.test_life_of_a_code`, `pages.shared.tests.test_life`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import policies
from vouchers.actions.life.hand_out_rows import locked
from vouchers.models import ReplacementAsk
from vouchers.states import VoidReason


def ask(*, hand_outs: Sequence[int], reason: VoidReason, by: User, now: datetime) -> int:
    """Ask for other codes for these pupils; returns how many are new. Raises Refused."""
    with recorded(by=by, why=gettext_noop("vervanging van een code gevraagd")):
        rows = locked(hand_outs)
        policies.check_can_ask_replacement(by, rows)
        asked = set(
            ReplacementAsk.objects.open()
            .filter(hand_out__in=rows)
            .values_list("hand_out", flat=True)
        )
        new = [row for row in rows if row.pk not in asked]
        ReplacementAsk.objects.bulk_create(
            ReplacementAsk(hand_out=row, reason=reason, asked_at=now, asked_by=by) for row in new
        )
        return len(new)


def refuse(*, asks: Sequence[int], why: str, by: User, now: datetime) -> int:
    """The ministry does not replace these codes; the asker reads why. Returns how many
    were open."""
    with recorded(by=by, why=gettext_noop("vervanging van een code geweigerd")):
        policies.check_is_ministry(by)
        return ReplacementAsk.objects.filter(pk__in=list(asks), refused_at=None).update(
            refused_at=now, refused_by=by, refusal=why
        )
