"""What the government says of somebody, in our words: person, role, organisations.

vo_doelgroepcode says what kind of number names an organisation: of education (OV) the
instellingsnummer, of local government (LB) the KBO number, of the Flemish government (GID) the OVO
number. `<application>_rol_3d` is a list of `Role:ORGCODE` or `Role-context:ORGCODE`; one value may
name several organisations (docs/facts.md).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import MINISTRY_PEOPLE
from common.refused import Refused
from schools.models import Organisation

GOVERNMENT = "GID"
KINDS = {
    "OV": (Organisation.Kind.SCHOOL,),
    "LB": (Organisation.Kind.MUNICIPALITY, Organisation.Kind.OCMW),
}
MOST_VALUES = 200
NUMBER = re.compile(r"[0-9A-Za-z.]+")
NAME_LENGTH = 200
# As in the form of an invitation: a name ends up in mails, so it holds no address.
NOT_IN_A_NAME = re.compile(r"[/:@<>\x00-\x1f]")


@dataclass(frozen=True)
class SignOn:
    """Who is here and as what. organisations: their ids, of a coordinator only; address: what may
    be their work address, never believed without a proof."""

    sub: str
    name: str
    role: str
    organisations: tuple[int, ...] = ()
    address: str = ""


def read(claims: Mapping[str, Any], *, today: date) -> SignOn:
    """The claims of a verified sign-on. Raises Refused."""
    named = _numbers_of_roles(claims)
    for role in dict.fromkeys(settings.ACM_ROLES.values()):
        if role in named:
            return SignOn(
                sub=str(claims["sub"]),
                name=_name(claims),
                role=role,
                organisations=_organisations_of(role, claims, named[role], today=today),
                address=_text(claims, "vo_email") or _text(claims, "email"),
            )
    raise Refused(
        _(
            "Bij de Vlaamse overheid heb je geen rol voor Internetvouchers. Vraag ze aan wie bij"
            " jouw organisatie de toegangen beheert, en meld je dan opnieuw aan."
        ),
        code="sign-on-role-unknown",
    )


def _numbers_of_roles(claims: Mapping[str, Any]) -> dict[str, set[str]]:
    """Each of our roles that is named, with the numbers of the organisations it is for."""
    found: dict[str, set[str]] = {}
    for value in _values(claims, f"{settings.ACM_APPLICATION}_rol_3d"):
        theirs, _colon, numbers = value.partition(":")
        ours = settings.ACM_ROLES.get(theirs) or settings.ACM_ROLES.get(theirs.partition("-")[0])
        if ours:
            codes = NUMBER.findall(numbers or _text(claims, "vo_orgcode"))
            found.setdefault(ours, set()).update(codes)
    return found


def _organisations_of(
    role: str, claims: Mapping[str, Any], numbers: set[str], *, today: date
) -> tuple[int, ...]:
    """Those that somebody with this role acts for; none for the ministry's own people."""
    group = _text(claims, "vo_doelgroepcode")
    if role not in MINISTRY_PEOPLE:
        return _organisations(group, numbers, today=today)
    if group != GOVERNMENT or not numbers & set(settings.ACM_MINISTRY):
        raise _unknown(numbers)
    return ()


def _organisations(group: str, numbers: set[str], *, today: date) -> tuple[int, ...]:
    """The ids of those we know and that exist."""
    digits = {number.replace(".", "").zfill(6) for number in numbers}
    known = Organisation.objects.filter(kind__in=KINDS.get(group, ()), number__in=digits)
    there = tuple(known.existing_on(today).order_by("pk").values_list("pk", flat=True))
    if there:
        return there
    for closed in known.order_by("number")[:1]:
        raise Refused(
            _("{organisation} bestaat niet meer. Kies bij het aanmelden een andere.").format(
                organisation=closed
            ),
            code="sign-on-organisation-closed",
        )
    raise _unknown(numbers)


def _unknown(numbers: set[str]) -> Refused:
    shown = ", ".join(sorted(numbers)[:5]) or "–"
    return Refused(
        _(
            "We kennen de organisatie niet waarvoor je je aanmeldde ({numbers}). Kies bij het"
            " aanmelden een andere organisatie."
        ).format(numbers=shown[:100]),
        code="sign-on-organisation-unknown",
    )


def _name(claims: Mapping[str, Any]) -> str:
    words = f"{_text(claims, 'given_name')} {_text(claims, 'family_name')}"
    return " ".join(NOT_IN_A_NAME.sub(" ", words).split())[:NAME_LENGTH]


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""


def _values(claims: Mapping[str, Any], name: str) -> Iterator[str]:
    value = claims.get(name)
    several = value if isinstance(value, list) else [value]
    yield from (each.strip() for each in several[:MOST_VALUES] if isinstance(each, str))
