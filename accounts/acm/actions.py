"""The writers of people who sign on through the government; beside `accounts.actions`.

Who signs on is found by `sub` alone. An address leads to an account once, at the first sign-on,
after its mailbox was proven.
"""

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts import policies, sign_ins
from accounts.acm.claims import SignOn
from accounts.models import How, Membership, Role, SignInKind, User
from accounts.session_ends import end_for_good
from history.recording import recorded
from schools.models import Organisation

ROLE_FIELDS = ["role", "is_staff", "is_superuser", "role_changed_at", "role_changed_by"]


@transaction.atomic
def begin(*, sign_on: SignOn, address: str, password_given: bool, now: datetime) -> User:
    """The account of somebody's first sign-on: a new one, or theirs that was there already.

    Called after the mailbox of `address` was proven. password_given: and the password of the
    account with that address too. Raises Refused.
    """
    with recorded(by=None, why=gettext_noop("account gemaakt bij een aanmelding via de overheid")):
        person, is_new = User.objects.get_or_create(
            email=address.strip().lower(),
            defaults={
                "name": sign_on.name or address,
                "role": sign_on.role,
                "password": make_password(None),
            },
        )
    with recorded(by=person, why=gettext_noop("eerste keer aangemeld via de overheid")):
        person = _locked(person)
        if not is_new:
            policies.check_can_join(person, password_given=password_given)
        linked, _new = SocialAccount.objects.get_or_create(
            provider=settings.ACM_ISSUER, uid=sign_on.sub, defaults={"user": person}
        )
        policies.check_linked_to(person, linked.user_id)
        person.signs_on_since = now
        person.save(update_fields=["signs_on_since"])
        _become(person, sign_on, now=now)
    return person


def come_back(*, person: User, sign_on: SignOn, now: datetime) -> User:
    """Each later sign-on: role and organisations are what the government says now. Raises
    Refused."""
    with recorded(by=person, why=gettext_noop("rol en organisaties zoals de overheid ze kent")):
        person = _locked(person)
        policies.check_can_sign_on(person)
        _become(person, sign_on, now=now)
    return person


def _become(person: User, sign_on: SignOn, *, now: datetime) -> None:
    """Give the role and the organisations of a sign-on, take what an earlier one gave; what
    colleagues or the ministry gave, they take. Sessions of before end when anything changed."""
    has_other_role = person.role != sign_on.role
    if has_other_role:
        person.role = sign_on.role
        person.is_staff = person.is_staff and sign_on.role == Role.ADMINISTRATOR
        person.is_superuser = person.is_superuser and sign_on.role == Role.ADMINISTRATOR
        person.role_changed_at, person.role_changed_by = now, person
        sign_ins.record(SignInKind.ROLE_CHANGED, person=person, how=How.ACM_IDM)
    changed = _become_member(person, sign_on, now=now)
    if changed or has_other_role:
        end_for_good(person, also=ROLE_FIELDS)


def _become_member(person: User, sign_on: SignOn, *, now: datetime) -> bool:
    """Whether any membership came or went."""
    changed = False
    own = Membership.objects.filter(user=person)
    for organisation in Organisation.objects.filter(pk__in=sign_on.organisations).order_by("pk"):
        given = {"added_at": now, "added_by": person, "by_sign_on": True}
        membership, is_new = Membership.objects.get_or_create(
            user=person, organisation=organisation, defaults=given
        )
        if not membership.by_sign_on:
            Membership.objects.filter(pk=membership.pk).update(by_sign_on=True)
        changed = changed or is_new
    lost = own.exclude(organisation__in=sign_on.organisations)
    if sign_on.role == Role.COORDINATOR:
        lost = lost.filter(by_sign_on=True)
    gone, _rows = lost.delete()
    return changed or bool(gone)


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
