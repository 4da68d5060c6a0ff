"""Forget people who left: their name and address go, what they did stays under a number (ADR 37).

Rows are not deleted: figures, decisions and reveals point at them. What history keeps of a person
holds no name and no address, so that it stays as it was sealed.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext_noop

from accounts import actions
from accounts.models import Membership, Role, User
from common.days import at, brussels_day, months_after
from history.recording import recorded
from vouchers.actions.mail import mails
from vouchers.models import Mail, ProviderMember, Reveal
from vouchers.states import MailState


def may_be_forgotten(now: datetime) -> QuerySet[User]:
    """Who is blocked, or works for nobody, was last here before the term, and saw no code of a
    period that is not erased yet. The longest away first."""
    term = at(months_after(brussels_day(now), -settings.FORGET_AFTER_MONTHS), 0)
    member = Exists(Membership.objects.filter(user=OuterRef("pk")))
    works = Exists(ProviderMember.objects.filter(user=OuterRef("pk")))
    of_nobody = Q(~member, role=Role.COORDINATOR) | Q(~works, role=Role.PROVIDER)
    seen = Reveal.objects.filter(revealed_to=OuterRef("pk")).exclude(
        hand_out__line__period__erased_at__isnull=False
    )
    # The latest of those that are known; nothing known is nothing.
    here = Greatest(
        F("last_login"), F("invited_at"), F("second_factor_reset_at"), output_field=DateTimeField()
    )
    people = User.objects.filter(forgotten_at=None).annotate(last_here=here)
    people = people.filter(Q(is_active=False) | of_nobody, ~Exists(seen), last_here__lt=term)
    return people.order_by("last_here", "pk")


def forget_people(*, by: User, now: datetime) -> int:
    """Forget everybody who may be, each in a transaction of its own; returns how many. Raises
    Refused."""
    people = list(may_be_forgotten(now))
    for person in people:
        with recorded(by=by, why=gettext_noop("persoon vergeten")):
            actions.forget(person=person, by=by, now=now)
            _forget_mails(person)
    return len(people)


def _forget_mails(person: User) -> None:
    """What was mailed to somebody: the text greets by name, and the address is theirs."""
    received = Mail.objects.filter(recipient=person)
    mails.drop(received)
    received.exclude(state=MailState.QUEUED).update(address="", body="")
