"""One's own password and address: who may change them, and what is left behind."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import links, own_account
from accounts.models import AccountMail, SignInEvent, SignInKind, User
from accounts.tests.deliver import deliver
from accounts.tests.factories import PASSWORD
from common.refused import Refused
from common.tests.mailbox import Mailbox
from conftest import Cast
from history.models import HistoryEvent

NEW = "new@example.org"
NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_attempts_counted() -> None:
    cache.clear()


def asked(person: User, address: str = NEW) -> str:
    """The token in the link mailed to the new address."""
    own_account.ask_address(person=person, address=address, now=timezone.now())
    person.refresh_from_db()
    return links.address_link(person).rstrip("/").rsplit("/", 1)[1]


def kinds(person: User) -> list[str]:
    return list(
        SignInEvent.objects.filter(person=person).order_by("pk").values_list("kind", flat=True)
    )


# One address


def test_no_other_address_can_be_added_whoever_writes_it(cast: Cast) -> None:
    """Finding 2: allauth's table stays empty, and the portal's login may not fill it."""
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        EmailAddress.objects.create(user=cast.coordinator, email="evil@example.org")
    assert not EmailAddress.objects.exists()


@pytest.mark.as_owner
@pytest.mark.parametrize("verified", [True, False])
def test_an_extra_address_opens_nothing(cast: Cast, mailbox: Mailbox, verified: bool) -> None:
    """Finding 2: were it there all the same, neither signing in nor a reset looks at it."""
    table = "account_emailaddress"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER guard_insert")
        cursor.execute(
            f'INSERT INTO {table} (user_id, email, verified, "primary")'
            " VALUES (%s, 'evil@example.org', %s, true)",
            [cast.coordinator.pk, verified],
        )
    client = Client()
    client.post(reverse("account_login"), {"login": "evil@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_reset_password"), {"email": "evil@example.org"})
    client.post(reverse("account_reset_password"), {"email": cast.coordinator.email})
    deliver()
    assert [mail.to for mail in mailbox.mails] == [cast.coordinator.email]
    own_account.choose_password(person=cast.coordinator, password=PASSWORD, now=NOW)
    client.post(reverse("account_login"), {"login": cast.coordinator.email, "password": PASSWORD})
    assert "_auth_user_id" in client.session


# Passwords


def test_choosing_a_password_proves_the_address(cast: Cast) -> None:
    """Nothing else has to be confirmed: allauth's pages ask no address of its own table."""
    person = User.objects.create_user(email="nele@example.org", name="Nele", role="coordinator")
    own_account.choose_password(person=person, password="een-lange-zin-zomaar", now=NOW)
    person.refresh_from_db()
    assert person.check_password("een-lange-zin-zomaar")
    client = Client()
    client.post(
        reverse("account_login"), {"login": person.email, "password": "een-lange-zin-zomaar"}
    )
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_the_first_password_is_a_fact_and_no_news(cast: Cast) -> None:
    person = User.objects.create_user(email="nele@example.org", name="Nele", role="coordinator")
    own_account.choose_password(person=person, password="een-lange-zin", now=NOW)
    assert kinds(person) == [SignInKind.PASSWORD_CHOSEN]
    assert not AccountMail.objects.exists()


def test_a_password_that_changes_is_a_fact_and_news(cast: Cast) -> None:
    """Finding 5."""
    own_account.choose_password(person=cast.coordinator, password="een-lange-zin", now=NOW)
    own_account.change_password(person=cast.coordinator, password="nog-een-lange-zin", now=NOW)
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.check_password("nog-een-lange-zin")
    assert kinds(cast.coordinator) == [SignInKind.PASSWORD_RESET, SignInKind.PASSWORD_CHANGED]
    news = AccountMail.objects.values_list("kind", flat=True)
    assert list(news) == [AccountMail.Kind.PASSWORD_CHANGED] * 2


# Another address


def test_the_new_address_is_theirs_when_it_is_confirmed_and_not_before(cast: Cast) -> None:
    token = asked(cast.coordinator, " New@Example.org ")
    assert (cast.coordinator.email, cast.coordinator.new_email) == ("own@example.org", NEW)
    changed = own_account.confirm_address(person=cast.coordinator, token=token, now=NOW)
    changed.refresh_from_db()
    assert (changed.email, changed.new_email, changed.new_email_asked_at) == (NEW, "", None)
    assert kinds(changed) == [SignInKind.ADDRESS_ASKED, SignInKind.ADDRESS_CHANGED]
    event = HistoryEvent.objects.filter(table="accounts_user", row=changed.pk).latest("id")
    assert (event.actor, event.reason) == (changed.pk, "e-mailadres veranderd")


def test_the_new_address_gets_the_link_and_the_old_one_the_news(
    cast: Cast, mailbox: Mailbox
) -> None:
    own_account.ask_address(person=cast.coordinator, address=NEW, now=timezone.now())
    assert deliver() == 1
    assert mailbox.mails[0].to == NEW
    cast.coordinator.refresh_from_db()
    token = mailbox.mails[0].text.split(f"/{cast.coordinator.pk}/")[1].split("/")[0]
    own_account.confirm_address(person=cast.coordinator, token=token, now=timezone.now())
    assert deliver() == 1
    assert mailbox.mails[0].to == "own@example.org"
    assert "Was jij het niet? Mail ons meteen" in mailbox.mails[0].text
    assert NEW not in mailbox.mails[0].text


def test_a_link_works_once_within_the_hour_and_only_the_last(cast: Cast) -> None:
    first = asked(cast.coordinator)
    second = asked(cast.coordinator, "newer@example.org")
    for token in (first, "x-y", second[:-1]):
        with pytest.raises(Refused, match="al gebruikt of te oud"):
            own_account.confirm_address(person=cast.coordinator, token=token, now=NOW)
    own_account.confirm_address(person=cast.coordinator, token=second, now=NOW)
    with pytest.raises(Refused, match="al gebruikt of te oud"):
        own_account.confirm_address(person=cast.coordinator, token=second, now=NOW)


def test_the_address_of_somebody_else_is_asked_in_vain_and_in_silence(
    cast: Cast, mailbox: Mailbox
) -> None:
    token = asked(cast.coordinator, cast.officer.email)
    assert deliver() == 0
    with pytest.raises(Refused, match="Dit adres kan je niet gebruiken") as refusal:
        own_account.confirm_address(person=cast.coordinator, token=token, now=NOW)
    assert refusal.value.code == "address-not-usable"
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.email == "own@example.org"
    assert kinds(cast.coordinator) == [SignInKind.ADDRESS_ASKED]


def test_ones_own_address_is_refused_and_an_account_without_a_password(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        own_account.ask_address(person=cast.coordinator, address="OWN@example.org", now=NOW)
    assert refusal.value.code == "address-yours-already"
    cast.coordinator.set_unusable_password()
    cast.coordinator.save()
    with pytest.raises(Refused) as refusal:
        own_account.ask_address(person=cast.coordinator, address=NEW, now=NOW)
    assert refusal.value.code == "no-password"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_confirm_one_address_at_once_leave_one(cast: Cast) -> None:
    tokens = {person: asked(person) for person in (cast.coordinator, cast.other_coordinator)}
    refused: list[str] = []
    start = threading.Barrier(2)

    def confirm(person: User, token: str) -> None:
        try:
            start.wait()
            own_account.confirm_address(person=person, token=token, now=NOW)
        except Refused as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=pair) for pair in tokens.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["address-not-usable"]
    assert User.objects.filter(email=NEW).count() == 1


def test_an_address_that_was_asked_long_ago_is_not_mailed_any_more(
    cast: Cast, mailbox: Mailbox
) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    own_account.ask_address(person=cast.coordinator, address=NEW, now=long_ago)
    assert deliver() == 0
