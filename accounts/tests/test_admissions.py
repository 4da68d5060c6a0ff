"""Who lets whom into an organisation: what waits, what is told, how many at once (finding 1, 15.5,
15.6)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions
from accounts.admissions import has_somebody
from accounts.models import Admission, Invitation, Role, User, WaitingAct
from accounts.second_person import acts
from accounts.tests.factories import make_coordinator
from common.refused import Refused
from common.tests.mailbox import Mailbox
from conftest import Cast
from schools.models import Organisation
from schools.tests.factories import make_school

MONDAY = datetime(2020, 9, 14, 9, tzinfo=UTC)
Commits = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Commits:
    """`with committed():` what happens on commit happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def invite(
    by: User,
    *organisations: Organisation,
    email: str = "helper@example.org",
    name: str = "Hanne Helper",
    now: datetime = MONDAY,
) -> User:
    return actions.invite(
        email=email, name=name, role=Role.COORDINATOR, organisations=organisations, by=by, now=now
    )


def test_whom_the_ministry_adds_beside_a_coordinator_opens_nothing_until_confirmed(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        helper = invite(cast.officer, cast.school)
    assert not Organisation.objects.visible_to(helper).exists()
    assert [mail.to for mail in mailbox.mails] == [cast.coordinator.email]  # finding 1: told
    with committed():
        acts.let_go(act=WaitingAct.objects.get(), by=cast.coordinator, now=MONDAY)
    assert list(Organisation.objects.visible_to(helper)) == [cast.school]
    assert "helper@example.org" in {mail.to for mail in mailbox.mails}
    admission = Admission.objects.get()
    assert (admission.admitted_by, admission.let_go_by) == (cast.officer, cast.coordinator)


def test_a_first_coordinator_waits_for_nobody(cast: Cast) -> None:
    empty = make_school(number="000034")
    helper = invite(cast.officer, empty)
    assert list(helper.organisations.all()) == [empty]
    admission = Admission.objects.get()
    assert (admission.organisation, admission.who, admission.let_go_by) == (empty, helper, None)


def test_blocking_the_coordinator_first_opens_no_door(cast: Cast) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    assert has_somebody(cast.school)
    helper = invite(cast.officer, cast.school)
    assert not helper.memberships.exists()


def test_a_colleague_lets_a_colleague_in_at_once(cast: Cast) -> None:
    helper = invite(cast.coordinator, cast.school)
    assert list(helper.organisations.all()) == [cast.school]
    assert not Admission.objects.exists()


def test_an_existing_account_waits_where_somebody_is_and_begins_elsewhere(cast: Cast) -> None:
    empty = make_school(number="000034")
    invite(cast.officer, cast.school, empty, email=cast.other_coordinator.email)
    assert set(cast.other_coordinator.organisations.all()) == {cast.other_school, empty}
    assert WaitingAct.objects.get().organisation == cast.school


def test_a_fresh_link_waits_with_the_person(cast: Cast) -> None:
    helper = invite(cast.officer, cast.school)
    with pytest.raises(Refused, match="wacht op een tweede persoon"):
        actions.invite_again(person=helper, by=cast.officer, now=MONDAY)


def schools(count: int) -> list[Organisation]:
    return [make_school(number=f"0002{n:02}") for n in range(count)]


@override_settings(
    ADMISSION_LIMITS={"organisations": 3, "invitations_an_hour": 20, "invitations_of_one": 3,
                      "days_off": 30}
)  # fmt: skip
def test_an_invitation_is_for_a_few_organisations(cast: Cast) -> None:
    places = schools(4)
    with pytest.raises(Refused, match="ten hoogste 3 organisaties tegelijk") as refusal:
        invite(cast.officer, *places)
    assert refusal.value.field == "organisations"
    assert not User.objects.filter(email="helper@example.org").exists()
    assert invite(cast.officer, *places[:3]).organisations.count() == 3


def test_twenty_invitations_an_hour_and_then_no_more(cast: Cast) -> None:
    for n in range(20):
        invite(cast.coordinator, cast.school, email=f"p{n}@example.org")
    with pytest.raises(Refused, match="in het voorbije uur 20 mensen") as refusal:
        invite(cast.coordinator, cast.school, email="p20@example.org")
    assert refusal.value.code == "too-many-invitations"
    assert Invitation.objects.filter(invited_by=cast.coordinator).count() == 20
    invite(cast.coordinator, cast.school, email="p20@example.org", now=MONDAY + timedelta(hours=1))


def test_one_person_is_invited_three_times_a_day(cast: Cast) -> None:
    helper = invite(cast.coordinator, cast.school)
    for _ in range(2):
        actions.invite_again(person=helper, by=cast.coordinator, now=MONDAY)
    with pytest.raises(Refused, match="vandaag al 3 uitnodigingen") as refusal:
        actions.invite_again(person=helper, by=cast.coordinator, now=MONDAY)
    assert refusal.value.field == "email"
    tomorrow = MONDAY + timedelta(days=1)
    actions.invite_again(person=helper, by=cast.coordinator, now=tomorrow)


def test_a_name_that_hides_an_address_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="Dit is geen naam") as refusal:
        invite(cast.coordinator, cast.school, name="Ga naar www.evil.be")
    assert (refusal.value.field, refusal.value.code) == ("name", "not-a-name")
    assert not User.objects.filter(email="helper@example.org").exists()


def told(mailbox: Mailbox) -> dict[str, str]:
    return {mail.to: mail.subject for mail in mailbox.mails}


def test_colleagues_read_who_came(cast: Cast, mailbox: Mailbox, committed: Commits) -> None:
    make_coordinator(cast.school, email="third@example.org")
    with committed():
        invite(cast.coordinator, cast.school)
    assert told(mailbox)["third@example.org"] == (
        "Hanne Helper werkt nu mee voor Vrije Basisschool (000018, Aalst)"
    )
    assert cast.coordinator.email not in told(mailbox)  # who did it knows


def removing(cast: Cast, by: User) -> Sequence[User]:
    gone = make_coordinator(cast.school, email="gone@example.org", name="Gert Gaat")
    stays = make_coordinator(cast.school, email="third@example.org")
    actions.remove_from_organisation(membership=gone.memberships.get(), by=by)
    return gone, stays


def test_colleagues_and_the_person_read_who_left(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        gone, stays = removing(cast, cast.coordinator)
    assert told(mailbox) == {
        stays.email: "Gert Gaat werkt niet meer voor Vrije Basisschool (000018, Aalst)",
        gone.email: "Je werkt niet meer voor Vrije Basisschool (000018, Aalst)",
    }


def test_whoever_is_removed_by_the_ministry_is_missed_by_all(
    cast: Cast, mailbox: Mailbox, committed: Commits
) -> None:
    with committed():
        removing(cast, cast.officer)
    assert set(told(mailbox)) == {cast.coordinator.email, "third@example.org", "gone@example.org"}
