"""May this person do this to this, now? About people and organisations.

Each check raises Refused with a sentence for the person. Actions ask inside their transaction,
templates ask the same for a button (`allowed`), so that button and action cannot disagree.
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import MINISTRY_PEOPLE, Membership, Role, User, WaitingAct
from accounts.names import NOT_A_NAME, is_a_name
from common.refused import Refused
from schools.models import Organisation

LAST_SECOND_FACTOR = gettext_lazy(
    "Dit is je enige tweede stap en die heb je nodig om te werken. Voeg eerst een andere toe."
)

NO_PASSWORD = gettext_lazy(
    "Je meldt je hier niet met een wachtwoord aan. Mail ons als er iets moet veranderen."
)


def check_can_invite(user: User, role: str, organisations: Sequence[Organisation] = ()) -> None:
    """The ministry invites everybody, coordinators their own colleagues.

    People of the ministry itself are invited by an administrator only.
    """
    if role in MINISTRY_PEOPLE and user.role != Role.ADMINISTRATOR:
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


def check_is_a_name(name: str) -> None:
    """A name ends up in a mail to somebody else, so no address of a page hides in it."""
    if not is_a_name(name):
        raise Refused(NOT_A_NAME, field="name", code="not-a-name")


def check_not_too_many(organisations: int) -> None:
    """One invitation is for a few organisations: more are given one by one, and seen."""
    most = settings.ADMISSION_LIMITS["organisations"]
    if organisations > most:
        raise Refused(
            _(
                "Je kan iemand voor ten hoogste {n} organisaties tegelijk uitnodigen. Begin met "
                "{n}."
            ).format(n=most),
            field="organisations",
            code="too-many-organisations",
        )


def check_pace_of_invitations(*, last_hour: int, to_this_person: int) -> None:
    """So many in an hour by one person, so many a day to one person.

    last_hour: how many the inviter sent; to_this_person: how many anybody sent to that address
    in a day.
    """
    limits = settings.ADMISSION_LIMITS
    if last_hour >= limits["invitations_an_hour"]:
        raise Refused(
            _("Je nodigde in het voorbije uur {n} mensen uit. Ga later verder.").format(
                n=limits["invitations_an_hour"]
            ),
            code="too-many-invitations",
        )
    if to_this_person >= limits["invitations_of_one"]:
        raise Refused(
            _(
                "Deze persoon kreeg vandaag al {n} uitnodigingen. Kijk samen na of het adres "
                "klopt, en probeer het morgen opnieuw."
            ).format(n=limits["invitations_of_one"]),
            field="email",
            code="too-many-invitations",
        )


def check_can_be_coordinator(person: User) -> None:
    """Whoever waits to become coordinator of an organisation still may be one."""
    if not (person.is_active and person.is_coordinator):
        raise Refused(
            _("{person} is geblokkeerd of is geen coördinator.").format(person=person.name),
            code="address-not-usable",
        )


def check_can_change_role(user: User, person: User, role: str) -> None:
    """An administrator gives somebody else at the ministry another role there.

    A coordinator or a provider's person never becomes one of the ministry, nor the other way
    round: what they saw and did belongs to an organisation or a provider (ADR 35).
    """
    if not (user.is_active and user.role == Role.ADMINISTRATOR):
        raise Refused(_("Alleen een beheerder kan een rol veranderen."), code="administrator-only")
    if user.pk == person.pk:
        raise Refused(
            _("Je kan je eigen rol niet veranderen. Vraag het aan een andere beheerder."),
            code="not-yourself",
        )
    if role not in MINISTRY_PEOPLE or not person.works_at_ministry:
        raise Refused(
            _(
                "Een rol verandert alleen binnen het ministerie. Nodig {person} uit met een ander "
                "adres voor ander werk."
            ).format(person=person.name),
            code="role-stays",
        )
    if not person.is_active:
        raise Refused(
            _("{person} is geblokkeerd. Hef dat eerst op.").format(person=person.name),
            code="person-blocked",
        )
    if person.role == role:
        raise Refused(
            _("{person} heeft deze rol al.").format(person=person.name),
            field="role",
            code="same-role",
        )


def check_still_has_role(person: User, role: str) -> None:
    """A role is put back only while it is the one that was given."""
    if person.role != role:
        raise Refused(
            _("{person} heeft intussen weer een andere rol.").format(person=person.name),
            code="role-changed-since",
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
    organisations = organisations_in_common(user, person)
    if not organisations and WaitingAct.objects.open().about(person).exists():
        raise Refused(
            _("{person} wacht op een tweede persoon. Daarna vertrekt de mail.").format(
                person=person.name
            ),
            code="waits-for-second",
        )
    check_can_invite(user, person.role, organisations)


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
    if person.forgotten_at:
        raise Refused(
            _("Naam en adres van deze persoon zijn gewist. Nodig het adres opnieuw uit."),
            code="person-forgotten",
        )


def check_can_forget(user: User, person: User) -> None:
    """An administrator, for somebody who cannot sign in, or works for nobody, any more."""
    if not (user.is_active and user.role == Role.ADMINISTRATOR):
        raise Refused(_("Alleen een beheerder kan mensen vergeten."), code="administrator-only")
    if person.forgotten_at:
        raise Refused(
            _("{person} is al vergeten.").format(person=person.name), code="person-forgotten"
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
    if settings.ACM_ON and person.role in MINISTRY_PEOPLE:
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


def check_can_ask_address(user: User, address: str) -> None:
    """Who signs in with a password of ours asks for another address. Whether somebody has that
    address already is not told: no mail comes then."""
    if not user.has_usable_password():
        raise Refused(NO_PASSWORD, code="no-password")
    if address == user.email:
        raise Refused(_("Dit is je adres al."), field="email", code="address-yours-already")


def check_can_confirm_address(link_works: bool) -> None:
    """Only the last link that was mailed, within the hour."""
    if not link_works:
        raise Refused(
            _("Deze link is al gebruikt of te oud. Vraag bij “Mijn account” een nieuwe."),
            code="link-stale",
        )


def organisations_in_common(user: User, person: User) -> list[Organisation]:
    """The organisations of a person that somebody may see."""
    return list(person.organisations.filter(pk__in=Organisation.objects.visible_to(user)))


def _check_manages(user: User, person: User) -> None:
    if not (user.is_active and user.is_ministry):
        raise Refused(_("Alleen het ministerie kan dit doen."), code="ministry-only")
    if person.works_at_ministry and user.role != Role.ADMINISTRATOR:
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


# What waits for a second person (ADR 36).


def check_somebody_else_may(found: bool) -> None:
    """An act that nobody else could let go is not asked: it would wait for ever."""
    if not found:
        raise Refused(
            _(
                "Er is niemand anders die dit kan laten doorgaan. Geef eerst een tweede persoon "
                "die rol, op de server."
            ),
            code="nobody-else",
        )


def check_can_let_go(user: User, act: WaitingAct, *, may: bool) -> None:
    """Somebody with the role for it, never the person who asked, lets it go or refuses it.

    may: whether this person has the role, for this organisation.
    """
    _check_waits(act)
    if user.pk == act.asked_by_id:
        raise Refused(_("Je vroeg dit zelf. Iemand anders laat het doorgaan."), code="not-your-own")
    if not (may and user.is_active):
        raise Refused(
            _("Dit kan jij niet laten doorgaan. Iemand met een andere rol doet dat."),
            code="not-the-second",
        )


def check_can_withdraw_act(user: User, act: WaitingAct) -> None:
    """Only who asked it withdraws it, while nobody answered."""
    _check_waits(act)
    if not (user.is_active and user.pk == act.asked_by_id):
        raise Refused(
            _("Alleen {person} trekt dit in. Klopt het niet, weiger het dan.").format(
                person=act.asked_by
            ),
            code="asked-by-another",
        )


def check_can_undo_act(user: User, act: WaitingAct, *, may: bool, undoes: bool) -> None:
    """Who asked it, or may let it go, undoes it once, where its kind can be undone."""
    if act.let_go_at is None or act.undone_at is not None or not undoes:
        raise Refused(_("Dit kan je niet ongedaan maken."), code="nothing-to-undo")
    if not (may and user.is_active):
        raise Refused(_("Dit kan jij niet ongedaan maken."), code="not-the-second")


def _check_waits(act: WaitingAct) -> None:
    if not act.is_open:
        raise Refused(_("Dit wacht op niemand meer. Laad de pagina opnieuw."), code="waits-no-more")
