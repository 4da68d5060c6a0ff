"""Who exists in the demo: invented organisations in real municipalities, and the accounts.

Tested in `local.sample.tests.test_story`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Role, User
from local.demo_phone import give_demo_phone
from local.sample.schools import FICTITIOUS, SCHOOL_YEAR
from schools.models import EducationType, Organisation, Province, PupilCount
from vouchers.models import Provider, ProviderMember

# Number, name, street, postcode, municipality, NIS, province, types, pupils.
SCHOOLS = (
    ("900001", "Basisschool De Regenboog", "Schoolstraat 1", "9300", "Aalst", "41002",
     Province.OOST_VLAANDEREN, [EducationType.PRIMARY], 312),
    ("900002", "Vrije Basisschool", "Kerkstraat 12", "1000", "Brussel", "21004",
     Province.BRUSSEL, [EducationType.PRIMARY], 428),
    ("900003", "Atheneum Het Kompas", "Leieplein 3", "9000", "Gent", "44021",
     Province.OOST_VLAANDEREN, [EducationType.SECONDARY], 865),
    ("900004", "Technisch Instituut De Haven", "Dokstraat 40", "2000", "Antwerpen", "11002",
     Province.ANTWERPEN, [EducationType.SECONDARY, EducationType.PART_TIME], 1140),
    ("900005", "BuSO De Brug", "Parklaan 7", "3000", "Leuven", "24062",
     Province.VLAAMS_BRABANT, [EducationType.SPECIAL_SECONDARY], 188),
    ("900006", "Vrije Basisschool", "Dorpsstraat 5", "3500", "Hasselt", "71022",
     Province.LIMBURG, [EducationType.PRIMARY], None),
    ("900007", "Centrum voor volwassenenonderwijs Leerrijk", "Graanmarkt 2", "8500", "Kortrijk",
     "34022", Province.WEST_VLAANDEREN, [EducationType.ADULT], None),
    ("900008", "Buitengewone basisschool De Zonnebloem", "Vestingstraat 9", "8000", "Brugge",
     "31005", Province.WEST_VLAANDEREN, [EducationType.SPECIAL_PRIMARY], 140),
)  # fmt: skip
LOCAL_GOVERNMENTS = (
    (Organisation.Kind.OCMW, "0900000001", "OCMW Aalst", "9300", "Aalst", "41002",
     Province.OOST_VLAANDEREN),
    (Organisation.Kind.MUNICIPALITY, "0900000002", "Gemeente Aalst", "9300", "Aalst", "41002",
     Province.OOST_VLAANDEREN),
)  # fmt: skip
FIRST_NAMES = (
    "Amina", "Bart", "Chantal", "Dries", "Els", "Fatima", "Geert", "Hilde", "Ilse", "Jef", "Kaat",
    "Lien", "Mieke", "Nathalie", "Omar", "Pieter", "Ria", "Sofie", "Tine", "Ward", "Yasmina",
)  # fmt: skip
LAST_NAMES = (
    "Aerts", "Bogaert", "Claeys", "Dewulf", "El Idrissi", "Franssen", "Goossens", "Hermans",
    "Ibrahimi", "Jacobs", "Kaya", "Lambrecht", "Mertens", "Nijs", "Ooms", "Pauwels", "Raes",
    "Segers", "Thijs", "Verbeke", "Wouters", "Yilmaz",
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in to the demo, with the password made for them."""

    user: User
    password: str
    what_for: str


@dataclass(frozen=True)
class People:
    """Everybody the story needs."""

    accounts: list[Account]
    organisations: dict[str, Organisation]
    by_name: dict[str, User]


def make_organisations() -> dict[str, Organisation]:
    """The schools, the municipality and the OCMW, by number."""
    made = {}
    for number, name, street, postcode, municipality, nis, province, types, pupils in SCHOOLS:
        made[number] = school = Organisation.objects.create(
            kind=Organisation.Kind.SCHOOL,
            number=number,
            name=f"{name} {FICTITIOUS}",
            street=street,
            postcode=postcode,
            municipality=municipality,
            nis_code=nis,
            province=province,
            education_types=types,
            opened_on=date(2010, 9, 1),
        )
        if pupils:
            PupilCount.objects.create(organisation=school, school_year=SCHOOL_YEAR, pupils=pupils)
    for kind, number, name, postcode, municipality, nis, province in LOCAL_GOVERNMENTS:
        made[number] = Organisation.objects.create(
            kind=kind,
            number=number,
            name=f"{name} {FICTITIOUS}",
            postcode=postcode,
            municipality=municipality,
            nis_code=nis,
            province=province,
        )
    return made


def make_people(organisations: dict[str, Organisation], providers: dict[str, Provider]) -> People:
    """The accounts of the demo; each gets a password of its own, generated here."""
    accounts: list[Account] = []

    def account(
        local: str, name: str, role: Role, what_for: str, *numbers: str, provider: str = ""
    ) -> User:
        password = secrets.token_urlsafe(9)
        user = User.objects.create_user(
            email=f"{local}@oefening.example", name=name, role=role, password=password
        )
        if user.needs_second_factor:
            give_demo_phone(user)
        for number in numbers:
            Membership.objects.create(user=user, organisation=organisations[number])
        if provider:
            ProviderMember.objects.create(user=user, provider=providers[provider])
        accounts.append(Account(user, password, what_for))
        return user

    by_name = {
        "karin": account(
            "karin", "Karin Peeters", Role.COORDINATOR, "secretariaat van een school", "900001"
        ),
        "bilal": account(
            "bilal",
            "Bilal Aydin",
            Role.COORDINATOR,
            "secretariaat van andere scholen",
            "900002",
            "900003",
            "900004",
            "900005",
            "900006",
        ),
        "ann": account(
            "ann", "Ann De Smet", Role.COORDINATOR, "OCMW en gemeente", "0900000001", "0900000002"
        ),
        "olga": account("olga", "Olga Willems", Role.OFFICER, "beslist en reikt uit, ministerie"),
        "sara": account(
            "sara", "Sara Wouters", Role.SUPERVISOR, "instellingen en tweede paar ogen, ministerie"
        ),
        "alex": account("alex", "Alex Thijs", Role.ANALYST, "leest alleen cijfers, ministerie"),
        "ada": account("ada", "Ada Maes", Role.ADMINISTRATOR, "beheerder, ministerie"),
        "tom": account("tom", "Tom Janssens", Role.PROVIDER, "Telenet", provider="telenet"),
        "petra": account("petra", "Petra Claes", Role.PROVIDER, "Proximus", provider="proximus"),
    }
    return People(accounts, organisations, by_name)


def coordinators_of(organisations: Iterable[Organisation], rng: Random) -> dict[int, int]:
    """Who acts for each of these (user id by organisation id). Those that have nobody yet get an
    invented person, without a password."""
    wanted = {each.pk: each for each in organisations}
    known = dict(
        Membership.objects.filter(organisation__in=wanted)
        .order_by("-pk")
        .values_list("organisation_id", "user_id")
    )
    alone = [each for pk, each in wanted.items() if pk not in known]
    people = User.objects.bulk_create(
        User(
            email=f"secretariaat-{each.number}@oefening.example",
            role=Role.COORDINATOR,
            name=f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}",
            password=make_password(None),
        )
        for each in alone
    )
    pairs = list(zip(alone, people, strict=True))
    Membership.objects.bulk_create(
        Membership(user=person, organisation=each) for each, person in pairs
    )
    return known | {each.pk: person.pk for each, person in pairs}
