"""What pages say about an organisation or a person: facts, colleagues, what happened.

Tested in `pages.people.tests.test_views`, `accounts.tests.test_language`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrPromise

from accounts import policies
from accounts.models import Membership, User
from accounts.people import AccountState, in_words, state_of
from accounts.second_factor import factors_of
from common.formats import as_number
from common.refused import allowed
from common.state_text import StateText
from history.models import HistoryEvent
from schools.models import EducationType, Organisation, OrganisationQuerySet, PupilCount, Succession

Fact = dict[str, Any]
EVENTS_SHOWN = 20
NAMES_OF_FACTORS: dict[str, StrPromise] = {
    Authenticator.Type.TOTP: gettext_lazy("app met codes"),
    Authenticator.Type.WEBAUTHN: gettext_lazy("passkey"),
}
_WITHOUT_REASON: dict[str, StrPromise] = {
    HistoryEvent.Operation.INSERT: gettext_lazy("Account gemaakt"),
    HistoryEvent.Operation.UPDATE: gettext_lazy("Gegevens gewijzigd"),
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who acts for an organisation, and what the reader may do about it."""

    membership: Membership
    state: StateText
    can_remove: bool
    can_invite_again: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An organisation on a page."""

    organisation: Organisation
    facts: list[Fact]
    colleagues: list[Colleague]

    @property
    def can_act(self) -> bool:
        """Is there anybody for whom the reader may do something?"""
        return any(each.can_remove or each.can_invite_again for each in self.colleagues)


def with_everything(organisations: OrganisationQuerySet) -> OrganisationQuerySet:
    """Prefetches all that `shown` reads, in a fixed number of queries."""
    members = Membership.objects.select_related("user").order_by("user__name", "user__email")
    links = Succession.objects.standing().order_by("on", "pk")
    return organisations.prefetch_related(
        Prefetch("memberships", members),
        Prefetch("pupil_counts", PupilCount.objects.order_by("-school_year")),
        Prefetch("successions", links.select_related("successor")),
        Prefetch("predecessions", links.select_related("predecessor")),
    )


def shown(organisation: Organisation, *, to: User, now: datetime) -> Shown:
    """An organisation as this person may see it; fetch it `with_everything`."""
    colleagues = [
        Colleague(
            membership,
            in_words(membership.user, now),
            can_remove=allowed(policies.check_can_remove, to, membership),
            # Everyone who sees this list may invite people for this organisation.
            can_invite_again=state_of(membership.user) == AccountState.INVITED,
        )
        for membership in organisation.memberships.all()
    ]
    return Shown(organisation, list(facts_of_organisation(organisation, to)), colleagues)


def facts_of_organisation(organisation: Organisation, reader: User) -> Iterator[Fact]:
    """The facts from the register, as rows of a summary list."""
    is_school = organisation.is_school
    yield {"label": _("Soort"), "value": organisation.get_kind_display()}
    yield {
        "label": _("Instellingsnummer") if is_school else _("KBO-nummer"),
        "value": writtengetal(organisation),
    }
    yield {"label": _("Adres"), "value": _address(organisation) or None}
    yield _province(organisation)
    if is_school:
        yield _types(organisation)
        yield _pupils(organisation)
    if organisation.opened_on:
        yield {"label": _("Bestaat sinds"), "value": _day(organisation.opened_on)}
    if organisation.closed_on:
        yield {"label": _("Gesloten vanaf"), "value": _day(organisation.closed_on)}
    for succession in organisation.predecessions.all():
        yield _relative(_("Voorganger"), succession.predecessor, succession.on, reader)
    for succession in organisation.successions.all():
        yield _relative(_("Opvolger"), succession.successor, succession.on, reader)


def writtengetal(organisation: Organisation) -> str:
    """The organisation's number as people write it: a KBO number with dots."""
    number = organisation.number
    return number if organisation.is_school else f"{number[:4]}.{number[4:7]}.{number[7:]}"


def _address(organisation: Organisation) -> str:
    place = f"{organisation.postcode} {organisation.municipality}".strip()
    return ", ".join(part for part in (organisation.street, place) if part)


def _province(organisation: Organisation) -> Fact:
    nis = _("NIS-code {nis}").format(nis=organisation.nis_code) if organisation.nis_code else ""
    return {"label": _("Provincie"), "value": organisation.get_province_display(), "hint": nis}


def _types(organisation: Organisation) -> Fact:
    structures = ngettext(
        "hoofdstructuur {codes}", "hoofdstructuren {codes}", len(organisation.structures)
    ).format(codes=", ".join(organisation.structures))
    return {
        "label": _("Type onderwijs"),
        "value": organisation.types_in_words or str(EducationType.UNKNOWN.label),
        "hint": structures if organisation.structures else "",
    }


def _pupils(organisation: Organisation) -> Fact:
    counts = organisation.pupil_counts.all()
    if not counts:
        return {"label": _("Leerlingen"), "value": _("niet bekend")}
    latest, *earlier = counts
    hints = [_("schooljaar {year}").format(year=latest.school_year)]
    hints += [f"{each.school_year}: {as_number(each.pupils)}" for each in earlier]
    return {"label": _("Leerlingen"), "value": as_number(latest.pupils), "hint": "; ".join(hints)}


def _relative(label: str, other: Organisation, on: date, reader: User) -> Fact:
    fact = {"label": label, "value": str(other), "hint": _("sinds {day}").format(day=_day(on))}
    if reader.is_ministry:
        fact |= {"url": page_of_organisation(other, reader), "link_label": _("Bekijken")}
    return fact


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def facts_of_person(person: User) -> Iterator[Fact]:
    """What the portal knows about a person, as rows of a summary list."""
    yield {"label": _("E-mailadres"), "value": person.email}
    yield {"label": _("Rol"), "value": person.get_role_display()}
    if person.invited_at:
        yield {
            "label": _("Uitgenodigd"),
            "value": _day(timezone.localdate(person.invited_at)),
            "hint": _("door {person}").format(person=person.invited_by),
        }
    if person.signs_on_since:
        yield {
            "label": _("Meldt zich aan via de Vlaamse overheid"),
            "value": _("sinds {day}").format(day=_day(timezone.localdate(person.signs_on_since))),
        }
    last = person.last_login
    yield {
        "label": _("Laatst aangemeld"),
        "value": _day(timezone.localdate(last)) if last else _("nog nooit"),
    }
    yield _second_factor(person)


def _second_factor(person: User) -> Fact:
    """Which second factors a person has; a person who needs one but has none is told so when
    signing in."""
    factors = [str(NAMES_OF_FACTORS[each.type]) for each in factors_of(person).order_by("pk")]
    none = _("nog geen") if person.needs_second_factor else _("geen, hoeft niet")
    reset = person.second_factor_reset_at
    hint = (
        _("Gewist op {day} door {person}").format(
            day=_day(timezone.localdate(reset)), person=person.second_factor_reset_by
        )
        if reset
        else ""
    )
    return {"label": _("Tweede stap"), "value": ", ".join(factors) or none, "hint": hint}


def history_of(person: User) -> list[dict[str, Any]]:
    """What happened to a person's account, newest first, as events of a time line."""
    events = HistoryEvent.objects.filter(table=User._meta.db_table, row=person.pk)
    newest = list(events.order_by("-id")[:EVENTS_SHOWN])
    actors = User.objects.in_bulk({event.actor for event in newest if event.actor})
    return [
        {
            "at": event.at,
            "title": _reason(event),
            "by": actors.get(event.actor) if event.actor else None,
        }
        for event in newest
    ]


def _reason(event: HistoryEvent) -> str:
    """Why something changed. History stores the Dutch text, whatever language the person worked
    in."""
    if not event.reason:
        return str(_WITHOUT_REASON[event.operation])
    return capfirst(translation.gettext(event.reason))


def page_of_organisation(organisation: Organisation, reader: User) -> str:
    """The address where this reader finds the organisation."""
    if reader.is_ministry:
        return reverse("ministry_organisation", args=[organisation.pk])
    return reverse("my_organisation")


def page_of_person(person: User, reader: User) -> str:
    """The address where this reader finds the person."""
    if reader.is_ministry:
        return reverse("ministry_person", args=[person.pk])
    return reverse("my_organisation")
