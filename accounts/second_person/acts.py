"""The only writer of acts that wait for a second person: asked, let go, refused, withdrawn, undone.

What is let go is exactly what was asked: the checksum of what the first person read is compared
with what the act comes to now, in the transaction that does it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import policies
from accounts.models import User, WaitingAct
from accounts.second_person import mails
from accounts.second_person.kinds import checksum_of, kind_of, others
from common.refused import Refused
from history.recording import recorded
from schools.models import Organisation


def ask(
    *,
    kind: str,
    subject: int,
    by: User,
    now: datetime,
    organisation: Organisation | None = None,
    payload: Mapping[str, Any] | None = None,
    why: str = "",
) -> WaitingAct:
    """Ask for something that another person has to let go; tells those who may.

    The same again returns the act that waits already; something else about the same takes its
    place. Raises Refused, also when nobody else could let it go.
    """
    with recorded(by=by, why=gettext_noop("gevraagd, wacht op een tweede persoon")):
        act = WaitingAct(
            kind=kind, subject=subject, organisation=organisation, payload=dict(payload or {}),
            why=why.strip(), asked_at=now, asked_by=by,
        )  # fmt: skip
        kind_of(act).check_can_ask(by, act)
        policies.check_somebody_else_may(others(act).exists())
        act.checksum = checksum_of(act)
        same = WaitingAct.objects.open().filter(
            kind=kind, subject=subject, organisation=organisation
        )
        for waiting in same.select_for_update(no_key=True, of=("self",)):
            if waiting.checksum == act.checksum:
                return waiting
            _answer(waiting, "withdrawn", by=by, now=now)
        act.save()
        transaction.on_commit(partial(mails.tell_it_waits, act))
    return act


def let_go(*, act: WaitingAct, by: User, now: datetime) -> None:
    """Do what was asked, as its second person. Raises Refused, and what its work raises."""
    with recorded(by=by, why=gettext_noop("door een tweede persoon laten doorgaan")):
        act = _locked(act)
        policies.check_can_let_go(by, act, may=_is_other(by, act))
        check_unchanged(act)
        kind = kind_of(act)
        kind.check_can_ask(act.asked_by, act)
        _answer(act, "let_go", by=by, now=now)
        with recorded(by=by, why=kind.why):
            kind.work(act, by, now)
        transaction.on_commit(partial(mails.tell_answered, act))


def refuse(*, act: WaitingAct, answer: str, by: User, now: datetime) -> None:
    """It does not go on, says the second person. Raises Refused."""
    with recorded(by=by, why=gettext_noop("door een tweede persoon geweigerd")):
        act = _locked(act)
        policies.check_can_let_go(by, act, may=_is_other(by, act))
        _answer(act, "refused", by=by, now=now, answer=answer)
        transaction.on_commit(partial(mails.tell_answered, act))


def withdraw(*, act: WaitingAct, by: User, now: datetime) -> None:
    """Who asked takes it back before anybody answered. Raises Refused."""
    with recorded(by=by, why=gettext_noop("vraag aan een tweede persoon ingetrokken")):
        act = _locked(act)
        policies.check_can_withdraw_act(by, act)
        _answer(act, "withdrawn", by=by, now=now)


def undo(*, act: WaitingAct, by: User, now: datetime) -> None:
    """Take back what was let go, where it can be. Raises Refused."""
    with recorded(by=by, why=gettext_noop("ongedaan gemaakt wat een tweede persoon liet doorgaan")):
        act = _locked(act)
        kind = kind_of(act)
        mine = by.pk == act.asked_by_id or _is_other(by, act)
        policies.check_can_undo_act(by, act, may=mine, undoes=kind.undo is not None)
        _answer(act, "undone", by=by, now=now)
        if kind.undo:
            with recorded(by=by, why=kind.undo.why):
                kind.undo.work(act, by, now)


def check_unchanged(act: WaitingAct) -> None:
    """What waits is still what was asked."""
    try:
        same = checksum_of(act) == act.checksum
    except ObjectDoesNotExist:
        same = False
    if not same:
        raise Refused(
            _(
                "Intussen veranderde er iets: dit is niet meer wat {person} vroeg. Laat {person} "
                "het opnieuw vragen, of weiger het."
            ).format(person=act.asked_by),
            code="changed-since-asked",
        )


def _is_other(user: User, act: WaitingAct) -> bool:
    return others(act).filter(pk=user.pk).exists()


def _locked(act: WaitingAct) -> WaitingAct:
    rows = WaitingAct.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("asked_by", "organisation").get(pk=act.pk)


def _answer(act: WaitingAct, what: str, *, by: User, now: datetime, answer: str = "") -> None:
    """Write down what became of an act that is locked."""
    setattr(act, f"{what}_at", now)
    setattr(act, f"{what}_by", by)
    act.answer = answer.strip() or act.answer
    act.save(update_fields=[f"{what}_at", f"{what}_by", "answer"])
