"""The ministry's pages about mails, and what a coordinator reads about them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import make_coordinator
from common.tests.asking import answer
from conftest import Cast, SignIn
from pages.coordinator.timeline import events
from pages.ministry.start_page import officer_tasks
from vouchers.models import Mail, VoucherRequest
from vouchers.states import MailKind, MailState
from vouchers.tests.factories import at, granted_request, submitted_request

NOW = at(date(2020, 3, 10))
REFUSED = "De mailserver weigert dit adres: 550 5.1.1."


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def decided(cast: Cast) -> VoucherRequest:
    """A granted request of the own school: one mail that it arrived, one with the decision."""
    return granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)


def fail() -> Mail:
    """The mail with the decision failed."""
    mail = Mail.objects.get(kind=MailKind.DECIDED)
    Mail.objects.filter(pk=mail.pk).update(state=MailState.FAILED, error=REFUSED, attempts=1)
    return mail


def listed(client: Client, address: str = "") -> list[str]:
    """The kinds of mail on a page of the list."""
    page = client.get(reverse("ministry_mails") + address)
    return [mail.kind for mail, _state in page.context["rows"]]


def test_the_newest_is_on_top(client: Client, decided: VoucherRequest) -> None:
    assert listed(client) == ["DECIDED", "RECEIVED"]
    page = client.get(reverse("ministry_mails"))
    assert "2 mails" in " ".join(page.content.decode().split())


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("?staat=FAILED", ["DECIDED"]),
        ("?soort=RECEIVED", ["RECEIVED", "RECEIVED"]),
        ("?zoek=G1-1", ["DECIDED", "RECEIVED"]),
        ("?zoek=g1-00002", ["RECEIVED"]),
        ("?zoek=other@exam", ["RECEIVED"]),
        ("?zoek=karin", ["DECIDED", "RECEIVED"]),
        ("?zoek=000018", ["DECIDED", "RECEIVED"]),
        ("?zoek=000018&staat=QUEUED", ["RECEIVED"]),
        ("?staat=nonsens", ["DECIDED", "RECEIVED", "RECEIVED"]),
        ("?zoek=niets", []),
    ],
)
def test_the_address_says_which(
    cast: Cast, client: Client, decided: VoucherRequest, address: str, kinds: list[str]
) -> None:
    fail()
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator)
    page = client.get(reverse("ministry_mails") + address)
    assert sorted(listed(client, address)) == sorted(kinds)
    assert len(page.context["filters"].chips) == address.count("=") - address.count("nonsens")


def test_an_empty_list_says_why(client: Client) -> None:
    page = client.get(reverse("ministry_mails")).content.decode()
    assert "Er is nog geen mail." in page


def test_a_page_shows_the_mail_as_it_was_sent(client: Client, decided: VoucherRequest) -> None:
    mail = Mail.objects.get(kind=MailKind.RECEIVED)
    page = client.get(reverse("ministry_mail", args=[mail.pk])).content.decode()
    assert mail.subject in page
    assert "is aangekomen" in page
    assert "own@example.org" in page
    assert "Opnieuw versturen" not in page


def test_what_failed_goes_again_once_it_was_confirmed(
    client: Client, decided: VoucherRequest
) -> None:
    mail = fail()
    url, again = (
        reverse(name, args=[mail.pk]) for name in ("ministry_mail", "ministry_mail_again")
    )
    page = client.get(url).content.decode()
    assert REFUSED in page
    assert again in page
    question = client.get(again)
    assert "Deze mail opnieuw versturen?" in question.content.decode()
    mail.refresh_from_db()
    assert mail.state == MailState.FAILED
    page = answer(client, question).content.decode()
    mail.refresh_from_db()
    assert mail.state == MailState.QUEUED
    assert "vertrekt zo meteen opnieuw" in page
    # A second click, or a page that was left open for a long time.
    assert "vertrokken of vertrekt nog" in answer(client, question).content.decode()


@pytest.mark.parametrize("name", ["ministry_mail", "ministry_mail_again"])
def test_a_mail_that_is_not_there_does_not_exist(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[404])).status_code == 404


def test_home_says_what_did_not_leave(cast: Cast, decided: VoucherRequest) -> None:
    def task() -> int | None:
        found = {each.url: each.count for each in officer_tasks(cast.officer, NOW.date())}
        return found[reverse("ministry_mails") + "?staat=FAILED"]

    assert task() == 0
    fail()
    assert task() == 1


def test_the_list_asks_as_much_for_many_as_for_one(
    cast: Cast, client: Client, decided: VoucherRequest
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("ministry_mails")).status_code == 200
        return len(captured)

    one = queries()
    made = {"organisation": cast.school, "recipient": cast.coordinator, "subject": "s", "body": "b"}
    Mail.objects.bulk_create(
        Mail(
            kind=MailKind.RETURNED,
            created_at=NOW + timedelta(minutes=n),
            next_attempt_at=NOW,
            request=decided,
            address="own@example.org",
            **made,
        )
        for n in range(300)
    )
    assert queries() == one


def test_a_coordinator_reads_which_mails_went_and_to_whom(
    cast: Cast, as_user: SignIn, decided: VoucherRequest
) -> None:
    """Several people who got the same mail are one line; what waits or failed is not shown."""
    make_coordinator(cast.school, email="colleague@example.org", name="Cora Collega")
    other = granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    sent = Mail.objects.filter(request=other, kind=MailKind.DECIDED)
    sent.update(state=MailState.SENT, sent_at=NOW)
    lines = [(event["title"], event["text"]) for event in events(other) if "Mail" in event["title"]]
    assert lines == [("Mail gestuurd: beslissing", "Aan Karin Eigen, Cora Collega")]
    page = as_user(cast.coordinator).get(reverse("request_detail", args=[other.pk]))
    assert "Aan Karin Eigen, Cora Collega" in page.content.decode()
