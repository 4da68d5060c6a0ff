"""The technical admin shows and writes nothing; history least of all."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from common import search
from conftest import Cast, SignIn
from history.models import HistoryEvent
from history.recording import recorded
from schools.models import Organisation
from voucherportal.admin import site

MODELS = ["accounts_user", "schools_organisation", "history_historyevent"]


@pytest.fixture
def staff(cast: Cast, as_user: SignIn) -> Client:
    """A client of somebody with every right that Django knows."""
    person = User.objects.create_superuser(
        email="staff@example.org", password="een-lange-zin", name="Sam Staf"
    )
    return as_user(person)


def test_only_what_this_app_shows_is_there() -> None:
    shown = {model._meta.label for model in site._registry}
    assert shown == {"accounts.User", "schools.Organisation", "history.HistoryEvent"}


@pytest.mark.parametrize("model", MODELS)
def test_staff_look_at_a_list_and_a_row(cast: Cast, staff: Client, model: str) -> None:
    assert staff.get(reverse(f"admin:{model}_changelist")).status_code == 200
    row = apps.get_model(model.replace("_", ".")).objects.first()
    assert row is not None
    address = reverse(f"admin:{model}_change", args=[row.pk])
    page = staff.get(address)
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert b"md5$" not in page.content
    assert b"pbkdf2" not in page.content


@pytest.mark.parametrize("model", MODELS)
def test_even_a_superuser_adds_changes_and_deletes_nothing(
    cast: Cast, staff: Client, model: str
) -> None:
    row = apps.get_model(model.replace("_", ".")).objects.first()
    assert row is not None
    for address in (
        reverse(f"admin:{model}_add"),
        reverse(f"admin:{model}_change", args=[row.pk]),
        reverse(f"admin:{model}_delete", args=[row.pk]),
    ):
        assert staff.post(address, {"name": "X", "post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    staff.post(reverse(f"admin:{model}_changelist"), chosen)
    assert apps.get_model(model.replace("_", ".")).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("who", ["coordinator", "officer", "administrator", "provider_user"])
def test_roles_without_staff_do_not_come_in(cast: Cast, as_user: SignIn, who: str) -> None:
    client = as_user(getattr(cast, who))
    for name in ("admin:index", "admin:accounts_user_changelist"):
        assert client.get(reverse(name), follow=True).status_code == 403


def test_strangers_meet_the_portals_sign_in_page(cast: Cast, client: Client) -> None:
    for name in ("admin:index", "admin:login", "admin:accounts_user_changelist"):
        response = client.get(reverse(name), follow=True)
        assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_the_password_is_changed_on_the_portals_page(staff: Client) -> None:
    response = staff.get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("account_change_password")


def test_history_shows_who_and_why(cast: Cast, staff: Client) -> None:
    with recorded(by=cast.officer, why="de reden"):
        Organisation.objects.filter(pk=cast.school.pk).update(street="Kerkstraat 2")
    event = HistoryEvent.objects.latest("id")
    page = staff.get(reverse("admin:history_historyevent_change", args=[event.pk]))
    assert b"de reden" in page.content
    assert b"Kerkstraat 2" in page.content


def test_a_long_search_is_no_more_work_than_that_of_eight_words(cast: Cast, staff: Client) -> None:
    page, work = reverse("admin:accounts_user_changelist"), []
    for words in (search.MOST_WORDS, 500):
        with CaptureQueriesContext(connection) as asked:
            assert staff.get(page, {"q": "a " * words}).status_code == 200
        work.append(sum(each["sql"].count(" LIKE ") for each in asked))
    assert work[0] == work[1] > 0
