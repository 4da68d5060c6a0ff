"""Sending mails over real SMTP: each once, again when it must, and what became of it."""

from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from accounts.actions import block
from common.refused import Refused
from common.tests.mailbox import Mailbox
from conftest import Cast
from voucherportal import celery_app
from vouchers.actions.mail import mails
from vouchers.actions.mail.mails import WAITS
from vouchers.models import Mail
from vouchers.states import MailKind, MailState
from vouchers.tasks import send_mails
from vouchers.tests.factories import at, submitted_request
from vouchers.tests.races import at_once
from vouchers.tests.worker import running_worker, wait_until

NOW = at(date(2020, 3, 9))
OWN, OTHER = "own@example.org", "other@example.org"
UNKNOWN = "550 5.1.1 No such person here, said kanarie"


def queued(cast: Cast, *, two: bool = False) -> Mail:
    """A mail to the own coordinator waiting since NOW; with `two`, another to the other one."""
    submitted_request(cast.school, cast.period, by=cast.coordinator, now=NOW)
    if two:
        submitted_request(cast.other_school, cast.period, by=cast.other_coordinator, now=NOW)
    return Mail.objects.get(address=OWN)


def send(minutes: float = 0) -> dict[str, int]:
    """Send what waits, this many minutes later; returns how many came to which state."""
    return dict(mails.send_due(now=NOW + timedelta(minutes=minutes)))


def arrived(mailbox: Mailbox) -> list[str]:
    """The recipients, in alphabetical order."""
    return sorted(mail.to for mail in mailbox.mails)


def read_again(mail: Mail) -> Mail:
    return Mail.objects.get(pk=mail.pk)


def test_a_mail_arrives_as_it_was_written(cast: Cast, mailbox: Mailbox) -> None:
    mail = queued(cast)
    assert send(3) == {MailState.SENT: 1}
    mail = read_again(mail)
    (got,), (headers,) = mailbox.mails, mailbox.headers
    assert (got.to, got.subject, got.text) == (mail.address, mail.subject, mail.body)
    assert headers["Message-ID"] == mail.message_id
    assert headers["From"] == settings.DEFAULT_FROM_EMAIL
    assert (mail.state, mail.attempts, mail.error) == (MailState.SENT, 1, "")
    assert mail.sent_at is not None
    assert timedelta(minutes=3) <= mail.sent_at - NOW < timedelta(minutes=4)
    assert send(60) == {}


def test_the_workers_are_told_on_commit(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    celery_app.control.purge()
    with django_capture_on_commit_callbacks(execute=True):
        queued(cast)
        assert celery_app.control.purge() == 0
    assert celery_app.control.purge() == 1


def test_one_address_that_is_refused_stops_no_other(cast: Cast, mailbox: Mailbox) -> None:
    mail = queued(cast, two=True)
    mailbox.server.recipients[OWN] = UNKNOWN
    assert send() == {MailState.FAILED: 1, MailState.SENT: 1}
    mail = read_again(mail)
    assert (mail.state, mail.error) == (
        MailState.FAILED, "De mailserver weigert dit adres: 550 5.1.1.",
    )  # fmt: skip
    assert arrived(mailbox) == [OTHER]


def test_one_mail_that_is_refused_for_now_waits_and_stops_no_other(
    cast: Cast, mailbox: Mailbox
) -> None:
    mail = queued(cast, two=True)
    mailbox.server.recipients[OWN] = "450 4.2.1 Greylisted"
    assert send() == {MailState.QUEUED: 1, MailState.SENT: 1}
    mail = read_again(mail)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 1)
    assert mail.error == "De mailserver weigert dit adres: 450 4.2.1."
    mailbox.server.recipients.clear()
    assert [send(0.5), send(1.5)] == [{}, {MailState.SENT: 1}]
    assert read_again(mail).error == ""
    assert arrived(mailbox) == [OTHER, OWN]


def test_a_text_that_is_refused_fails(cast: Cast, mailbox: Mailbox) -> None:
    mail = queued(cast)
    mailbox.server.content = "554 5.7.1 Looks like spam"
    assert send() == {MailState.FAILED: 1}
    assert read_again(mail).error == "De mailserver weigert deze mail: 554 5.7.1."


def test_a_server_that_closes_down_is_asked_nothing_more(cast: Cast, mailbox: Mailbox) -> None:
    queued(cast, two=True)
    mailbox.server.content = "421 4.3.2 Closing"
    assert send() == {MailState.QUEUED: 1}
    assert sorted(Mail.objects.values_list("attempts", flat=True)) == [0, 1]
    mailbox.server.content = ""
    assert send(2) == {MailState.SENT: 2}


def test_a_server_that_takes_nothing_of_us_fails_no_mail(cast: Cast, mailbox: Mailbox) -> None:
    """Whatever it says: the fault is in our settings, and the mails can wait."""
    queued(cast, two=True)
    mailbox.server.sender = "550 5.7.1 Who are you"
    assert send() == {MailState.QUEUED: 1}
    (mail,) = Mail.objects.exclude(error="")
    assert mail.error.startswith("De mailserver aanvaardt niets van ons: 550 5.7.1.")
    mailbox.server.sender = "250 OK"
    assert send(2) == {MailState.SENT: 2}


def test_a_server_that_does_not_answer_is_tried_for_a_day_and_a_half(
    cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail, minutes = queued(cast), 0.0
    for wait in WAITS:
        assert send(minutes) == {MailState.QUEUED: 1}
        mail = read_again(mail)
        minutes += wait.total_seconds() / 60 + 1
        assert (mail.state, mail.error) == (MailState.QUEUED, "De mailserver antwoordt niet.")
        assert mail.next_attempt_at <= NOW + timedelta(minutes=minutes)
    assert send(minutes) == {MailState.FAILED: 1}
    assert (minutes / 60) // 1 == 34


def write(cast: Cast, *, days: int, address: str = OWN) -> None:
    """A mail of this many days ago to this address of the own coordinator."""
    cast.coordinator.email = address
    notification = mails.Notification(MailKind.RETURNED, cast.school, "/")
    mails.write([(notification, cast.coordinator)], now=NOW - timedelta(days=days))


def test_an_address_no_mail_can_go_to_stops_no_other(cast: Cast, mailbox: Mailbox) -> None:
    write(cast, days=2, address="own\n@example.org")
    write(cast, days=1)
    assert send() == {MailState.FAILED: 1, MailState.SENT: 1}
    (mail,) = Mail.objects.filter(state=MailState.FAILED)
    assert mail.error == "Naar dit adres kan geen mail vertrekken. Kijk het na."


def test_who_was_blocked_meanwhile_gets_none(cast: Cast, mailbox: Mailbox) -> None:
    mail = queued(cast)
    block(person=cast.coordinator, by=cast.officer)
    assert send() == {MailState.DROPPED: 1}
    assert (read_again(mail).state, mailbox.mails) == (MailState.DROPPED, [])


def test_more_than_one_connection_takes_go_over_the_next(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "PER_CONNECTION", 2)
    for day in range(5):
        write(cast, days=day)
    assert send() == {MailState.SENT: 5}
    assert len(mailbox.headers) == 5


def failed(cast: Cast, mailbox: Mailbox) -> Mail:
    """A mail that the server refused."""
    mail = queued(cast)
    mailbox.server.recipients[OWN] = UNKNOWN
    send()
    mailbox.server.recipients.clear()
    return read_again(mail)


def test_a_mail_that_failed_goes_again_as_the_same_message(cast: Cast, mailbox: Mailbox) -> None:
    mail = failed(cast, mailbox)
    again = mails.send_again(mail=mail, by=cast.officer, now=NOW + timedelta(hours=1))
    assert (again.state, again.attempts, again.error) == (MailState.QUEUED, 0, "")
    with pytest.raises(Refused):
        mails.send_again(mail=mail, by=cast.officer, now=NOW + timedelta(hours=1))
    assert send(60) == {MailState.SENT: 1}
    assert [each["Message-ID"] for each in mailbox.headers] == [mail.message_id]


@pytest.mark.parametrize("who", ["coordinator", "provider_user"])
def test_only_the_ministry_sends_again(cast: Cast, mailbox: Mailbox, who: str) -> None:
    mail = failed(cast, mailbox)
    with pytest.raises(Refused):
        mails.send_again(mail=mail, by=getattr(cast, who), now=NOW)
    block(person=cast.coordinator, by=cast.officer)
    with pytest.raises(Refused):
        mails.send_again(mail=mail, by=cast.officer, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_several_who_send_at_once_send_each_mail_once(cast: Cast, mailbox: Mailbox) -> None:
    for day in range(12):
        write(cast, days=day)
    assert at_once([send] * 4) == []
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.SENT}
    assert len({each["Message-ID"] for each in mailbox.headers}) == len(mailbox.headers) == 12


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_sends_sends_neither_zero_nor_two(
    cast: Cast, mailbox: Mailbox
) -> None:
    """A real worker, kill -9 in the middle of the dialogue; what it had locked is free for the
    next."""
    mail = queued(cast)
    mailbox.server.held_at = "RCPT"
    with running_worker(EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}") as worker:
        send_mails.delay()
        wait_until(mailbox.server.busy.is_set)
        worker.kill()
        assert OWN not in worker.output()
    mailbox.server.held_at = ""
    assert (read_again(mail).state, mailbox.mails) == (MailState.QUEUED, [])
    wait_until(sent_by_the_next, seconds=10)
    assert (arrived(mailbox), read_again(mail).state) == ([OWN], MailState.SENT)


def sent_by_the_next() -> bool:
    """Its lock goes as soon as the database notices that the worker is gone."""
    return send() == {MailState.SENT: 1}


@pytest.mark.django_db(transaction=True)
def test_when_our_commit_fails_after_the_server_took_it_the_same_message_goes_again(
    cast: Cast, mailbox: Mailbox
) -> None:
    """The one window that stays (ADR 13): a mail program shows the message once."""
    mail = queued(cast)
    mailbox.server.held_at = "DATA"
    raised: list[BaseException] = []
    sessions: list[int] = []

    def send_and_lose_the_database() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                sessions.append(cursor.fetchone()[0])
            send()
        except OperationalError as error:
            raised.append(error)
        finally:
            connection.close()

    thread = Thread(target=send_and_lose_the_database)
    thread.start()
    wait_until(mailbox.server.busy.is_set, seconds=10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", sessions)
    mailbox.server.held_at = ""
    thread.join(20)
    assert (len(raised), read_again(mail).state) == (1, MailState.QUEUED)
    assert send() == {MailState.SENT: 1}
    assert [each["Message-ID"] for each in mailbox.headers] == [mail.message_id] * 2


def test_a_name_is_no_field_and_no_markup(cast: Cast) -> None:
    """Names come into a text that was made once for many."""
    cast.coordinator.name = "Karin {link} & Zoon"
    write(cast, days=1)
    mail = Mail.objects.get()
    assert mail.body.startswith("Dag Karin {link} & Zoon\n")
