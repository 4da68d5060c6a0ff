"""The only writer of roles: an administrator gives somebody at the ministry another one (ADR 35).

The roles that hold for everybody, supervisor and administrator, wait for a second person.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django_stubs_ext import StrPromise

from accounts import mails, people_mails, policies, sign_ins
from accounts.models import SUPERVISING, Role, SignInKind, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import ActKind, ActUndo, Facts
from accounts.second_person.models import ROLE
from accounts.session_ends import end_for_good
from history.recording import recorded

MAY: dict[str, StrPromise] = {
    Role.OFFICER: gettext_lazy("{person} beslist dan over aanvragen en reikt codes uit."),
    Role.ANALYST: gettext_lazy("{person} leest dan alleen cijfers en verandert niets."),
    Role.SUPERVISOR: gettext_lazy(
        "{person} kan dan alles wat een medewerker kan, verandert instellingen en laat doorgaan wat"
        " anderen vragen."
    ),
    Role.ADMINISTRATOR: gettext_lazy(
        "{person} kan dan alles wat een leidinggevende kan, en beheert mensen en sleutels."
    ),
}


def change_role(*, person: User, role: str, why: str, by: User, now: datetime) -> WaitingAct | None:
    """Give somebody another role; their sessions end and they get a mail. Returns the act that
    waits when a second person has to let it go. Raises Refused."""
    if role in SUPERVISING:
        return ask_role(person=person, role=role, by=by, now=now, why=why)
    with recorded(by=by, why=gettext_noop("rol veranderd")):
        by, person = both_locked(by, person)
        policies.check_can_change_role(by, person, role)
        _set_role(person, role, by=by, now=now)
    return None


def ask_role(*, person: User, role: str, by: User, now: datetime, why: str = "") -> WaitingAct:
    """Ask one of the roles that wait for a second person. Raises Refused."""
    payload = {"before": person.role, "role": role}
    return acts.ask(kind=ROLE, subject=person.pk, payload=payload, why=why, by=by, now=now)


def both_locked(by: User, person: User) -> tuple[User, User]:
    """Lock both, so that two administrators cannot block each other at once and leave none."""
    rows = User.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {each.pk: each for each in rows.filter(pk__in={by.pk, person.pk})}
    return found[by.pk], found[person.pk]


def _set_role(person: User, role: str, *, by: User, now: datetime) -> None:
    """The role, with what the technical rights of an administrator were."""
    before, person.role = Role(person.role), role
    if role != Role.ADMINISTRATOR:
        person.is_staff = person.is_superuser = False
    person.role_changed_at, person.role_changed_by = now, by
    changed = ["role", "is_staff", "is_superuser", "role_changed_at", "role_changed_by"]
    end_for_good(person, also=changed)
    sign_ins.record(SignInKind.ROLE_CHANGED, person=person, by=by)
    tell = partial(people_mails.tell_role_changed, person=person, before=before.label, by=by)
    if person.can_sign_in:
        transaction.on_commit(tell)


# The kind of act


def _facts(act: WaitingAct) -> Facts:
    person = User.objects.get(pk=act.subject)
    return {**act.payload, "now": person.role, "person": person.name, "email": person.email}


def _sentences(facts: Facts) -> list[str]:
    before, role = Role(facts["before"]), Role(facts["role"])
    return [
        _("{person} ({email}) wordt {role}. Nu: {before}.").format(
            person=facts["person"], email=facts["email"], role=role.label, before=before.label
        ),
        str(MAY[role]).format(person=facts["person"]),
        _("{person} wordt overal afgemeld en krijgt een mail.").format(person=facts["person"]),
    ]


def _check_can_ask(user: User, act: WaitingAct) -> None:
    policies.check_can_change_role(user, User.objects.get(pk=act.subject), str(act.payload["role"]))


def _work(act: WaitingAct, by: User, now: datetime) -> None:
    """Somebody new, whose invitation waited with the role, gets it now."""
    _by, person = both_locked(by, User.objects.get(pk=act.subject))
    _set_role(person, str(act.payload["role"]), by=act.asked_by, now=now)
    if not person.can_sign_in:
        User.objects.filter(pk=person.pk).update(invited_at=now)
        transaction.on_commit(partial(mails.invite_by_mail, person, act.asked_by, [], now))


def _undo(act: WaitingAct, by: User, now: datetime) -> None:
    by, person = both_locked(by, User.objects.get(pk=act.subject))
    policies.check_can_change_role(by, person, str(act.payload["before"]))
    policies.check_still_has_role(person, str(act.payload["role"]))
    _set_role(person, str(act.payload["before"]), by=by, now=now)


KINDS = {
    ROLE: ActKind(
        title=gettext_lazy("andere rol"),
        about=User,
        roles=SUPERVISING,
        facts=_facts,
        sentences=_sentences,
        check_can_ask=_check_can_ask,
        work=_work,
        why=gettext_noop("rol veranderd, door een tweede persoon laten doorgaan"),
        undo=ActUndo(work=_undo, why=gettext_noop("rol teruggezet")),
    )
}
