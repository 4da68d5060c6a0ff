"""Navigation and header: what each role sees around every page."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory, override_settings
from django.urls import path
from django.views import View
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.factories import make_coordinator
from conftest import Cast
from voucherportal.context import navigation, portal, workplace

urlpatterns = [
    path("", View.as_view(), name="public_home"),
    path("start/", View.as_view(), name="home"),
    path("aanvragen/", View.as_view(), name="request_list"),
    path("aanvragen/brieven/", View.as_view(), name="letters"),
    path("beheer/aanvragen/", View.as_view(), name="ministry_requests"),
]


def shown(user: User | AnonymousUser, address: str = "/") -> list[tuple[str, str]]:
    """(address, current) of the links that somebody sees on a page."""
    request = RequestFactory().get(address)
    request.user = user
    return [(item.url, item.current) for item in navigation(request)]


@pytest.fixture(autouse=True)
def _few_pages() -> Iterator[None]:
    """Only the pages above exist."""
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        ("coordinator", ["/start/", "/aanvragen/", "/aanvragen/brieven/"]),
        ("officer", ["/start/", "/beheer/aanvragen/"]),
        ("administrator", ["/start/", "/beheer/aanvragen/"]),
        ("provider", ["/start/"]),
    ],
)
def test_each_role_sees_its_own_pages_that_exist(role: str, addresses: list[str]) -> None:
    assert [url for url, _current in shown(User(role=role))] == addresses


def test_strangers_see_the_public_pages() -> None:
    assert shown(AnonymousUser(), "/privacy/") == [("/", "")]
    assert shown(AnonymousUser()) == [("/", "page")]


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/aanvragen/", ["", "page", ""]),
        ("/aanvragen/12/", ["", "true", ""]),
        ("/aanvragen/brieven/", ["", "", "page"]),
        ("/aanvragen/brieven/3/", ["", "", "true"]),
        ("/elders/", ["", "", ""]),
    ],
)
def test_the_nearest_link_is_current(address: str, current: list[str]) -> None:
    assert [item for _url, item in shown(User(role="coordinator"), address)] == current


def test_the_header_names_the_only_organisation(cast: Cast) -> None:
    assert _workplace(cast.coordinator) == str(cast.school)


def test_the_header_counts_several_organisations(cast: Cast) -> None:
    person = make_coordinator(cast.school, cast.other_school, email="two@example.org")
    assert _workplace(person) == "2 organisaties"


def test_the_header_names_the_role_of_others(cast: Cast) -> None:
    assert _workplace(cast.officer) == cast.officer.get_role_display()


def test_the_header_names_the_provider(cast: Cast) -> None:
    assert _workplace(cast.provider_user) == "Telenet"


def test_strangers_work_nowhere() -> None:
    assert _workplace(AnonymousUser()) == ""


def test_a_page_that_does_not_show_the_workplace_asks_nothing(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = RequestFactory().get("/")
    request.user = cast.coordinator
    with django_assert_num_queries(0):
        context = portal(request)
    with django_assert_num_queries(1):
        str(context["workplace"])


def _workplace(user: User | AnonymousUser) -> str:
    request = RequestFactory().get("/")
    request.user = user
    return workplace(request)
