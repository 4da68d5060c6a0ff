"""May this person do this to this, now? About people and organisations.

Each check raises Refused with a sentence for the person. Actions ask inside their transaction,
templates ask the same for a button (`allowed`), so that button and action cannot disagree.
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import MINISTRY, Membership, Role, User
from common.refused import Refused
from schools.models import Organisation

LAST_SECOND_FACTOR = gettext_lazy(
    "Dit is je enige tweede stap en die heb je nodig om te werken. Voeg eerst een andere toe."
)


def check_can_invite(user: User, role: str, organisations: Sequence[Organisation] = ()) -> None:
    """The ministry invites everybody, coordinators their own colleagues.

    People of the ministry itself are invited by an administrator only.
    """
    if role in MINISTRY and user.role != Role.ADMINISTRATOR:
        raise Refused(
            _("Alleen een beheerder kan mensen van het ministerie uitnodigen."),
            code="administrator-only",
        )
    if user.is_ministry and user.is_active:
        return
    if user.role != Role.COORDINATOR or role != Role.COORDINATOR:
        raise Refused(_("Alleen het ministerie kan deze persoon uitnodigen."), code="ministry-only")
    if not _acts_for_all(user, organisations):
        raise Refused(
            _("Je kan alleen collega's uitnodigen voor je eigen organisatie."), code="not-yours"
        )


def check_can_invite_again(user: User, person: User) -> None:
    """A fresh link is for somebody who was invited and never chose a password."""
    if not person.is_active:
        raise Refused(
            _("{person} is geblokkeerd. Hef dat eerst op.").format(person=person.name),
            code="person-blocked",
        )
    if person.can_sign_in:
        raise Refused(
            _("{person} heeft al een account en kan aanmelden.").format(person=person.name),
            code="can-sign-in-already",
        )
    check_can_invite(user, person.role, organisations_in_common(user, person))


def check_can_remove(user: User, membership: Membership) -> None:
    """The ministry and the coordinators of the same organisation take somebody off it.

    Never the last one who can sign in: nobody could invite the next. For many rows at once:
    prefetch `organisation__memberships__user`; nothing else is read.
    """
    people = [each.user for each in membership.organisation.memberships.all()]
    own = user.role == Role.COORDINATOR and user in people
    if not (user.is_active and (user.is_ministry or own)):
        raise Refused(
            _("Je kan alleen collega's van je eigen organisatie weghalen."), code="not-yours"
        )
    if not any(each.is_active for each in people if each.pk != membership.user_id):
        raise Refused(
            _(
                "{person} is de enige die voor {organisation} kan werken. Nodig eerst iemand"
                " anders uit."
            ).format(person=membership.user.name, organisation=membership.organisation.name),
            code="last-person",
        )


def check_can_block(user: User, person: User) -> None:
    """The ministry stops somebody from signing in; its own people only by an administrator."""
    _check_manages(user, person)
    if user.pk == person.pk:
        raise Refused(
            _("Je kan jezelf niet blokkeren. Vraag het aan een andere beheerder."),
            code="not-yourself",
        )
    if not person.is_active:
        raise Refused(
            _("{person} is al geblokkeerd.").format(person=person.name), code="person-blocked"
        )


def check_can_unblock(user: User, person: User) -> None:
    """The ministry lets somebody sign in again; its own people only by an administrator."""
    _check_manages(user, person)
    if person.is_active:
        raise Refused(
            _("{person} is niet geblokkeerd.").format(person=person.name), code="person-not-blocked"
        )


def check_can_remove_second_factor(user: User, others: int) -> None:
    """Somebody who needs a second factor keeps one. others: how many they have besides this one."""
    if user.needs_second_factor and not others:
        raise Refused(LAST_SECOND_FACTOR, code="last-second-factor")


def check_can_reset_second_factor(user: User, person: User, factors: int) -> None:
    """An administrator, for somebody else who has any: their phone and spare codes are lost."""
    if not (user.is_active and user.role == Role.ADMINISTRATOR):
        raise Refused(
            _("Alleen een beheerder kan de tweede stap van iemand wissen."),
            code="administrator-only",
        )
    if user.pk == person.pk:
        raise Refused(
            _("Je kan je eigen tweede stap niet wissen. Vraag het aan een andere beheerder."),
            code="not-yourself",
        )
    if not factors:
        raise Refused(
            _("{person} heeft geen tweede stap.").format(person=person.name),
            code="no-second-factor",
        )


def check_can_sign_in_here(person: User) -> None:
    """With a password or a passkey; where the sign-on of the government is on, people of the
    ministry go there."""
    if settings.ACM_ON and person.is_ministry:
        raise Refused(
            _("Mensen van het ministerie melden zich aan via de Vlaamse overheid."),
            code="sign-on-only",
        )


def check_can_choose_password(person: User) -> None:
    """Whoever signs on through the government needs none: it would be a second door."""
    check_can_sign_in_here(person)
    if settings.ACM_ON and person.signs_on_since:
        raise Refused(
            _("Jij meldt je aan via de Vlaamse overheid. Een wachtwoord heb je hier niet nodig."),
            code="sign-on-only",
        )


def check_can_sign_on(person: User) -> None:
    """Through the government: not who is blocked here, nor the people of a provider."""
    if not person.is_active or person.role == Role.PROVIDER:
        raise Refused(
            _(
                "Met dit account kan je niet aanmelden: het is afgesloten, of hoort bij een"
                " provider."
            ),
            code="sign-on-account-closed",
        )


def check_can_join(person: User, *, password_given: bool) -> None:
    """A first sign-on joins the account of a proven address: one that was invited, or one whose
    password was given too. Never one that somebody else signs on to."""
    if not person.is_active or person.role == Role.PROVIDER or person.signs_on_since:
        raise Refused(
            _("Dit adres kan je hier niet gebruiken. Geef een ander, of mail ons."),
            "address",
            code="sign-on-address-taken",
        )
    if person.has_usable_password() and not password_given:
        raise Refused(
            _(
                "Je hebt hier al een account met dit adres. Geef ook het wachtwoord ervan, dan"
                " horen ze voortaan samen."
            ),
            "password",
            code="sign-on-password-needed",
        )


def check_linked_to(person: User, linked_to: int) -> None:
    """How the government names somebody leads to one account. linked_to: the id of that one."""
    if person.pk != linked_to:
        raise Refused(
            _("Je hebt hier al een account. Meld je opnieuw aan."), code="sign-on-linked-already"
        )


def organisations_in_common(user: User, person: User) -> list[Organisation]:
    """The organisations of a person that somebody may see."""
    return list(person.organisations.filter(pk__in=Organisation.objects.visible_to(user)))


def _check_manages(user: User, person: User) -> None:
    if not (user.is_active and user.is_ministry):
        raise Refused(_("Alleen het ministerie kan dit doen."), code="ministry-only")
    if person.is_ministry and user.role != Role.ADMINISTRATOR:
        raise Refused(
            _("Alleen een beheerder kan dit doen bij mensen van het ministerie."),
            code="administrator-only",
        )


def _acts_for_all(user: User, organisations: Sequence[Organisation]) -> bool:
    """Whether this is a coordinator of each of these, and of at least one."""
    if not organisations or user.role != Role.COORDINATOR or not user.is_active:
        return False
    own = set(user.memberships.values_list("organisation", flat=True))
    return all(organisation.pk in own for organisation in organisations)
