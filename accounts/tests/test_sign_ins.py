"""Sign-ins are facts: each thing that happens at the door leaves one, with where it came from."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions, sign_ins
from accounts.models import AccountMail, How, SignInEvent, SignInKind, User
from accounts.tests.deliver import deliver
from accounts.tests.factories import PASSWORD
from accounts.tests.sign_in import code_of, give_code
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from local.demo_phone import give_demo_phone
from vouchers.database.tests.test_guards import refused

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
HOME, ELSEWHERE = "81.82.10.20", "203.0.113.9"
WRONG = "fout-fout-fout"


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def client_at(address: str = HOME, agent: str = FIREFOX) -> Client:
    return Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)


def give_password(client: Client, name: str, password: str = PASSWORD) -> None:
    client.post(reverse("account_login"), {"login": name, "password": password})


def facts(person: User | None = None) -> list[tuple[str, str]]:
    """(what, how), oldest first."""
    found = SignInEvent.objects.filter(person=person).order_by("pk")
    return list(found.values_list("kind", "how"))


# What leaves a fact


def test_signing_in_and_out(cast: Cast) -> None:
    """Finding 5."""
    client = client_at()
    give_password(client, cast.coordinator.email)
    client.post(reverse("account_logout"))
    assert facts(cast.coordinator) == [
        (SignInKind.SIGNED_IN, How.PASSWORD),
        (SignInKind.SIGNED_OUT, ""),
    ]
    first = SignInEvent.objects.filter(person=cast.coordinator).earliest("pk")
    assert (first.address, str(first.with_what)) == (HOME, "Firefox op Windows")
    assert timezone.now() - first.at < timedelta(minutes=1)


def test_a_wrong_password_of_somebody_we_know(cast: Cast) -> None:
    give_password(client_at(), "OWN@example.org", WRONG)
    assert facts(cast.coordinator) == [(SignInKind.FAILED, How.PASSWORD)]
    assert not SignInEvent.objects.get().went_well


def test_a_wrong_password_asks_as_much_of_the_database_whoever_has_the_name(cast: Cast) -> None:
    """Finding 11: neither the answer nor its time tells who is here; hashing once is allauth's."""
    asked = []
    for name in ("warm@example.org", cast.coordinator.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as captured:
            give_password(client_at(), name, WRONG)
        asked.append([each["sql"].split()[:3] for each in captured])
    assert asked[1] == asked[2]


def test_an_unknown_name_is_a_digest_and_never_the_text(cast: Cast) -> None:
    for name in ("geheim@example.org", "Geheim@example.org", "ander@example.org"):
        give_password(client_at(), name, WRONG)
    typed = list(SignInEvent.objects.order_by("pk").values_list("typed", flat=True))
    assert typed[0] == typed[1] != typed[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM accounts_signinevent e")
        ((rows,),) = cursor.fetchall()
    assert "geheim" not in rows


def test_whoever_is_blocked_and_knows_the_password(cast: Cast) -> None:
    actions.block(person=cast.coordinator, by=cast.officer)
    give_password(client_at(), cast.coordinator.email)
    assert facts(cast.coordinator) == [(SignInKind.BLOCKED, ""), (SignInKind.FAILED, How.PASSWORD)]
    assert SignInEvent.objects.get(kind=SignInKind.BLOCKED).by == cast.officer


def test_who_has_to_wait_is_written_once(cast: Cast) -> None:
    for _attempt in range(8):
        give_password(client_at(), cast.coordinator.email, WRONG)
    assert [kind for kind, _how in facts(cast.coordinator)] == [
        *[SignInKind.FAILED] * 5,
        SignInKind.LOCKED,
    ]


def test_a_wrong_and_a_right_second_step(cast: Cast) -> None:
    give_demo_phone(cast.officer)
    client = client_at()
    give_password(client, cast.officer.email)
    give_code(client, "000000")
    give_code(client, code_of(cast.officer))
    assert facts(cast.officer) == [
        (SignInKind.FACTOR_FAILED, How.APP),
        (SignInKind.FACTOR_PASSED, How.APP),
        (SignInKind.SIGNED_IN, How.PASSWORD),
    ]


@pytest.mark.parametrize("credential", ['{"id": "x"}', "[1]", "7", '{"rawId": "é"}'])
def test_a_passkey_that_is_none(cast: Cast, credential: str) -> None:
    client = client_at()
    client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert answer.headers["Location"] == reverse("account_login")
    assert facts() == [(SignInKind.FACTOR_FAILED, How.PASSKEY)]


def test_confirming_who_one_is(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    for password in (WRONG, PASSWORD):
        client.post(reverse("account_reauthenticate"), {"password": password})
    assert facts(cast.coordinator) == [
        (SignInKind.FAILED, How.PASSWORD),
        (SignInKind.CONFIRMED, How.PASSWORD),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_changes_of_the_second_step(cast: Cast, as_user: SignIn) -> None:
    give_demo_phone(cast.coordinator)
    client = as_user(cast.coordinator)
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))
    assert facts(cast.coordinator) == [
        (SignInKind.FACTOR_ADDED, How.SPARE_CODE),
        (SignInKind.FACTOR_REMOVED, How.APP),
        (SignInKind.FACTOR_REMOVED, How.SPARE_CODE),
    ]
    give_demo_phone(cast.coordinator)
    actions.reset_second_factor(person=cast.coordinator, by=cast.administrator, now=timezone.now())
    assert facts(cast.coordinator)[-1] == (SignInKind.FACTORS_RESET, "")
    assert not Authenticator.objects.exists()


def test_what_is_rolled_back_did_not_happen(cast: Cast) -> None:
    """A fact of an action is part of its transaction."""
    with transaction.atomic():
        actions.block(person=cast.coordinator, by=cast.officer)
        transaction.set_rollback(True)
    assert facts(cast.coordinator) == []


@pytest.mark.parametrize(
    ("records", "how"),
    [
        ([{"method": "password"}, {"method": "mfa", "type": "totp"}], How.PASSWORD),
        ([{"method": "mfa", "type": "webauthn", "passwordless": True}], How.PASSKEY),
        ([{"method": "socialaccount", "provider": "acm"}], How.ACM_IDM),
        ([{"method": "mfa", "type": "totp"}, {"method": "socialaccount"}], How.ACM_IDM),
        ([], ""),
    ],
)
def test_with_what_a_session_began(records: list[dict[str, object]], how: str) -> None:
    assert sign_ins.how_of(records) == how


# A place that was not seen before


def told(person: User) -> int:
    """How many mails about a new place this person got so far."""
    kind = AccountMail.Kind.NEW_BROWSER
    return AccountMail.objects.filter(kind=kind, person=person).count()


def test_a_new_browser_or_network_is_told_and_the_first_one_is_not(
    cast: Cast, mailbox: Mailbox
) -> None:
    email = cast.coordinator.email
    give_password(client_at(), email)
    give_password(client_at(), email)
    assert told(cast.coordinator) == 0
    give_password(client_at("81.82.200.1"), email)  # the same network
    assert told(cast.coordinator) == 0
    give_password(client_at(ELSEWHERE), email)
    assert told(cast.coordinator) == 1
    give_password(client_at(ELSEWHERE), email)
    assert told(cast.coordinator) == 1
    give_password(client_at(agent=CHROME), email)
    assert told(cast.coordinator) == 2
    deliver()
    assert "met Chrome op Linux" in mailbox.mails[0].text


def test_ipv6_has_networks_too(cast: Cast) -> None:
    for address in ("2a02:1810:a:1::5", "2a02:1810:b:2::6", "2a00:1450::1"):
        give_password(client_at(address), cast.coordinator.email)
    assert told(cast.coordinator) == 1


# The table


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_signinevent SET how = ''", "DELETE FROM accounts_signinevent"]
)
def test_facts_are_added_and_neither_changed_nor_taken_away(cast: Cast, statement: str) -> None:
    sign_ins.record(SignInKind.FAILED, person=cast.coordinator)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.as_owner
def test_not_even_the_owner_changes_a_fact(cast: Cast) -> None:
    sign_ins.record(SignInKind.FAILED, person=cast.coordinator)
    assert "update is refused" in refused("UPDATE accounts_signinevent SET how = ''")
    assert "delete is refused" in refused("DELETE FROM accounts_signinevent")


@pytest.mark.parametrize(
    ("who", "sees"), [("administrator", 2), ("officer", 0), ("coordinator", 1)]
)
def test_who_sees_whose(cast: Cast, who: str, sees: int) -> None:
    for person in (cast.coordinator, cast.other_coordinator):
        sign_ins.record(SignInKind.FAILED, person=person)
    assert SignInEvent.objects.visible_to(getattr(cast, who)).count() == sees
