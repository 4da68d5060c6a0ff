"""Questions about people: is somebody invited, active or blocked, and who matches a search."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from schools.models import Membership, Organisation, User


class AccountState(TextChoices):
    """How far somebody is with their account; derived, never stored."""

    INVITED = "invited", _("uitgenodigd")
    ACTIVE = "active", _("actief")
    BLOCKED = "blocked", _("geblokkeerd")


NEVER_CHOSE = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
IN_STATE = {
    AccountState.INVITED: NEVER_CHOSE & Q(is_active=True),
    AccountState.ACTIVE: ~NEVER_CHOSE & Q(is_active=True),
    AccountState.BLOCKED: Q(is_active=False),
}


def state_of(person: User) -> AccountState:
    """The state of one person; the same answer as IN_STATE gives for many."""
    if not person.is_active:
        return AccountState.BLOCKED
    return AccountState.ACTIVE if person.has_usable_password() else AccountState.INVITED


def matching(text: str) -> Q:
    """People whose name, address or organisation holds each of these words."""
    found = Q()
    for word in text.split():
        there = Membership.objects.filter(organisation__in=Organisation.objects.matching(word))
        found &= Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=there.values("user"))
    return found
