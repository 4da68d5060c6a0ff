"""Mails about accounts: rows, sent by the workers; no request waits for a mail server."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions, mail_queue, own_account
from accounts.models import AccountMail
from accounts.tasks import send_mails
from accounts.tests.deliver import deliver
from common.tests.mailbox import Mailbox
from conftest import Cast
from history.models import HistoryEvent
from local.supervisor import any_free_port

Kind, State = AccountMail.Kind, AccountMail.State
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def states() -> list[str]:
    return list(AccountMail.objects.order_by("pk").values_list("state", flat=True))


@contextmanager
def server_that_hangs() -> Iterator[int]:
    """A mail server that takes a connection and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=20)) as server:
        yield server.getsockname()[1]


def ask(email: str) -> tuple[int, str, float]:
    """Ask for a new password: status, where to, seconds."""
    client, started = Client(), time.monotonic()
    answer = client.post(reverse("account_reset_password"), {"email": email})
    return answer.status_code, answer.headers["Location"], time.monotonic() - started


@pytest.mark.parametrize("server", ["up", "down", "hanging"])
@pytest.mark.django_db(transaction=True)
def test_asking_a_password_takes_as_long_whoever_has_the_address(
    cast: Cast, mailbox: Mailbox, server: str
) -> None:
    """Finding 11: the same answer, the same statements, and no mail server is waited for."""
    with server_that_hangs() as hanging:
        ports = {"down": any_free_port(), "hanging": hanging}
        chosen = {"EMAIL_PORT": ports[server]} if server in ports else {}
        with override_settings(EMAIL_BACKEND=SMTP, **chosen):
            ask("warm@example.org")
            with CaptureQueriesContext(connection) as known:
                found = ask(cast.coordinator.email)
            with CaptureQueriesContext(connection) as unknown:
                missing = ask("nobody@example.org")
    assert found[:2] == missing[:2] == (302, reverse("account_reset_password_done"))
    assert max(found[2], missing[2]) < 3
    assert len(known) == len(unknown)
    assert [each["sql"].split()[:4] for each in known] == [
        each["sql"].split()[:4] for each in unknown
    ]


def test_a_row_holds_no_text_and_no_address_that_was_typed(cast: Cast, mailbox: Mailbox) -> None:
    for address in (cast.coordinator.email, "nobody@example.org"):
        own_account.ask_password_link(address=address, now=timezone.now())
    assert deliver() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(m::text, ' ') FROM accounts_accountmail m")
        ((rows,),) = cursor.fetchall()
    assert "nobody" not in rows
    assert "reset/key" not in rows
    assert states() == [State.SENT, State.DROPPED]
    assert "reset/key" in mailbox.mails[0].text


def test_a_link_that_could_not_leave_within_the_hour_does_not_leave(
    cast: Cast, mailbox: Mailbox
) -> None:
    long_ago = timezone.now() - timedelta(minutes=61)
    own_account.ask_password_link(address=cast.coordinator.email, now=long_ago)
    assert deliver() == 0
    assert states() == [State.DROPPED]


def test_who_is_blocked_meanwhile_gets_nothing(cast: Cast, mailbox: Mailbox) -> None:
    own_account.ask_password_link(address=cast.coordinator.email, now=timezone.now())
    actions.block(person=cast.coordinator, by=cast.officer)
    assert deliver() == 0
    assert mailbox.mails == []


def test_it_leaves_when_the_mail_server_is_there_again(cast: Cast, mailbox: Mailbox) -> None:
    own_account.change_password(
        person=cast.coordinator, password="een-lange-zin", now=timezone.now()
    )
    with override_settings(EMAIL_BACKEND=SMTP, EMAIL_PORT=any_free_port()):
        assert deliver() == 0
    assert states() == [State.QUEUED]
    assert deliver() == 0  # not yet
    assert mail_queue.send_due(now=timezone.now() + timedelta(minutes=2)) == 1
    assert [mail.subject for mail in mailbox.mails] == ["Je wachtwoord is veranderd"]


def test_what_the_server_refuses_for_good_is_not_tried_again(cast: Cast, mailbox: Mailbox) -> None:
    mailbox.server.recipients[cast.coordinator.email] = "550 5.1.1 no such user"
    own_account.change_password(
        person=cast.coordinator, password="een-lange-zin", now=timezone.now()
    )
    assert deliver() == 0
    assert states() == [State.FAILED]


def test_after_all_attempts_it_is_given_up(cast: Cast, mailbox: Mailbox) -> None:
    mailbox.server.recipients[cast.coordinator.email] = "450 4.2.1 later"
    now = timezone.now()
    own_account.change_password(person=cast.coordinator, password="een-lange-zin", now=now)
    for wait in (timedelta(), *mail_queue.WAITS):
        now += wait + timedelta(seconds=1)
        assert states() == [State.QUEUED]
        mail_queue.send_due(now=now)
    assert states() == [State.FAILED]


def test_a_mail_is_in_the_language_of_the_person(cast: Cast, mailbox: Mailbox) -> None:
    actions.choose_language(person=cast.coordinator, language="en")
    cast.coordinator.refresh_from_db()
    own_account.change_password(
        person=cast.coordinator, password="een-lange-zin", now=timezone.now()
    )
    assert deliver() == 1
    assert mailbox.mails[0].subject == "Your password was changed"


def test_history_knows_that_a_mail_went_and_not_what_it_said(cast: Cast, mailbox: Mailbox) -> None:
    own_account.ask_password_link(address=cast.coordinator.email, now=timezone.now())
    deliver()
    events = HistoryEvent.objects.filter(table="accounts_accountmail").order_by("id")
    assert [event.data["state"] for event in events] == [State.QUEUED, State.SENT]
    assert "facts" not in events[0].data


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_mail_has_its_texts(cast: Cast, mailbox: Mailbox, kind: str) -> None:
    """In both languages, with a link that asks no password, but for those that were asked for."""
    cast.coordinator.new_email = "new@example.org"
    cast.coordinator.new_email_asked_at = timezone.now()
    cast.coordinator.save()
    address = "new@example.org" if kind == Kind.NEW_ADDRESS else ""
    facts = {"news": "totp_activated", "by": "Ada", "browser": "Firefox", "system": "Linux"}
    for language in ("nl", "en"):
        actions.choose_language(person=cast.coordinator, language=language)
        mail_queue.queue(
            Kind(kind), person=cast.coordinator, address=address, now=timezone.now(), **facts
        )
        assert deliver() == 1
    english, dutch = mailbox.mails
    assert english.subject != dutch.subject
    assert "Karin Eigen" in dutch.text
    assert "/account/login" not in dutch.text
    asked = kind in {Kind.RESET_LINK, Kind.NEW_ADDRESS}
    assert ("/contact/" in dutch.text) != asked


def test_the_task_sends_what_waits(cast: Cast, mailbox: Mailbox) -> None:
    own_account.ask_password_link(address=cast.coordinator.email, now=timezone.now())
    assert send_mails() == 1
