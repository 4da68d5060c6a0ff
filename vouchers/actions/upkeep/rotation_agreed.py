"""Keys are rotated by two: a command asks, a second person lets it go on a page, and the same
command then does it (ADR 36)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import SUPERVISING, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import ActKind, Facts, checksum_of
from vouchers import policies
from vouchers.actions.upkeep import key_rotation

ROTATION = "rotate-keys"
# A rotation may be stopped and run again; whoever comes later than this asks anew.
AGREED_FOR = timedelta(days=7)


def is_agreed(*, by: User, now: datetime) -> bool:
    """Whether a second person let this person rotate to the keys of today; asks it when not.

    Raises Refused.
    """
    policies.check_can_rotate_keys(by)
    let_go = WaitingAct.objects.filter(
        kind=ROTATION, subject=by.pk, asked_by=by, let_go_at__gt=now - AGREED_FOR, undone_at=None
    )
    if any(checksum_of(act) == act.checksum for act in let_go):
        return True
    acts.ask(kind=ROTATION, subject=by.pk, by=by, now=now)
    return False


def _facts(act: WaitingAct) -> Facts:
    keys = key_rotation.current_keys()
    person = User.objects.get(pk=act.subject)
    return {"person": person.name, "key": keys.encryption, "fingerprint": keys.fingerprint}


def _sentences(facts: Facts) -> list[str]:
    return [
        _("{person} zet alle codes en bestanden over op sleutel {key} en {fingerprint}.").format(
            **facts
        ),
        _("Dat gebeurt op de server, met rotate_keys, binnen zeven dagen nadat jij dit doorliet."),
    ]


def _check_can_ask(user: User, act: WaitingAct) -> None:
    policies.check_can_rotate_keys(user)


def _work(act: WaitingAct, by: User, now: datetime) -> None:
    """The command does it, once it finds the act let go."""


KINDS = {
    ROTATION: ActKind(
        title=gettext_lazy("sleutels wisselen"),
        about=User,
        roles=SUPERVISING,
        facts=_facts,
        sentences=_sentences,
        check_can_ask=_check_can_ask,
        work=_work,
        why=gettext_noop("sleutels wisselen, door een tweede persoon laten doorgaan"),
    )
}
