"""Who acts for which organisation: the only writer of memberships (ADR 36).

Coordinators let their colleagues in themselves. Whom the ministry lets into an organisation that
has somebody already waits until one of them, or a second person of the ministry, lets it go: until
then there is no membership, so nothing opens.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import mails, people_mails, policies
from accounts.models import Admission, Membership, Role, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import WITH_COLLEAGUES, ActKind, ActUndo, Facts
from accounts.second_person.models import MEMBERSHIP
from accounts.session_ends import end_for_good
from history.recording import recorded
from schools.models import Organisation


class Admitted(NamedTuple):
    """For which organisations somebody acts from now on, and for which it waits."""

    added: list[Organisation]
    waiting: list[Organisation]


def admit(
    person: User, organisations: Sequence[Organisation], *, by: User, now: datetime
) -> Admitted:
    """Let somebody act for organisations, in the transaction of an invitation. Where they do
    already nothing changes. Raises Refused."""
    admitted = Admitted([], [])
    known = set(person.memberships.values_list("organisation", flat=True))
    for organisation in organisations:
        if organisation.pk in known:
            continue
        if by.is_ministry and has_somebody(organisation):
            acts.ask(kind=MEMBERSHIP, subject=person.pk, organisation=organisation, by=by, now=now)
            admitted.waiting.append(organisation)
        else:
            _add(person, organisation, by=by, now=now)
            admitted.added.append(organisation)
    return admitted


def has_somebody(organisation: Organisation) -> bool:
    """Whether somebody who chose a password acts for it. Who is blocked counts too: otherwise
    blocking them first would open the door."""
    return organisation.memberships.past_the_invitation().exists()


def colleagues_of(organisation: Organisation, *besides: User) -> list[User]:
    """Who acts for an organisation and can sign in, besides these."""
    members = organisation.memberships.of_who_reads_mail().select_related("user")
    return [each.user for each in members.order_by("pk") if each.user not in besides]


def remove(membership: Membership, *, by: User) -> None:
    """Stop somebody from acting for an organisation, in a recorded transaction; the account stays.

    Raises Refused.
    """
    # Two colleagues who remove each other wait for one another here.
    Organisation.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=membership.organisation_id
    )
    present = Membership.objects.filter(pk=membership.pk)
    for found in present.prefetch_related("user", "organisation__memberships__user"):
        policies.check_can_remove(by, found)
        person, organisation = found.user, found.organisation
        found.delete()
        end_for_good(person)
        transaction.on_commit(partial(_tell_who_left, person, organisation, by))


def remove_from_organisation(*, membership: Membership, by: User) -> None:
    """Stop somebody from acting for an organisation; the account stays. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon weggehaald bij organisatie")):
        remove(membership, by=by)


def _add(
    person: User,
    organisation: Organisation,
    *,
    by: User,
    now: datetime,
    second: User | None = None,
) -> None:
    Membership.objects.create(user=person, organisation=organisation, added_at=now, added_by=by)
    if person.can_sign_in:
        end_for_good(person)
    if by.is_ministry:
        Admission.objects.create(
            organisation=organisation, who=person, admitted_at=now, admitted_by=by, let_go_by=second
        )
    transaction.on_commit(partial(_tell_who_came, person, organisation, by))


def _tell_who_came(person: User, organisation: Organisation, by: User) -> None:
    colleagues = colleagues_of(organisation, person, by)
    people_mails.tell_somebody_came(colleagues, person=person, organisation=organisation, by=by)


def _tell_who_left(person: User, organisation: Organisation, by: User) -> None:
    colleagues = colleagues_of(organisation, person, by)
    people_mails.tell_somebody_left(colleagues, person=person, organisation=organisation, by=by)


# The kind of act


def _person(act: WaitingAct) -> User:
    return User.objects.get(pk=act.subject)


def _facts(act: WaitingAct) -> Facts:
    person = _person(act)
    return {"person": person.name, "email": person.email, "organisation": str(act.organisation)}


def _sentences(facts: Facts) -> list[str]:
    return [
        _("{person} ({email}) wordt coördinator van {organisation}.").format(**facts),
        _("{person} kan daar dan vouchers aanvragen en codes zien.").format(**facts),
    ]


def _check_can_ask(user: User, act: WaitingAct) -> None:
    policies.check_can_invite(user, Role.COORDINATOR, [_organisation(act)])
    policies.check_can_be_coordinator(_person(act))


def _work(act: WaitingAct, by: User, now: datetime) -> None:
    person, organisation = _person(act), _organisation(act)
    if not person.memberships.filter(organisation=organisation).exists():
        _add(person, organisation, by=act.asked_by, now=now, second=by)
    if not person.can_sign_in:  # the link that waited lives from now on
        User.objects.filter(pk=person.pk).update(invited_at=now)
    transaction.on_commit(partial(mails.invite_by_mail, person, act.asked_by, [organisation], now))


def _undo(act: WaitingAct, by: User, now: datetime) -> None:
    for membership in Membership.objects.filter(user=act.subject, organisation=act.organisation):
        remove(membership, by=by)


def _organisation(act: WaitingAct) -> Organisation:
    if act.organisation is None:
        raise Organisation.DoesNotExist
    return act.organisation


KINDS = {
    MEMBERSHIP: ActKind(
        title=gettext_lazy("nieuwe coördinator"),
        about=User,
        roles=WITH_COLLEAGUES,
        facts=_facts,
        sentences=_sentences,
        check_can_ask=_check_can_ask,
        work=_work,
        why=gettext_noop("coördinator toegelaten door een tweede persoon"),
        undo=ActUndo(work=_undo, why=gettext_noop("persoon weggehaald bij organisatie")),
    )
}
