"""Aanmeldingen: a list for administrators alone, and each look at it leaves a fact."""

import pytest
from django.urls import reverse

from accounts import sign_ins
from accounts.models import How, SignInEvent, SignInKind
from conftest import Cast, SignIn


@pytest.fixture
def facts(cast: Cast) -> list[SignInEvent]:
    """A coordinator who signed in, one who could not, a name that nobody has."""
    return [
        SignInEvent.objects.create(
            kind=SignInKind.SIGNED_IN, how=How.PASSWORD, person=cast.coordinator,
            address="192.0.2.1", browser="Firefox", system="Windows",
        ),
        SignInEvent.objects.create(
            kind=SignInKind.FAILED, how=How.PASSWORD, person=cast.other_coordinator,
            address="192.0.2.2",
        ),
        sign_ins.record(SignInKind.FAILED, typed="iemand@example.org"),
    ]  # fmt: skip


def shown(cast: Cast, as_user: SignIn, query: str = "") -> list[SignInEvent]:
    """The facts on the page, without the looks themselves."""
    page = as_user(cast.administrator).get(reverse("ministry_sign_ins") + query)
    assert page.status_code == 200
    return [each for each in page.context["page"] if each.kind != SignInKind.LIST_READ]


@pytest.mark.parametrize("who", ["officer", "coordinator", "provider_user"])
def test_nobody_else_sees_it(cast: Cast, as_user: SignIn, who: str) -> None:
    client = as_user(getattr(cast, who))
    assert client.get(reverse("ministry_sign_ins")).status_code == 403
    assert reverse("ministry_sign_ins") not in client.get(reverse("ministry_people")).text
    assert not SignInEvent.objects.exists()


def test_an_administrator_finds_it_beside_the_people(cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.administrator).get(reverse("ministry_people"))
    assert reverse("ministry_sign_ins") in page.text


def test_the_page_says_who_what_and_from_where(
    cast: Cast, as_user: SignIn, facts: list[SignInEvent]
) -> None:
    text = as_user(cast.administrator).get(reverse("ministry_sign_ins")).text
    for said in ("Karin Eigen", "Aangemeld", "Firefox op Windows", "192.0.2.1", "onbekend adres"):
        assert said in text, said
    assert "iemand@example.org" not in text


def test_each_look_is_a_fact(cast: Cast, as_user: SignIn, facts: list[SignInEvent]) -> None:
    client = as_user(cast.administrator)
    for _look in range(2):
        client.get(reverse("ministry_sign_ins"))
    looks = SignInEvent.objects.filter(kind=SignInKind.LIST_READ)
    assert [each.person for each in looks] == [cast.administrator] * 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?zoek=karin", [0]),
        ("?zoek=other@example.org", [1]),
        ("?wat=FAILED", [2, 1]),
        ("?uitkomst=mislukt", [2, 1]),
        ("?uitkomst=gelukt", [0]),
        ("?hoe=PASSWORD", [1, 0]),
        ("?adres=192.0.2.1", [0]),
        ("?adres=nergens", [2, 1, 0]),
        ("?dag=14/09/2020", []),
    ],
)
def test_the_filter(
    cast: Cast, as_user: SignIn, facts: list[SignInEvent], query: str, found: list[int]
) -> None:
    assert shown(cast, as_user, query) == [facts[number] for number in found]
