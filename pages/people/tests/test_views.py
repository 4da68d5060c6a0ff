"""Every page about organisations and people: works, other role 403, other organisation 404."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions
from accounts.models import Membership, Role, User
from accounts.tests.factories import make_coordinator, make_ministry_user
from common.tests.asking import answer, confirm
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from schools import register
from schools.models import Organisation, PupilCount, Succession
from schools.tests.factories import make_ocmw, make_school
from schools.tests.official_files import school, school_file

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NOW = datetime(2020, 9, 14, 9, tzinfo=UTC)


def invited(cast: Cast, *, email: str = "nele@example.org") -> User:
    """Somebody whom the own coordinator invited and who has no password yet."""
    return actions.invite(
        email=email,
        name="Nele Nieuw",
        role=Role.COORDINATOR,
        organisations=[cast.school],
        by=cast.coordinator,
        now=NOW,
    )


def page(cast: Cast, name: str) -> str:
    """The address of a page, about the own school and somebody of it."""
    colleague = User.objects.filter(email="second@example.org").first() or make_coordinator(
        cast.school, email="second@example.org", name="Nele Tweede"
    )
    if name == "ministry_person_unblock" and colleague.is_active:
        actions.block(person=colleague, by=cast.officer)
    about = {
        "membership_remove": colleague.memberships.get().pk,
        "person_invite_again": colleague.pk,
        "ministry_organisation": cast.school.pk,
        "ministry_person": colleague.pk,
        "ministry_person_block": colleague.pk,
        "ministry_person_unblock": colleague.pk,
    }
    return reverse(name, args=[about[name]] if name in about else [])


COORDINATORS = {"coordinator"}
MINISTRY = {"officer", "administrator"}
PAGES = {
    "my_organisation": COORDINATORS,
    "colleagues": COORDINATORS,
    "membership_remove": COORDINATORS | MINISTRY,
    "ministry_organisations": MINISTRY,
    "ministry_organisation": MINISTRY,
    "ministry_people": MINISTRY,
    "ministry_person": MINISTRY,
    "ministry_invite": MINISTRY,
    "ministry_person_block": MINISTRY,
    "ministry_person_unblock": MINISTRY,
}
LISTS = ["my_organisation", "ministry_organisation", "ministry_organisations", "ministry_people"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_its_roles_only(cast: Cast, as_user: SignIn, name: str) -> None:
    address = page(cast, name)
    people = {
        "coordinator": cast.coordinator,
        "officer": cast.officer,
        "administrator": cast.administrator,
        "provider": cast.provider_user,
    }
    answers = {role: as_user(person).get(address).status_code for role, person in people.items()}
    assert answers == {role: 200 if role in PAGES[name] else 403 for role in people}


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_the_sign_in_page(cast: Cast, client: Client, name: str) -> None:
    response = client.get(page(cast, name))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["membership_remove", "person_invite_again"])
def test_another_organisations_people_do_not_exist(cast: Cast, as_user: SignIn, name: str) -> None:
    assert as_user(cast.other_coordinator).post(page(cast, name)).status_code == 404
    assert as_user(cast.provider_user).post(page(cast, name)).status_code == 403


def test_sending_a_link_again_is_a_post(cast: Cast, as_user: SignIn) -> None:
    address = page(cast, "person_invite_again")
    assert as_user(cast.coordinator).get(address).status_code == 405


@pytest.mark.parametrize(
    "name",
    ["my_organisation", "ministry_organisations", "ministry_organisation", "ministry_person"],
)
def test_a_page_that_only_shows_takes_no_post(cast: Cast, as_user: SignIn, name: str) -> None:
    user = cast.coordinator if name == "my_organisation" else cast.officer
    assert as_user(user).post(page(cast, name)).status_code == 405


def queries(get: Callable[[], Response]) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert get().status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "name",
    ["my_organisation", "ministry_organisation", "ministry_organisations", "ministry_people"],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    cast: Cast, as_user: SignIn, name: str
) -> None:
    client = as_user(cast.coordinator if name == "my_organisation" else cast.officer)
    address = page(cast, name)
    few = queries(lambda: client.get(address))
    for number in range(3):
        school = make_school(number=f"00010{number}")
        Membership.objects.create(user=cast.coordinator, organisation=school)
        make_coordinator(cast.school, school, email=f"more{number}@example.org")
        invited(cast, email=f"invited{number}@example.org")
        PupilCount.objects.create(organisation=school, school_year="2019-2020", pupils=100)
        Succession.objects.create(predecessor=cast.school, successor=school, on=date(2020, 9, 1))
    assert queries(lambda: client.get(address)) == few


def text(response: Response) -> str:
    """The page in one line, without the white space of its source."""
    return " ".join(response.content.decode().split())


def test_my_organisation_shows_facts_and_colleagues_of_the_own_school(
    cast: Cast, as_user: SignIn
) -> None:
    PupilCount.objects.create(organisation=cast.school, school_year="2019-2020", pupils=1312)
    shown = text(as_user(cast.coordinator).get(reverse("my_organisation")))
    assert "<dt>Instellingsnummer</dt><dd>000018</dd>" in shown
    assert "1.312" in shown
    assert "own@example.org" in shown
    assert "other@example.org" not in shown


def test_the_only_colleague_cannot_be_removed_and_has_no_link_for_it(
    cast: Cast, as_user: SignIn
) -> None:
    client = as_user(cast.coordinator)
    address = reverse("membership_remove", args=[cast.coordinator.memberships.get().pk])
    assert address not in text(client.get(reverse("my_organisation")))
    response = client.post(address, follow=True)
    assert "is de enige die voor Vrije Basisschool kan werken" in text(response)
    assert cast.coordinator.memberships.count() == 1


def test_removing_asks_first_and_then_does_it(cast: Cast, as_user: SignIn) -> None:
    address = page(cast, "membership_remove")
    client = as_user(cast.coordinator)
    question = client.get(address)
    assert "Nele Tweede weghalen?" in text(question)
    assert cast.school.memberships.count() == 2
    response = answer(client, question)
    assert "Nele Tweede werkt niet meer voor Vrije Basisschool." in text(response)
    assert cast.school.memberships.count() == 1


def test_removing_oneself_says_so(cast: Cast, as_user: SignIn) -> None:
    page(cast, "membership_remove")
    address = reverse("membership_remove", args=[cast.coordinator.memberships.get().pk])
    client = as_user(cast.coordinator)
    question = client.get(address)
    assert "Jezelf weghalen?" in text(question)
    assert "voor geen organisatie" in text(answer(client, question))


def test_somebody_without_an_organisation_reads_what_to_do(cast: Cast, as_user: SignIn) -> None:
    alone = make_coordinator(email="alone@example.org")
    client = as_user(alone)
    assert "voor geen organisatie" in text(client.get(reverse("my_organisation")))


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[], AbstractContextManager[object]]:
    """`with committed():` runs at the end of the block what was registered to run on commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_inviting_a_colleague_by_the_form(
    cast: Cast,
    as_user: SignIn,
    mailbox: Mailbox,
    committed: Callable[[], AbstractContextManager[object]],
) -> None:
    answers = {"name": "Nele Nieuw", "email": "Nele@Example.org"}
    with committed():
        response = as_user(cast.coordinator).post(reverse("colleagues"), answers, follow=True)
    assert "We mailden nele@example.org. Die persoon kan meteen aan de slag." in text(response)
    assert [mail.to for mail in mailbox.mails] == ["nele@example.org"]
    assert User.objects.get(email="nele@example.org").organisations.get() == cast.school
    # The link is in the mail only: the person who invites never gets it (failure 28).
    assert "/password/reset/key/" not in text(response)


def test_an_account_that_was_there_is_told_like_a_new_one(cast: Cast, as_user: SignIn) -> None:
    person = cast.other_coordinator
    answers = {"name": "Iemand", "email": person.email}
    response = as_user(cast.coordinator).post(reverse("colleagues"), answers, follow=True)
    (message,) = response.context["messages"]
    assert str(message) == f"We mailden {person.email}. Die persoon kan meteen aan de slag."


def test_what_was_typed_stays_when_something_is_wrong(cast: Cast, as_user: SignIn) -> None:
    answers = {"name": "Koop nu op http://fout.example", "email": "geen adres"}
    shown = text(as_user(cast.coordinator).post(reverse("colleagues"), answers))
    assert "Dit is geen naam. Schrijf voornaam en achternaam." in shown
    assert "Dit is geen e-mailadres." in shown
    assert 'value="geen adres"' in shown


def test_a_coordinator_of_two_organisations_ticks_for_which(cast: Cast, as_user: SignIn) -> None:
    Membership.objects.create(user=cast.coordinator, organisation=cast.other_school)
    client = as_user(cast.coordinator)
    answers = {"name": "Nele", "email": "nele@example.org"}
    assert "Kies minstens één organisatie." in text(client.post(reverse("colleagues"), answers))
    client.post(reverse("colleagues"), {**answers, "organisations": [cast.other_school.pk]})
    assert User.objects.get(email="nele@example.org").organisations.get() == cast.other_school


def test_an_organisation_of_others_cannot_be_ticked(cast: Cast, as_user: SignIn) -> None:
    Membership.objects.create(user=cast.coordinator, organisation=make_ocmw())
    answers = {"name": "N", "email": "n@example.org", "organisations": [cast.other_school.pk]}
    as_user(cast.coordinator).post(reverse("colleagues"), answers)
    assert not User.objects.filter(email="n@example.org").exists()


def test_a_refusal_of_the_action_stands_beside_its_field(cast: Cast, as_user: SignIn) -> None:
    answers = {"name": "Olga", "email": cast.officer.email}
    shown = text(as_user(cast.coordinator).post(reverse("colleagues"), answers))
    assert "email: Dit adres kan je niet als collega uitnodigen" not in shown
    assert 'href="#id_email">E-mailadres: Dit adres kan je niet als collega uitnodigen' in shown


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [("18", ["000018"]), ("000018\n0212.237.186", ["0212237186", "000018"])],
)
def test_the_ministry_invites_by_number_as_people_write_it(
    cast: Cast, as_user: SignIn, numbers: str, expected: list[str]
) -> None:
    make_ocmw()
    Membership.objects.all().delete()  # nobody has to look first
    answers = {
        "name": "An",
        "email": "an@example.org",
        "role": "coordinator",
        "organisations": numbers,
    }
    response = as_user(cast.officer).post(reverse("ministry_invite"), answers)
    assert response.status_code == 302
    person = User.objects.get(email="an@example.org")
    found = person.organisations.order_by("name").values_list("number", flat=True)
    assert list(found) == expected


def test_a_list_of_numbers_above_the_limit_is_refused_unread(cast: Cast, as_user: SignIn) -> None:
    answers = {"name": "A", "email": "a@example.org", "role": "coordinator"}
    client, page = as_user(cast.officer), reverse("ministry_invite")
    with CaptureQueriesContext(connection) as asked:
        shown = text(client.post(page, answers | {"organisations": "777777\n" * 100_000}))
    assert "niet meer dan 2000 tekens" in shown
    assert not [each for each in asked if "777777" in each["sql"]]
    assert not User.objects.filter(email="a@example.org").exists()


@pytest.mark.parametrize(
    ("numbers", "role", "sentence"),
    [
        ("18, 77", "coordinator", "We kennen geen organisatie met nummer 000077."),
        ("", "coordinator", "Geef het nummer van minstens één organisatie."),
        ("18", "officer", "Laat dit leeg: alleen een coördinator heeft organisaties."),
    ],
)
def test_wrong_numbers_are_named(
    cast: Cast, as_user: SignIn, numbers: str, role: str, sentence: str
) -> None:
    answers = {"name": "A", "email": "a@example.org", "role": role, "organisations": numbers}
    shown = text(as_user(cast.administrator).post(reverse("ministry_invite"), answers))
    assert sentence in shown
    assert not User.objects.filter(email="a@example.org").exists()


def test_only_an_administrator_is_offered_the_ministrys_roles(cast: Cast, as_user: SignIn) -> None:
    address = reverse("ministry_invite")
    assert 'value="officer"' not in text(as_user(cast.officer).get(address))
    assert 'value="officer"' in text(as_user(cast.administrator).get(address))
    answers = {"name": "O", "email": "o@example.org", "role": "officer", "organisations": ""}
    assert as_user(cast.officer).post(address, answers).status_code == 200
    assert as_user(cast.administrator).post(address, answers).status_code == 302
    assert User.objects.get(email="o@example.org").role == Role.OFFICER


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["000018", "000026", "0212237186"]),
        ("zoek=26", ["000026"]),
        ("zoek=vrije+aalst", ["000018"]),
        ("zoek=0212.237.186", ["0212237186"]),
        ("soort=OCMW", ["0212237186"]),
        ("provincie=BE-BRU", ["000026"]),
        ("type=PRIMARY&zoek=aalst", ["000018"]),
        ("type=ARTS", []),
        ("soort=NONSENSE&sort=nonsense&page=nonsense", ["000018", "000026", "0212237186"]),
    ],
)
def test_organisations_are_found(cast: Cast, as_user: SignIn, asked: str, found: list[str]) -> None:
    make_ocmw()
    response = as_user(cast.officer).get(f"{reverse('ministry_organisations')}?{asked}")
    assert sorted(each.number for each in response.context["page"]) == found
    assert ("Geen organisatie past bij deze filters" in text(response)) == (not found)


def test_organisations_are_counted_in_words_and_filters_can_be_taken_off(
    cast: Cast, as_user: SignIn
) -> None:
    address = reverse("ministry_organisations")
    shown = text(as_user(cast.officer).get(f"{address}?zoek=aalst&provincie=BE-VOV"))
    assert "1 van 2 organisaties" in shown
    assert f'href="{address}?provincie=BE-VOV">Nummer, naam of gemeente: aalst' in shown
    assert f'href="{address}?zoek=aalst">Provincie: Oost-Vlaanderen' in shown


def test_organisations_are_sorted_both_ways(cast: Cast, as_user: SignIn) -> None:
    client, address = as_user(cast.officer), reverse("ministry_organisations")
    up = client.get(f"{address}?sort=gemeente").context["page"]
    down = client.get(f"{address}?sort=-gemeente").context["page"]
    assert [each.municipality for each in up] == ["Aalst", "Brussel"]
    assert [each.municipality for each in down] == ["Brussel", "Aalst"]


def test_an_organisation_shows_its_predecessor_and_the_way_on(cast: Cast, as_user: SignIn) -> None:
    Succession.objects.create(
        predecessor=cast.other_school, successor=cast.school, on=date(2020, 9, 1)
    )
    shown = text(as_user(cast.officer).get(page(cast, "ministry_organisation")))
    assert "Voorganger" in shown
    assert "Vrije Basisschool (000026, Brussel)" in shown
    assert f"{reverse('ministry_invite')}?organisatie=000018" in shown


def test_an_organisation_without_people_says_what_that_means(cast: Cast, as_user: SignIn) -> None:
    ocmw = make_ocmw()
    address = reverse("ministry_organisation", args=[ocmw.pk])
    assert "kan deze organisatie geen vouchers aanvragen" in text(
        as_user(cast.officer).get(address)
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("status=uitgenodigd", {"nele@example.org"}),
        ("status=geblokkeerd", {"other@example.org"}),
        ("rol=provider", {"telenet@example.org", "proximus@example.org"}),
        ("zoek=karin", {"own@example.org"}),
        ("zoek=aalst", {"own@example.org", "nele@example.org"}),
        ("zoek=aalst&status=actief", {"own@example.org"}),
    ],
)
def test_people_are_found(cast: Cast, as_user: SignIn, asked: str, found: set[str]) -> None:
    invited(cast)
    actions.block(person=cast.other_coordinator, by=cast.officer)
    response = as_user(cast.officer).get(f"{reverse('ministry_people')}?{asked}")
    assert {person.email for person in response.context["page"]} == found


def test_everybody_is_in_one_state(cast: Cast, as_user: SignIn) -> None:
    invited(cast)
    actions.block(person=cast.other_coordinator, by=cast.officer)
    client = as_user(cast.officer)
    counts = [
        client.get(f"{reverse('ministry_people')}?status={state}").context["page"].paginator
        for state in ("uitgenodigd", "actief", "geblokkeerd")
    ]
    assert sum(each.count for each in counts) == User.objects.count()


def test_blocking_asks_first_says_who_is_left_alone_and_signs_out(
    cast: Cast, as_user: SignIn
) -> None:
    theirs = as_user(cast.coordinator)
    client = as_user(cast.officer)
    address = reverse("ministry_person_block", args=[cast.coordinator.pk])
    question = client.get(address)
    assert "Niemand anders werkt voor: Vrije Basisschool (000018, Aalst)" in text(question)
    assert theirs.get(reverse("my_organisation")).status_code == 200
    response = answer(client, question)
    assert "Karin Eigen kan niet meer aanmelden." in text(response)
    unblock = reverse("ministry_person_unblock", args=[cast.coordinator.pk])
    assert f'<a href="{unblock}">Ongedaan maken</a>' in response.content.decode()
    assert theirs.get(reverse("my_organisation")).status_code == 302


def test_unblocking(cast: Cast, as_user: SignIn) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    address = reverse("ministry_person_unblock", args=[cast.coordinator.pk])
    client = as_user(cast.officer)
    question = client.get(address)
    assert "Blokkering van Karin Eigen opheffen?" in text(question)
    assert "Karin Eigen kan weer aanmelden." in text(answer(client, question))
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.is_active


def test_an_officer_reads_why_a_colleague_cannot_be_blocked(cast: Cast, as_user: SignIn) -> None:
    colleague = make_ministry_user(email="second@example.org")
    address = reverse("ministry_person_block", args=[colleague.pk])
    shown = text(as_user(cast.officer).post(address, follow=True))
    assert "Alleen een beheerder kan dit doen bij mensen van het ministerie." in shown
    colleague.refresh_from_db()
    assert colleague.is_active


def test_a_person_shows_what_happened(cast: Cast, as_user: SignIn) -> None:
    person = invited(cast)
    actions.block(person=person, by=cast.officer)
    shown = text(as_user(cast.administrator).get(reverse("ministry_person", args=[person.pk])))
    first, second = shown.index("Persoon geblokkeerd"), shown.index("Persoon uitgenodigd")
    assert first < second
    assert "door Karin Eigen" in shown


def test_the_ministry_may_remove_somebody_too(cast: Cast, as_user: SignIn) -> None:
    address = page(cast, "membership_remove")
    response = confirm(as_user(cast.officer), address)
    organisation = reverse("ministry_organisation", args=[cast.school.pk])
    assert response.redirect_chain == [(organisation, 302)]
    assert Organisation.objects.get(pk=cast.school.pk).memberships.count() == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("zoek=18", ["000018"]),
        ("zoek=9300", ["000034"]),
        ("zoek=0003", ["000034"]),
        ("type=UNKNOWN", ["000034"]),
        ("bestaat=nee", ["000034"]),
        ("bestaat=ja", ["000018", "000026", "900018"]),
    ],
)
def test_organisations_are_found_by_what_a_register_of_thousands_needs(
    cast: Cast, as_user: SignIn, asked: str, found: list[str]
) -> None:
    make_school(number="900018")
    closed = make_school(number="000034", education_types=(), closed_on=date(2020, 9, 1))
    Organisation.objects.filter(pk=closed.pk).update(postcode="9300")
    response = as_user(cast.officer).get(f"{reverse('ministry_organisations')}?{asked}")
    assert sorted(each.number for each in response.context["page"]) == found


def test_the_list_says_how_recent_the_register_is(cast: Cast, as_user: SignIn) -> None:
    client, address = as_user(cast.officer), reverse("ministry_organisations")
    assert "uit het register" not in text(client.get(address))
    for moment, rows in (
        (datetime(2019, 9, 1, 9, tzinfo=UTC), [school()]),
        (NOW, [school(), school(schoolnummer="34")]),
    ):
        register.import_schools(
            content=school_file(*rows), name="scholen.csv", by=cast.officer, now=moment
        )
    shown = text(client.get(address))
    assert "Ingelezen uit het register: scholen op 14/09/2020." in shown
    assert '<td class="num" data-label="Nieuw">1</td>' in shown
    assert "01/09/2019" not in shown


def test_an_organisation_shows_what_the_register_knows(cast: Cast, as_user: SignIn) -> None:
    register.import_schools(
        content=school_file(school(einddatum="31/08/2020")), name="x", by=None, now=NOW
    )
    for year, pupils in (("2019-2020", 502), ("2020-2021", 1490)):
        PupilCount.objects.create(organisation=cast.school, school_year=year, pupils=pupils)
    Succession.objects.create(
        predecessor=cast.school, successor=cast.other_school, on=date(2020, 9, 1)
    )
    shown = text(as_user(cast.officer).get(page(cast, "ministry_organisation")))
    assert 'Oost-Vlaanderen<span class="hint">NIS-code 41002</span>' in shown
    assert 'gewoon basisonderwijs<span class="hint">hoofdstructuren 111, 211</span>' in shown
    assert '1.490<span class="hint">schooljaar 2020-2021; 2019-2020: 502</span>' in shown
    assert "<dt>Gesloten vanaf</dt><dd>01/09/2020</dd>" in shown
    assert reverse("ministry_organisation", args=[cast.other_school.pk]) in shown
    own = text(as_user(cast.coordinator).get(reverse("my_organisation")))
    assert "Opvolger" in own
    assert reverse("ministry_organisation", args=[cast.other_school.pk]) not in own


def test_nobody_is_invited_for_an_organisation_that_is_closed(cast: Cast, as_user: SignIn) -> None:
    closed = make_school(number="000034", closed_on=date(2020, 9, 1))
    address = reverse("ministry_organisation", args=[closed.pk])
    shown = text(as_user(cast.officer).get(address))
    assert "Deze organisatie bestaat vandaag niet" in shown
    assert reverse("ministry_invite") not in shown
