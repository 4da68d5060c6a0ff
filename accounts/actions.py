"""The only writers of people and of who acts for whom (organisations come from the register); with
what people do about their own account in `accounts.own_account`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import admissions, mail_queue, policies, roles, sign_ins
from accounts.admissions import remove_from_organisation as remove_from_organisation
from accounts.mails import MailNotSent as MailNotSent
from accounts.mails import invite_by_mail
from accounts.models import (
    SUPERVISING,
    AccountMail,
    Invitation,
    Membership,
    Role,
    SignInKind,
    User,
)
from accounts.session_ends import end_for_good
from common.refused import Refused
from history.recording import recorded
from schools.models import Organisation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def invite(
    *,
    email: str,
    name: str,
    role: str,
    organisations: Sequence[Organisation] = (),
    by: User,
    now: datetime,
) -> User:
    """Invite somebody by mail, sent on commit; return the person.

    Somebody new, or who never chose a password, gets a link to choose one; inviting the same person
    again sends a fresh link. A coordinator who can sign in already is told about the new
    organisations. What needs a second person waits for one (`admissions`, `roles`), and so does its
    mail. Raises Refused, and MailNotSent after everything else was saved.
    """
    email, name = email.strip().lower(), " ".join(name.split())
    with recorded(by=by, why=gettext_noop("persoon uitgenodigd")):
        _check_can_invite(email, name, role, organisations, by=by, now=now)
        person = _invited(email, name, role, by=by, now=now)
        Invitation.objects.create(who=person, invited_at=now, invited_by=by)
        if person.role != role:
            roles.ask_role(person=person, role=role, by=by, now=now)
            return person
        admitted = admissions.admit(person, organisations, by=by, now=now)
        if person.can_sign_in and not (admitted.added or admitted.waiting):
            raise Refused(
                _("{person} heeft al een account en kan aanmelden.").format(person=person.name),
                field="email",
                code="can-sign-in-already",
            )
        told = [each for each in organisations if each not in admitted.waiting]
        if told or not organisations:
            transaction.on_commit(partial(invite_by_mail, person, by, told, now))
    return person


def _check_can_invite(
    email: str,
    name: str,
    role: str,
    organisations: Sequence[Organisation],
    *,
    by: User,
    now: datetime,
) -> None:
    """Who, whom, for what and how often. Raises Refused."""
    policies.check_can_invite(by, role, organisations)
    policies.check_is_a_name(name)
    policies.check_not_too_many(len(organisations))
    if (role == Role.COORDINATOR) != bool(organisations):
        raise Refused(
            _("Een coördinator werkt voor minstens één organisatie, iemand anders voor geen."),
            field="organisations",
            code="organisations-do-not-fit",
        )
    # One at a time, so that invitations sent at the same moment are counted; both of two who
    # invite each other, in one order.
    both = User.objects.filter(Q(pk=by.pk) | Q(email=email)).order_by("pk")
    list(both.select_for_update(no_key=True, of=("self",)))
    policies.check_pace_of_invitations(
        last_hour=Invitation.objects.filter(invited_by=by, invited_at__gt=now - HOUR).count(),
        to_this_person=Invitation.objects.filter(
            who__email=email, invited_at__gt=now - DAY
        ).count(),
    )


def invite_again(*, person: User, by: User, now: datetime) -> User:
    """A fresh link for somebody who never chose a password. Raises Refused and MailNotSent."""
    policies.check_can_invite_again(by, person)
    organisations = policies.organisations_in_common(by, person)
    return invite(
        email=person.email,
        name=person.name,
        role=person.role,
        organisations=organisations,
        by=by,
        now=now,
    )


def _invited(email: str, name: str, role: str, *, by: User, now: datetime) -> User:
    """The person with this address, new or existing; raises Refused.

    Whoever is to get a role that waits for a second person begins as one who only reads.
    """
    invitation = {"name": name, "invited_at": now, "invited_by": by}
    begins_as = Role.ANALYST if role in SUPERVISING else role
    person, is_new = User.objects.get_or_create(
        email=email, defaults={"role": begins_as, "password": make_password(None), **invitation}
    )
    if is_new:
        return person
    person = _locked(person)
    if not person.is_active or person.role not in (role, begins_as):
        raise Refused(_why_not(person, by), field="email", code="address-not-usable")
    if not person.can_sign_in:
        for field, value in invitation.items():
            setattr(person, field, value)
        person.save(update_fields=list(invitation))
    return person


def _why_not(person: User, by: User) -> str:
    """Only the ministry learns who has an account and what is wrong with it."""
    if not by.is_ministry:
        return _("Dit adres kan je niet als collega uitnodigen. Gebruik een ander adres.")
    if not person.is_active:
        return _("{person} is geblokkeerd. Hef dat eerst op bij Mensen.").format(person=person.name)
    return _("Dit adres hoort al bij {person}, {role}. Gebruik een ander adres.").format(
        person=person.name, role=person.get_role_display()
    )


def choose_language(*, person: User, language: str) -> None:
    """From now on the person reads pages, and gets mails, in this language."""
    with recorded(by=person, why=gettext_noop("taal gekozen")):
        User.objects.filter(pk=person.pk).exclude(language=language).update(language=language)


def block(*, person: User, by: User) -> None:
    """Stop somebody from signing in; links already sent stop working too. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon geblokkeerd")):
        by, person = roles.both_locked(by, person)
        policies.check_can_block(by, person)
        person.is_active = False
        end_for_good(person, also=["is_active"])
        sign_ins.record(SignInKind.BLOCKED, person=person, by=by)


def unblock(*, person: User, by: User) -> None:
    """Let somebody sign in again, with the password they had; what was open before the block, or
    began while it was made, stays closed. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon niet langer geblokkeerd")):
        by, person = roles.both_locked(by, person)
        policies.check_can_unblock(by, person)
        person.is_active = True
        end_for_good(person, also=["is_active"])
        sign_ins.record(SignInKind.UNBLOCKED, person=person, by=by)


def reset_second_factor(*, person: User, by: User, now: datetime) -> None:
    """For somebody who lost phone and spare codes: delete their second factors and end their
    sessions; the next sign-in leads to setting up a new one. They get a mail. Raises Refused."""
    with recorded(by=by, why=gettext_noop("tweede stap gewist")):
        by, person = roles.both_locked(by, person)
        authenticators = Authenticator.objects.filter(user=person)
        policies.check_can_reset_second_factor(by, person, authenticators.count())
        authenticators.delete()
        person.second_factor_reset_at = now
        person.second_factor_reset_by = by
        person.save(update_fields=["second_factor_reset_at", "second_factor_reset_by"])
        sign_ins.record(SignInKind.FACTORS_RESET, person=person, by=by)
        mail_queue.queue(AccountMail.Kind.FACTORS_RESET, person=person, now=now, by=str(by))


def forget(*, person: User, by: User, now: datetime) -> None:
    """Take away name, address and every way to sign in, for good; what they did stays, under a
    number. History holds neither (ADR 37). Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon vergeten")):
        by, person = roles.both_locked(by, person)
        policies.check_can_forget(by, person)
        Membership.objects.filter(user=person).delete()
        AccountMail.objects.filter(person=person).exclude(state=AccountMail.State.QUEUED).update(
            address="", facts={}
        )
        Authenticator.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        person.name = f"Persoon {person.pk}"
        person.email = f"vergeten-{person.pk}@portaal.invalid"
        person.is_active = False
        person.set_unusable_password()
        person.new_email, person.new_email_asked_at = "", None
        person.forgotten_at, person.forgotten_by = now, by
        person.save(
            update_fields=[
                "name",
                "email",
                "is_active",
                "password",
                "new_email",
                "new_email_asked_at",
                "forgotten_at",
                "forgotten_by",
            ]
        )


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
