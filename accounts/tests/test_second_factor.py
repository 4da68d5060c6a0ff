"""The second factor: nobody who needs one acts without it, it cannot be read, it can be lost."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import AccountMail, User
from accounts.second_factor import WITHOUT_ONE, MFAAdapter, SecretUnreadable
from accounts.tests.deliver import deliver
from accounts.tests.factories import PASSWORD
from accounts.tests.sign_in import code_of, give_code
from common.refused import Refused
from common.tests.asking import answer
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from history.models import HistoryEvent, PortalMark
from local.demo_phone import demo_secret, give_demo_phone
from local.supervisor import any_free_port

OLD, NEW = "o" * 49 + "ld", "n" * 49 + "ew"
NOW = timezone.now()


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    """Rate limits and used codes are counted in the cache; each test starts at none."""
    cache.clear()
    yield
    cache.clear()


def give_password(client: Client, user: User) -> str:
    """The first step; returns the path it leads to."""
    answers = {"login": user.email, "password": PASSWORD}
    return client.post(reverse("account_login"), answers).headers["Location"]


def secret_shown(page: str) -> str:
    found = re.search(r"data-secret>(\w+)<", page)
    assert found
    return found[1]


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


# Who needs one


@pytest.mark.parametrize(
    ("who", "needed"),
    [("officer", True), ("administrator", True), ("provider_user", True), ("coordinator", False)],
)
def test_who_needs_one(cast: Cast, as_user: SignIn, who: str, needed: bool) -> None:
    person = getattr(cast, who)
    answer = as_user(person, second_factor=False).get(reverse("home"))
    led_away = answer.status_code == 302 and answer.headers["Location"] == reverse("mfa_index")
    assert led_away == needed
    assert as_user(person).get(reverse("home")).status_code == 200


def test_staff_of_any_role_needs_one(cast: Cast, as_user: SignIn) -> None:
    person = cast.coordinator
    person.is_staff = True
    person.save()
    answer = as_user(person, second_factor=False).get(reverse("admin:index"))
    assert answer.headers["Location"] == reverse("mfa_index")
    assert as_user(person).get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("name", sorted(WITHOUT_ONE - {"account_reset_password_from_key"}))
def test_without_one_it_can_be_set_up_and_left(cast: Cast, as_user: SignIn, name: str) -> None:
    answer = as_user(cast.officer, second_factor=False).get(reverse(name))
    assert answer.status_code == 200, name


def test_other_pages_of_the_account_wait(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.officer, second_factor=False)
    for name in ("account_change_password", "my_account", "mfa_generate_recovery_codes"):
        assert client.get(reverse(name)).headers["Location"] == reverse("mfa_index"), name
    page = client.get(reverse("mfa_index")).text
    assert "Kies eerst een tweede stap. Daarna kan je aan de slag." in page


def test_a_session_from_before_the_app_has_to_begin_again(cast: Cast, as_user: SignIn) -> None:
    """Somebody with a stolen password is signed in while the person sets up their app elsewhere."""
    client = as_user(cast.officer, second_factor=False)
    give_demo_phone(cast.officer)
    for name in ("home", "mfa_activate_totp"):
        answer = client.get(reverse(name))
        assert answer.headers["Location"].startswith(reverse("account_login")), name


# Set up, sign in, lose


@pytest.mark.django_db(transaction=True)
def test_from_the_first_sign_in_to_the_spare_codes(cast: Cast, mailbox: Mailbox) -> None:
    client = Client()
    assert give_password(client, cast.officer) == reverse("home")
    assert client.get(reverse("home")).headers["Location"] == reverse("mfa_index")
    secret = secret_shown(client.get(reverse("mfa_activate_totp")).text)
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "Deze code klopt niet" in wrong.text
    done = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)}, follow=True)
    spare = re.findall(r'<li class="code">(\d{8})</li>', done.text)
    assert len(spare) == 10
    assert spare[0] not in client.get(reverse("mfa_view_recovery_codes")).text
    assert client.get(reverse("home")).status_code == 200
    deliver()
    assert [mail.subject for mail in mailbox.mails] == [
        "Je tweede stap bij het aanmelden is veranderd"
    ]
    signs_in_once_with(spare[0], cast.officer)


def signs_in_once_with(spare: str, person: User) -> None:
    """A spare code works, and only once."""
    client = Client()
    assert give_password(client, person) == reverse("mfa_authenticate")
    assert "Wat wacht er op jou?" in give_code(client, spare)
    again = Client()
    give_password(again, person)
    assert "Deze code klopt niet, of is al gebruikt." in give_code(again, spare)


def test_a_password_alone_does_not_sign_in(cast: Cast) -> None:
    give_demo_phone(cast.officer)
    client = Client()
    assert give_password(client, cast.officer) == reverse("mfa_authenticate")
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("account_login"))
    code = code_of(cast.officer)
    assert "Wat wacht er op jou?" in give_code(client, code)
    again = Client()
    give_password(again, cast.officer)
    assert "of is al gebruikt" in give_code(again, code)


def test_after_five_wrong_codes_the_right_one_has_to_wait(cast: Cast) -> None:
    give_demo_phone(cast.officer)
    client = Client()
    give_password(client, cast.officer)
    for _attempt in range(5):
        give_code(client, "12345")
    page = give_code(client, code_of(cast.officer))
    assert "een verkeerde code. Wacht vijf minuten" in page
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("who", "stays"), [("officer", True), ("coordinator", False)])
def test_the_last_one_stays_with_who_needs_it(
    cast: Cast, as_user: SignIn, who: str, stays: bool
) -> None:
    person = getattr(cast, who)
    give_demo_phone(person)
    answer = as_user(person).post(reverse("mfa_deactivate_totp"))
    assert ("Dit is je enige tweede stap" in answer.text) == stays
    assert Authenticator.objects.filter(user=person).exists() == stays


@pytest.mark.parametrize(("app", "stays"), [(False, True), (True, False)])
def test_the_last_passkey_too(cast: Cast, as_user: SignIn, app: bool, stays: bool) -> None:
    passkey = Authenticator.objects.create(
        user=cast.officer, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"}
    )
    if app:
        give_demo_phone(cast.officer)
    address = reverse("mfa_remove_webauthn", args=[passkey.pk])
    as_user(cast.officer).post(address)
    assert Authenticator.objects.filter(pk=passkey.pk).exists() == stays


def test_before_the_second_factor_no_passkey_is_removed(cast: Cast, as_user: SignIn) -> None:
    """With the password alone, one of several could be taken away."""
    passkeys = [
        Authenticator.objects.create(
            user=cast.officer, type=Authenticator.Type.WEBAUTHN, data={"name": name}
        )
        for name in ("Laptop", "Telefoon")
    ]
    client = as_user(cast.officer, second_factor=False)
    answer = client.post(reverse("mfa_remove_webauthn", args=[passkeys[0].pk]))
    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert Authenticator.objects.count() == 2


def test_somebody_elses_passkey_is_not_there(cast: Cast, as_user: SignIn) -> None:
    passkey = Authenticator.objects.create(
        user=cast.officer, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"}
    )
    answer = as_user(cast.administrator).post(reverse("mfa_remove_webauthn", args=[passkey.pk]))
    assert answer.status_code == 404


# Reset by an administrator


@pytest.mark.django_db(transaction=True)
def test_an_administrator_resets_it_and_the_person_is_told(
    cast: Cast, as_user: SignIn, mailbox: Mailbox
) -> None:
    give_demo_phone(cast.officer)
    found = as_user(cast.officer)
    address = reverse("ministry_person_second_factor", args=[cast.officer.pk])
    administrator = as_user(cast.administrator)
    question = administrator.get(address)
    assert "Bel Olga Officier eerst op" in question.text
    assert "De tweede stap van Olga Officier is gewist." in answer(administrator, question).text
    assert not Authenticator.objects.filter(user=cast.officer).exists()
    assert found.get(reverse("home")).headers["Location"].startswith(reverse("account_login"))
    deliver()
    assert [(mail.to, mail.subject) for mail in mailbox.mails] == [
        (cast.officer.email, "Je tweede stap bij het aanmelden is gewist")
    ]
    event = HistoryEvent.objects.filter(table="accounts_user", row=cast.officer.pk).latest("id")
    assert (event.actor, event.reason) == (cast.administrator.pk, "tweede stap gewist")


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_undoes_no_reset_and_no_change(
    cast: Cast, as_user: SignIn
) -> None:
    give_demo_phone(cast.coordinator)
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=any_free_port()):
        actions.reset_second_factor(person=cast.coordinator, by=cast.administrator, now=NOW)
        give_demo_phone(cast.other_coordinator)
        removed = as_user(cast.other_coordinator).post(reverse("mfa_deactivate_totp"))
        assert deliver() == 0
    assert removed.status_code == 302
    assert not Authenticator.objects.exists()
    waiting = AccountMail.objects.filter(state=AccountMail.State.QUEUED)
    assert set(waiting.values_list("person", flat=True)) == {
        cast.coordinator.pk,
        cast.other_coordinator.pk,
    }


@pytest.mark.parametrize(
    ("by", "person", "sentence"),
    [
        ("officer", "coordinator", "Alleen een beheerder"),
        ("coordinator", "other_coordinator", "Alleen een beheerder"),
        ("provider_user", "coordinator", "Alleen een beheerder"),
        ("administrator", "administrator", "Je kan je eigen tweede stap niet wissen"),
        ("administrator", "coordinator", "heeft geen tweede stap"),
    ],
)
def test_who_may_not_reset(cast: Cast, by: str, person: str, sentence: str) -> None:
    if "geen tweede" not in sentence:
        give_demo_phone(getattr(cast, person))
    with pytest.raises(Refused, match=sentence):
        actions.reset_second_factor(person=getattr(cast, person), by=getattr(cast, by), now=NOW)


def test_the_pages_of_people_say_who_has_one(cast: Cast, as_user: SignIn) -> None:
    give_demo_phone(cast.officer)
    client = as_user(cast.administrator)
    rows = client.get(reverse("ministry_people")).context["page"].object_list
    assert {each.email for each in rows if each.has_second_factor} == {cast.officer.email}
    button = reverse("ministry_person_second_factor", args=[cast.officer.pk])
    page = reverse("ministry_person", args=[cast.officer.pk])
    assert "app met codes" in client.get(page).text
    assert button in client.get(page).text
    assert button not in as_user(cast.officer).get(page).text


# How it is stored


def test_the_database_holds_no_secret_that_can_be_read(cast: Cast) -> None:
    give_demo_phone(cast.officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        (kept,) = cursor.fetchone()
    assert demo_secret(cast.officer.email) not in kept
    event = HistoryEvent.objects.filter(table="mfa_authenticator").latest("id")
    assert set(event.data) == {"id", "type", "user_id", "created_at"}


def test_an_earlier_key_still_opens_and_no_other_does() -> None:
    with override_settings(SECRET_KEY=OLD):
        sealed = MFAAdapter().encrypt("GEHEIM")
        assert MFAAdapter().decrypt(sealed) == "GEHEIM"
    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
        assert MFAAdapter().decrypt(sealed) == "GEHEIM"
    with override_settings(SECRET_KEY=NEW), pytest.raises(SecretUnreadable):
        MFAAdapter().decrypt(sealed)


# Fresh sign-in before codes are seen


@pytest.mark.parametrize(
    ("who", "page"), [("coordinator", "letters_print"), ("provider_user", "provider_renewals_list")]
)
@pytest.mark.parametrize(("minutes", "asked"), [(59, False), (61, True)])
def test_codes_ask_a_fresh_sign_in(
    cast: Cast, as_user: SignIn, who: str, page: str, minutes: int, asked: bool
) -> None:
    ago = timezone.now() - timedelta(minutes=minutes)
    client = as_user(getattr(cast, who), signed_in_at=ago)
    address = f"{reverse(page)}?aanvraag=G1-00001"
    answer = client.post(address, {"selected": ["7", "9"]})
    confirm = reverse("account_reauthenticate")
    assert (answer.status_code == 302 and confirm in answer.headers["Location"]) == asked
    if not asked:
        return
    answer = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert answer.headers["Location"] == address
    kept = client.get(address)
    assert "Bedankt, je bent het." in kept.text
    assert kept.context["fields"] == [["selected", "7"], ["selected", "9"]]
    assert confirm not in client.post(address, {"selected": ["7"]}).headers.get("Location", "")


def test_a_wrong_password_does_not_make_it_fresh(cast: Cast, as_user: SignIn) -> None:
    ago = timezone.now() - timedelta(minutes=61)
    client = as_user(cast.coordinator, signed_in_at=ago)
    client.post(reverse("account_reauthenticate"), {"password": "fout-fout-fout"})
    answer = client.post(reverse("letters_print"), {"selected": "7"})
    assert reverse("account_reauthenticate") in answer.headers["Location"]


# The phone of the demo


def test_the_phone_shows_the_demos_own_accounts_only(cast: Cast, client: Client) -> None:
    give_demo_phone(cast.officer)
    TOTP.activate(cast.administrator, demo_secret("iemand anders"))
    with override_settings(DEMO=True):
        assert client.get(reverse("demo_phone")).context["codes"] == []  # not flagged as a demo
        PortalMark.objects.create(demo=True)
        shown = client.get(reverse("demo_phone")).context["codes"]
    assert [each.person for each in shown] == [cast.officer]
    with override_settings(DEMO=False):
        assert client.get(reverse("demo_phone")).status_code == 404
