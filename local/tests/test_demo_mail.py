"""The page with the mails of the demo, read from the catcher's own files."""

from collections.abc import Iterator

import pytest
from django.core.mail import EmailMessage
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from common.tests.mailbox import Mailbox
from conftest import Cast
from local.demo_mail import MAILS_PER_PAGE
from local.demo_mark import mark_as_demo


@pytest.fixture
def demo(db: None, mailbox: Mailbox) -> Iterator[Mailbox]:
    """A demo whose catcher stores its mails where the portal looks."""
    mark_as_demo()
    with override_settings(DEMO=True, LOCAL_DIR=mailbox.folder.parent):
        yield mailbox


def send(subject: str, text: str = "Tekst", to: str = "nele@example.org") -> None:
    EmailMessage(subject, text, to=[to]).send()


def show(client: Client, **query: int) -> str:
    response = client.get(reverse("demo_mail"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_everybody_reads_the_mails_of_the_demo_newest_first(client: Client, demo: Mailbox) -> None:
    send("De eerste", "Dag Nélé", to="karin@example.org")
    send("De tweede")
    page = show(client)
    assert page.index("De tweede") < page.index("De eerste")
    assert "Aan karin@example.org" in page
    assert "Dag Nélé" in page
    assert f"{timezone.localtime():%d/%m/%Y om %H.}" in page
    assert "bestaat alleen in de oefenomgeving" in page


def test_a_link_in_a_mail_can_be_followed(client: Client, demo: Mailbox) -> None:
    send("Link", "Ga naar http://127.0.0.1:8000/account/login/")
    assert 'href="http://127.0.0.1:8000/account/login/"' in show(client)


def test_what_a_mail_holds_is_text_and_never_markup(client: Client, demo: Mailbox) -> None:
    """Failure 14."""
    send("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    page = show(client)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_many_mails_come_in_pages(client: Client, demo: Mailbox) -> None:
    for number in range(MAILS_PER_PAGE + 1):
        send(f"Mail {number:02d}")
    assert "Mail 00" not in show(client)
    assert "Mail 00" in show(client, page=2)


@pytest.mark.django_db
@override_settings(DEMO=True)
def test_without_mails_the_page_says_how_to_get_one(
    client: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark_as_demo()
    with override_settings(LOCAL_DIR=tmp_path_factory.mktemp("empty")):
        assert "Er zijn nog geen mails." in show(client)


def test_beside_a_database_of_real_people_the_page_does_not_exist(
    cast: Cast, client: Client, mailbox: Mailbox
) -> None:
    """Finding 13: DEMO on by mistake, where invitations with links lie in the folder."""
    send("Geheim")
    with override_settings(DEMO=True, LOCAL_DIR=mailbox.folder.parent):
        assert client.get(reverse("demo_mail")).status_code == 404


def test_outside_the_demo_the_page_does_not_exist(cast: Cast, mailbox: Mailbox) -> None:
    send("Geheim")
    with override_settings(DEMO=False, LOCAL_DIR=mailbox.folder.parent):
        for person in (None, cast.coordinator, cast.administrator):
            client = Client()
            if person:
                client.force_login(person)
            assert client.get(reverse("demo_mail")).status_code == 404
