"""What people do about their own account: password, address. Writers of people, like
`accounts.actions`.

Each leaves a fact at the door (ADR 31) and a mail to the person. Never 500 and never slower for an
address that exists: mails leave through the queue (ADR 30).
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import links, mail_queue, policies, sign_ins
from accounts.models import AccountMail, How, SignInKind, User
from common.refused import Refused
from history.recording import recorded


def ask_password_link(*, address: str, now: datetime) -> None:
    """Somebody forgot the password of this address. The same work, whoever has that address or
    nobody: who is there follows from neither the answer nor its time."""
    address = address.strip().lower()
    person = User.objects.filter(email=address, is_active=True).first()
    with recorded(by=None, why=gettext_noop("nieuw wachtwoord gevraagd")):
        typed = "" if person else address
        sign_ins.record(SignInKind.RESET_ASKED, person=person, typed=typed)
        mail_queue.queue(AccountMail.Kind.RESET_LINK, person=person, now=now)


def choose_password(*, person: User, password: str, now: datetime) -> None:
    """Set the password of somebody who followed the link in a mail, which also proves the address.

    Called with a valid link only.
    """
    with recorded(by=person, why=gettext_noop("wachtwoord gekozen met de link uit een mail")):
        is_first = not _locked(person).has_usable_password()
        kind = SignInKind.PASSWORD_CHOSEN if is_first else SignInKind.PASSWORD_RESET
        _set_password(person, password)
        sign_ins.record(kind, person=person, how=How.LINK)
        if not is_first:
            mail_queue.queue(AccountMail.Kind.PASSWORD_CHANGED, person=person, now=now)


def change_password(*, person: User, password: str, now: datetime) -> None:
    """Set another password; the page asked for the one they had."""
    with recorded(by=person, why=gettext_noop("wachtwoord veranderd")):
        _locked(person)
        _set_password(person, password)
        sign_ins.record(SignInKind.PASSWORD_CHANGED, person=person, how=How.PASSWORD)
        mail_queue.queue(AccountMail.Kind.PASSWORD_CHANGED, person=person, now=now)


def ask_address(*, person: User, address: str, now: datetime) -> None:
    """They want to sign in with another address; the page asked for their password. Nothing changes
    until a link mailed to that address is followed. Raises Refused."""
    address = address.strip().lower()
    with recorded(by=person, why=gettext_noop("ander e-mailadres gevraagd")):
        locked = _locked(person)
        policies.check_can_ask_address(locked, address)
        locked.new_email, locked.new_email_asked_at = address, now
        locked.save(update_fields=["new_email", "new_email_asked_at"])
        sign_ins.record(SignInKind.ADDRESS_ASKED, person=person, how=How.PASSWORD)
        mail_queue.queue(AccountMail.Kind.NEW_ADDRESS, person=person, address=address, now=now)


def confirm_address(*, person: User, token: str, now: datetime) -> User:
    """The link mailed to the new address was followed: from now on it is theirs, and every session
    ends. The old address is told. Raises Refused."""
    with recorded(by=person, why=gettext_noop("e-mailadres veranderd")):
        locked = _locked(person)
        policies.check_can_confirm_address(links.ADDRESSES.check_token(locked, token))
        former = locked.email
        locked.email, locked.new_email, locked.new_email_asked_at = locked.new_email, "", None
        try:
            with transaction.atomic():
                locked.save(update_fields=["email", "new_email", "new_email_asked_at"])
        except IntegrityError:
            raise Refused(
                _("Dit adres kan je niet gebruiken. Kies een ander adres."),
                code="address-not-usable",
            ) from None
        sign_ins.record(SignInKind.ADDRESS_CHANGED, person=locked, how=How.LINK)
        kind = AccountMail.Kind.ADDRESS_CHANGED
        mail_queue.queue(kind, person=locked, address=former, now=now)
    return locked


def _set_password(person: User, password: str) -> None:
    person.set_password(password)
    person.save(update_fields=["password"])


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
