"""Questions about people: whether somebody is invited, active or blocked, and who matches a search.

Tested in `pages.people.tests.test_views`.
"""

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.links import invitation_until
from accounts.models import Membership, User
from common import search
from common.state_text import StateText
from schools.models import Organisation


class AccountState(TextChoices):
    """How far somebody is with their account; derived, never stored."""

    INVITED = "uitgenodigd", gettext_lazy("uitgenodigd")
    ACTIVE = "actief", gettext_lazy("actief")
    BLOCKED = "geblokkeerd", gettext_lazy("geblokkeerd")


NEVER_CAME = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, signs_on_since=None)
IN_STATE = {
    AccountState.INVITED: NEVER_CAME & Q(is_active=True),
    AccountState.ACTIVE: ~NEVER_CAME & Q(is_active=True),
    AccountState.BLOCKED: Q(is_active=False),
}


def state_of(person: User) -> AccountState:
    """The state of one person; agrees with IN_STATE, which is for many."""
    if not person.is_active:
        return AccountState.BLOCKED
    return AccountState.ACTIVE if person.can_sign_in else AccountState.INVITED


def in_words(person: User, now: datetime) -> StateText:
    """How a colleague or an officer reads the state of somebody's account."""
    state = state_of(person)
    if state == AccountState.BLOCKED:
        return StateText(_("Geblokkeerd"), "error")
    if state == AccountState.ACTIVE:
        return StateText(_("Actief"), "success")
    if person.invited_at is None:
        return StateText(_("Nog geen wachtwoord"), "warning")
    if invitation_until(person.invited_at) <= now:
        return StateText(_("Uitnodiging verlopen"), "warning")
    day = timezone.localtime(person.invited_at)
    return StateText(_("Uitgenodigd op {day}").format(day=f"{day:%d/%m/%Y}"), "info")


def matching(text: str) -> Q:
    """People with each of these words in their name, address or organisation; of a long text the
    first words only (`common.search`)."""
    found = Q()
    for word in search.words(text):
        there = Membership.objects.filter(organisation__in=Organisation.objects.matching(word))
        found &= Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=there.values("user"))
    return found
