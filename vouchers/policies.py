"""May this person do this to this, now? Each check raises NotAllowed with a sentence for the user.

Actions ask inside their transaction, templates ask the same for a button (`allowed`), so that button
and action cannot disagree.
"""

from collections.abc import Callable, Collection
from typing import ParamSpec

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrPromise

from schools.models import Organisation, Role, User
from vouchers.models import HandOut, Period, VoucherRequest
from vouchers.states import RequestState

P = ParamSpec("P")


class NotAllowed(Exception):
    """A refusal; `message` says in Dutch why, and what one can do instead."""

    def __init__(self, message: str | StrPromise) -> None:
        super().__init__(str(message))
        self.message = str(message)


def allowed(check: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Does this check let it pass? For buttons in templates."""
    try:
        check(*args, **kwargs)
    except NotAllowed:
        return False
    return True


def check_is_ministry(user: User) -> None:
    """Only people of the ministry."""
    if not user.is_ministry:
        raise NotAllowed(_("Alleen het ministerie kan dit doen."))


def check_can_hand_out(user: User, request: VoucherRequest) -> None:
    """The ministry hands out on a request that is decided."""
    check_is_ministry(user)
    if request.state != RequestState.DECIDED:
        raise NotAllowed(
            _("Over aanvraag {request} is nog niet beslist. Beslis eerst, deel dan de codes uit.")
            .format(request=request.label)
        )  # fmt: skip


def check_can_reveal(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked see a code; the ministry never does (rule 4)."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan ze bekijken.")
    )


def check_can_mark_given(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked know that a letter was given."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan zeggen dat ze meegegeven zijn.")
    )


def _check_own_hand_outs(user: User, hand_outs: Collection[HandOut], sentence: str) -> None:
    own = set(Organisation.objects.visible_to(user).values_list("pk", flat=True))
    if user.role != Role.COORDINATOR or any(
        hand_out.line.organisation_id not in own for hand_out in hand_outs
    ):
        raise NotAllowed(sentence)


def check_can_reclaim(user: User, hand_outs: Collection[HandOut]) -> None:
    """The ministry takes codes back that nobody has seen yet."""
    check_is_ministry(user)
    seen = sum(hand_out.revealed_at is not None for hand_out in hand_outs)
    if seen:
        raise NotAllowed(
            ngettext(
                "{seen} van deze codes is al bekeken en blijft bij haar organisatie. Haal ze uit je selectie.",
                "{seen} van deze codes zijn al bekeken en blijven bij hun organisatie. Haal ze uit je selectie.",
                seen,
            ).format(seen=seen)
        )


def check_can_replace(user: User, hand_out: HandOut) -> None:
    """The ministry replaces a code that is still with its pupil."""
    check_is_ministry(user)
    if hand_out.ended_at is not None:
        raise NotAllowed(_("Deze code is niet meer bij deze leerling. Er valt niets te vervangen."))


def check_can_close_period(user: User, period: Period) -> None:
    """The ministry closes a period once nothing waits for a decision."""
    check_is_ministry(user)
    if period.closed_at is not None:
        raise NotAllowed(_("{period} is al gesloten.").format(period=period))
    undecided = period.requests.awaiting_decision().count()
    if undecided:
        raise NotAllowed(
            ngettext(
                "In {period} wacht nog {n} aanvraag op een beslissing. Beslis die eerst.",
                "In {period} wachten nog {n} aanvragen op een beslissing. Beslis ze eerst.",
                undecided,
            ).format(period=period, n=undecided)
        )
