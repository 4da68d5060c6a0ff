"""What becomes of an account at each sign-on, and what history says of it."""

import threading

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.acm import actions
from accounts.acm.claims import SignOn
from accounts.acm.tests.conftest import switch_on
from accounts.actions import block, forget
from accounts.models import How, Membership, Role, SignInEvent, SignInKind, User
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent

ADDRESS = "nele@school.example"


@pytest.fixture(autouse=True)
def switched_on(settings: Settings) -> None:
    switch_on(settings, "https://authenticatie.example/op")


def begin(
    *organisations: int, sub: str = "nele", role: str = Role.COORDINATOR, address: str = ADDRESS
) -> User:
    sign_on = SignOn(sub, "Nele Nieuw", role, organisations)
    return actions.begin(sign_on=sign_on, address=address, password_given=False, now=timezone.now())


def come_back(person: User, *organisations: int, role: str = Role.COORDINATOR) -> User:
    sign_on = SignOn("nele", "Nele Nieuw", role, organisations)
    return actions.come_back(person=person, sign_on=sign_on, now=timezone.now())


def organisations_of(person: User) -> set[int]:
    return set(person.memberships.values_list("organisation", flat=True))


def test_history_says_who_and_why(cast: Cast) -> None:
    person = begin(cast.school.pk)
    events = HistoryEvent.objects.filter(actor=person.pk).order_by("id")
    assert [event.table for event in events] == [
        "socialaccount_socialaccount",
        "accounts_user",
        "accounts_membership",
        "accounts_user",
    ]
    assert {event.reason for event in events} == {"eerste keer aangemeld via de overheid"}
    born = HistoryEvent.objects.get(table="accounts_user", row=person.pk, operation="I")
    assert (born.actor, born.reason) == (None, "account gemaakt bij een aanmelding via de overheid")


def test_an_unchanged_sign_on_changes_nothing(cast: Cast) -> None:
    person = begin(cast.school.pk)
    before = HistoryEvent.objects.count()
    come_back(person, cast.school.pk)
    assert HistoryEvent.objects.count() == before


def test_organisations_are_those_of_the_last_sign_on(cast: Cast) -> None:
    person = begin(cast.school.pk)
    come_back(person, cast.other_school.pk)
    assert organisations_of(person) == {cast.other_school.pk}
    reasons = HistoryEvent.objects.filter(table="accounts_membership", actor=person.pk)
    assert {
        each.reason for each in reasons.exclude(operation="I", reason__startswith="eerste")
    } == {"rol en organisaties zoals de overheid ze kent"}


def test_what_colleagues_gave_they_take(cast: Cast) -> None:
    """But what the government has named since is the government's."""
    person = begin(cast.school.pk)
    Membership.objects.create(user=person, organisation=cast.other_school)
    come_back(person, cast.school.pk)
    assert organisations_of(person) == {cast.school.pk, cast.other_school.pk}
    come_back(person, cast.school.pk, cast.other_school.pk)
    come_back(person, cast.school.pk)
    assert organisations_of(person) == {cast.school.pk}


def test_a_role_is_that_of_the_last_sign_on(cast: Cast) -> None:
    """A coordinator who goes to the ministry acts for no organisation any more, and back."""
    person = begin(cast.school.pk)
    Membership.objects.create(user=person, organisation=cast.other_school)
    person = come_back(person, role=Role.ADMINISTRATOR)
    assert (person.role, organisations_of(person)) == (Role.ADMINISTRATOR, set())
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    person = come_back(person, cast.school.pk)
    assert (person.role, person.is_staff, person.is_superuser) == (Role.COORDINATOR, False, False)
    assert organisations_of(person) == {cast.school.pk}


def test_sessions_of_before_end_when_anything_changed(cast: Cast) -> None:
    person = begin(cast.school.pk)
    ended = person.sessions_end_at
    assert come_back(person, cast.school.pk).sessions_end_at == ended
    moved = come_back(person, cast.other_school.pk).sessions_end_at
    assert moved != ended
    person = come_back(person, role=Role.OFFICER)
    assert person.sessions_end_at != moved
    event = SignInEvent.objects.get(kind=SignInKind.ROLE_CHANGED)
    assert (event.person, event.how) == (person, How.ACM_IDM)


def test_a_person_who_is_forgotten_is_forgotten_there_too(cast: Cast) -> None:
    person = begin(cast.school.pk)
    block(person=person, by=cast.officer)
    forget(person=person, by=cast.administrator, now=timezone.now())
    assert not SocialAccount.objects.exists()


def test_one_name_there_is_one_account_here(cast: Cast) -> None:
    begin(cast.school.pk)
    with pytest.raises(Refused) as refused:
        begin(cast.school.pk, address="een-tweede@school.example")
    assert refused.value.code == "sign-on-linked-already"
    assert not User.objects.filter(email="een-tweede@school.example").exists()


def test_one_account_here_is_one_name_there(cast: Cast) -> None:
    begin(cast.school.pk)
    with pytest.raises(Refused) as refused:
        begin(cast.school.pk, sub="een-ander")
    assert refused.value.code == "sign-on-address-taken"
    assert SocialAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_make_one_account(cast: Cast) -> None:
    """Both finish at once: one makes the account, the other is refused, neither fails."""
    ends: list[str] = []
    both = threading.Barrier(2)

    def finish(address: str) -> None:
        both.wait()
        try:
            begin(cast.school.pk, address=address)
            ends.append("begun")
        except Refused as refusal:
            ends.append(refusal.code)
        finally:
            connection.close()

    tabs = [threading.Thread(target=finish, args=[f"{n}@school.example"]) for n in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(ends) == ["begun", "sign-on-linked-already"]
    assert User.objects.filter(name="Nele Nieuw").count() == 1


def test_a_person_of_a_provider_does_not_sign_on(cast: Cast) -> None:
    person = begin(cast.school.pk)
    User.objects.filter(pk=person.pk).update(role=Role.PROVIDER)
    with pytest.raises(Refused) as refused:
        come_back(person, cast.school.pk)
    assert refused.value.code == "sign-on-account-closed"


@pytest.mark.parametrize("model", [SocialToken, SocialApp])
def test_the_database_keeps_no_token_and_no_application(
    cast: Cast, model: type[SocialToken] | type[SocialApp]
) -> None:
    fields = {"token": "x"} if model is SocialToken else {"provider": "acm", "client_id": "x"}
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        model.objects.create(**fields)


def test_the_database_keeps_sub_alone(cast: Cast) -> None:
    person = begin(cast.school.pk)
    links = SocialAccount.objects.filter(user=person)
    with pytest.raises(IntegrityError, match="socialaccount_nothing_kept"), transaction.atomic():
        links.update(extra_data={"vo_id": "x"})
    with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
        links.update(user=cast.officer)
    with pytest.raises(IntegrityError, match="socialaccount_once"), transaction.atomic():
        SocialAccount.objects.create(user=person, provider=links.get().provider, uid="een-ander")
