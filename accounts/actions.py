"""The only writers of people and of who acts for whom (organisations come from the register)."""

import smtplib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import mails, policies, second_factor_mails
from accounts.models import Membership, Role, User
from common.refused import Refused
from history.recording import recorded
from schools.models import Organisation


class MailNotSent(Exception):
    """Everything was saved, but the mail server did not accept the mail; `message` says so."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


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
    organisations. Raises Refused, and MailNotSent after everything else was saved.
    """
    email, name = email.strip().lower(), " ".join(name.split())
    with recorded(by=by, why=gettext_noop("persoon uitgenodigd")):
        policies.check_can_invite(by, role, organisations)
        if (role == Role.COORDINATOR) != bool(organisations):
            raise Refused(
                _("Een coördinator werkt voor minstens één organisatie, iemand anders voor geen."),
                field="organisations",
                code="organisations-do-not-fit",
            )
        person = _invited(email, name, role, by=by, now=now)
        added = [each for each in organisations if _add(person, each, by=by, now=now)]
        if person.can_sign_in and not added:
            raise Refused(
                _("{person} heeft al een account en kan aanmelden.").format(person=person.name),
                field="email",
                code="can-sign-in-already",
            )
        transaction.on_commit(partial(_send, person, by, organisations, now))
    return person


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
    """The person with this address, new or existing; raises Refused."""
    invitation = {"name": name, "invited_at": now, "invited_by": by}
    person, is_new = User.objects.get_or_create(
        email=email, defaults={"role": role, "password": make_password(None), **invitation}
    )
    if is_new:
        return person
    person = _locked(person)
    if not person.is_active or person.role != role:
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


def _add(person: User, organisation: Organisation, *, by: User, now: datetime) -> bool:
    """Let somebody act for an organisation; False when they already did."""
    return Membership.objects.get_or_create(
        user=person, organisation=organisation, defaults={"added_at": now, "added_by": by}
    )[1]


def _send(person: User, by: User, organisations: Sequence[Organisation], now: datetime) -> None:
    try:
        mails.send_invitation(person=person, by=by, organisations=organisations, now=now)
    except (OSError, smtplib.SMTPException) as error:
        sentence = _(
            "{email} staat in de lijst, maar de mail kon niet vertrekken. Wacht enkele minuten en"
            " kies dan “Opnieuw uitnodigen”."
        )
        raise MailNotSent(sentence.format(email=person.email)) from error


def choose_password(*, person: User, password: str) -> None:
    """Set the password of somebody who followed the link in a mail, which also proves the address.

    Called with a valid link only. An EmailAddress that is not verified locks people out of the
    pages of allauth that require one (ADR 7).
    """
    with recorded(by=person, why=gettext_noop("wachtwoord gekozen met de link uit een mail")):
        locked = _locked(person)
        locked.set_password(password)
        locked.save(update_fields=["password"])
        addresses = EmailAddress.objects.filter(user=locked)
        addresses.exclude(email=locked.email).update(primary=False)
        EmailAddress.objects.update_or_create(
            user=locked, email=locked.email, defaults={"verified": True, "primary": True}
        )


def choose_language(*, person: User, language: str) -> None:
    """From now on the person reads pages, and gets mails, in this language."""
    with recorded(by=person, why=gettext_noop("taal gekozen")):
        User.objects.filter(pk=person.pk).exclude(language=language).update(language=language)


def remove_from_organisation(*, membership: Membership, by: User) -> None:
    """Stop somebody from acting for an organisation; the account stays. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon weggehaald bij organisatie")):
        # Two colleagues who remove each other wait for one another here.
        Organisation.objects.select_for_update(no_key=True, of=("self",)).get(
            pk=membership.organisation_id
        )
        present = Membership.objects.filter(pk=membership.pk)
        for found in present.prefetch_related("user", "organisation__memberships__user"):
            policies.check_can_remove(by, found)
            found.delete()


def block(*, person: User, by: User) -> None:
    """Stop somebody from signing in; links already sent stop working too. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon geblokkeerd")):
        by, person = _both_locked(by, person)
        policies.check_can_block(by, person)
        person.is_active = False
        person.save(update_fields=["is_active"])


def unblock(*, person: User, by: User) -> None:
    """Let somebody sign in again, with the password they had. Raises Refused."""
    with recorded(by=by, why=gettext_noop("persoon niet langer geblokkeerd")):
        by, person = _both_locked(by, person)
        policies.check_can_unblock(by, person)
        person.is_active = True
        person.save(update_fields=["is_active"])


def reset_second_factor(*, person: User, by: User, now: datetime) -> None:
    """For somebody who lost phone and spare codes: delete their second factors and end their
    sessions; the next sign-in leads to setting up a new one. Raises Refused, and MailNotSent after
    it was saved."""
    with recorded(by=by, why=gettext_noop("tweede stap gewist")):
        by, person = _both_locked(by, person)
        authenticators = Authenticator.objects.filter(user=person)
        policies.check_can_reset_second_factor(by, person, authenticators.count())
        authenticators.delete()
        person.second_factor_reset_at = now
        person.second_factor_reset_by = by
        person.save(update_fields=["second_factor_reset_at", "second_factor_reset_by"])
        transaction.on_commit(partial(_notify_reset, person, by))


def _notify_reset(person: User, by: User) -> None:
    try:
        second_factor_mails.notify_reset(person=person, by=by)
    except (OSError, smtplib.SMTPException) as error:
        sentence = _(
            "De tweede stap van {person} is gewist, maar de mail daarover kon niet vertrekken."
            " Laat het {person} zelf weten."
        )
        raise MailNotSent(sentence.format(person=person.name)) from error


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)


def _both_locked(by: User, person: User) -> tuple[User, User]:
    """Lock both, so that two administrators cannot block each other at once and leave none."""
    rows = User.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {each.pk: each for each in rows.filter(pk__in={by.pk, person.pk})}
    return found[by.pk], found[person.pk]
