"""Every page × every role × own and other (rule 9, failure 22)."""

import re

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, include, path, reverse

from accounts.models import MINISTRY_PEOPLE
from common.access import ANYBODY, PUBLIC, declared_access, roles_required
from conftest import Cast, SignIn
from history.models import PortalMark
from voucherportal.checks import (
    OF_ALLAUTH,
    all_patterns,
    every_view_declares_access,
    only_used_pages_of_allauth_exist,
)
from voucherportal.tests.access_table import OBJECTS, ONLY_SENT, PAGES, Things, make_things

PEOPLE = {
    "coordinator": "coordinator",
    "officer": "officer",
    "supervisor": "supervisor",
    "analyst": "analyst",
    "administrator": "administrator",
    "provider": "provider_user",
}
# A page with somebody's own objects may refuse the method (405) or the input (400, 302); what it
# never does is to say that the role is wrong (403) or that the row does not exist (404).
CLOSED = {403, 404}


def our_pages() -> dict[str, URLPattern]:
    return {str(pattern.name): pattern for _path, pattern in all_patterns()}


def test_the_table_names_every_page_and_no_other() -> None:
    assert set(PAGES) == set(our_pages())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_view_declares_what_the_table_says(name: str) -> None:
    declared = declared_access(our_pages()[name].callback)
    expected = {"public": PUBLIC, "signed in": ANYBODY}.get(str(PAGES[name]), PAGES[name])
    assert declared == expected


@pytest.fixture
def things(cast: Cast) -> Things:
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})  # for its pages
    return make_things(cast)


def address(name: str, things: Things) -> str:
    """The path of a page, with the own object when it shows one."""
    maker = OBJECTS.get(name)
    return reverse(name, kwargs=maker(things) if maker else None)


# These people may open a page and still not find the rows it shows.
OWNERS = {"coordinator", "provider"}


def allowed_roles(name: str) -> set[str]:
    declared = PAGES[name]
    return set(PEOPLE) if isinstance(declared, str) else set(declared)


def test_the_right_roles_get_in_and_the_others_do_not(
    cast: Cast, things: Things, as_user: SignIn
) -> None:
    clients = {role: as_user(getattr(cast, who)) for role, who in PEOPLE.items()}
    wrong = {}
    for name in PAGES:
        path = address(name, things)
        answers = {role: client.get(path).status_code for role, client in clients.items()}
        let_in = {role for role, answer in answers.items() if answer not in CLOSED}
        refused = {role for role, answer in answers.items() if answer == 403}
        if let_in != allowed_roles(name) or refused != set(PEOPLE) - allowed_roles(name):
            wrong[name] = answers
    assert wrong == {}


@pytest.mark.parametrize("who", [*MINISTRY_PEOPLE, "provider_user"])
def test_without_a_second_factor_only_public_pages_open(
    cast: Cast, things: Things, as_user: SignIn, who: str
) -> None:
    """Whatever the page declares, with GET or POST; also the technical admin."""
    client = as_user(getattr(cast, who), second_factor=False)
    private = [address(name, things) for name, access in PAGES.items() if access != "public"]
    for page in [*private, reverse("admin:index"), reverse("admin:accounts_user_changelist")]:
        for answer in (client.get(page), client.post(page, {})):
            assert answer.headers.get("Location") == reverse("mfa_index"), page
    assert client.get(reverse("privacy")).status_code == 200


def test_a_stranger_is_sent_to_sign_in(things: Things, client: Client) -> None:
    for name, access in PAGES.items():
        answer = client.get(address(name, things))
        if access == "public":
            assert answer.status_code == (405 if name in ONLY_SENT else 200), name
        else:
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/account/login/?next="), name


@pytest.mark.parametrize(
    "name",
    sorted(name for name in OBJECTS if PAGES[name] != "public" and allowed_roles(name) & OWNERS),
)
def test_what_is_anothers_does_not_exist(
    name: str, cast: Cast, things: Things, as_user: SignIn
) -> None:
    """The other organisation's coordinator and the other provider's person; GET and POST."""
    path = address(name, things)
    for role in allowed_roles(name) & OWNERS:
        other = cast.other_coordinator if role == "coordinator" else cast.other_provider_user
        client = as_user(other)
        assert client.get(path).status_code in {404, 405}, role
        assert client.post(path, {}).status_code in {404, 405}, role
        statuses = {client.get(path).status_code, client.post(path, {}).status_code}
        assert 404 in statuses, role


def test_codes_are_loaded_by_the_ministry_alone(
    cast: Cast, things: Things, as_user: SignIn
) -> None:
    """The provider who delivered a code file neither sees its job nor restarts it."""
    client = as_user(cast.provider_user)
    assert client.get(reverse("job_progress", args=[things.codes_job.pk])).status_code == 404
    assert client.post(reverse("job_retry", args=[things.codes_job.pk])).status_code == 404
    officer = as_user(cast.officer)
    assert officer.get(reverse("job_progress", args=[things.codes_job.pk])).status_code == 200


def silent(request: HttpRequest) -> HttpResponse:
    """A view that declares nothing."""
    return HttpResponse()


@roles_required("officer")
def spoken(request: HttpRequest) -> HttpResponse:
    """A view that declares its roles."""
    return HttpResponse()


class _Site:
    """A site of two pages, one of which declares nothing."""

    urlpatterns = [path("silent/", silent, name="silent"), path("spoken/", spoken, name="spoken")]


def test_a_view_that_declares_nothing_stops_the_build() -> None:
    """The check itself; `manage.py` and gunicorn do not start while it finds an error."""
    patterns = [*_Site.urlpatterns, path("app/", include((_Site.urlpatterns, "app")))]
    with override_settings(ROOT_URLCONF=type("urls", (), {"urlpatterns": patterns})):
        found = every_view_declares_access(None)
    assert [error.id for error in found] == ["voucherportal.E001", "voucherportal.E001"]
    assert "/silent/" in found[0].msg


def test_a_page_of_allauth_that_we_do_not_use_stops_the_build() -> None:
    """Finding 2: allauth's own lists bring pages that write people."""
    lists = ["allauth.account.urls", "allauth.mfa.urls"]
    patterns = [path(f"{name}/", include(name)) for name in lists]
    with override_settings(ROOT_URLCONF=type("urls", (), {"urlpatterns": patterns})):
        found = only_used_pages_of_allauth_exist(None)
    assert {error.id for error in found} == {"voucherportal.E003"}
    refused = set(re.findall(r"\((\w+)\) is a page", " ".join(error.msg for error in found)))
    assert {"account_email", "account_confirm_email", "account_signup"} <= refused
    assert refused & OF_ALLAUTH == set()


def test_each_page_of_allauth_in_the_list_is_used() -> None:
    for name in OF_ALLAUTH - {"account_reset_password_from_key"}:
        about = {"pk": 1} if name in {"mfa_remove_webauthn", "mfa_edit_webauthn"} else None
        assert reverse(name, kwargs=about).startswith("/account/")


def test_the_project_as_it_is_passes_the_check() -> None:
    for check in (every_view_declares_access, only_used_pages_of_allauth_exist):
        assert check in registry.get_checks()
    ours = {"voucherportal.E001", "voucherportal.E003"}
    assert [error for error in run_checks() if error.id in ours] == []
