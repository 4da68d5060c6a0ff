"""The whole road of a sign-on, through the real pages, over real HTTP and real SMTP."""

import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import actions
from accounts.acm.tests.conftest import (
    Traveller,
    ministry_person,
    person_of,
    school_person,
)
from accounts.acm.tests.provider import Provider
from accounts.links import reset_link
from accounts.models import How, Membership, Role, Session, SignInEvent, SignInKind, User
from accounts.people import AccountState, state_of
from accounts.tests.factories import PASSWORD
from conftest import Cast
from history.models import HistoryEvent

ADDRESS = "nele.nieuw@school.example"


def nobody_came(traveller: Traveller, code: str) -> None:
    """No half account: an event, and neither a person nor anything to go on with."""
    assert traveller.events == [code]
    assert not traveller.is_in
    assert "sign_on" not in traveller.client.session
    assert not SocialAccount.objects.exists()
    assert not User.objects.filter(name__startswith="Nele").exists()


def test_off_by_default(db: None, client: Client) -> None:
    assert portal_settings.ACM_ON is False
    with pytest.raises(NoReverseMatch):
        reverse("acm_sign_on")
    assert client.get("/account/overheid/").status_code == 404
    assert "Vlaamse overheid" not in client.get(reverse("account_login")).text


def test_the_sign_in_page_shows_the_way(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    page = traveller.client.get(reverse("account_login") + "?next=/aanvragen/").text
    assert "Aanmelden via de Vlaamse overheid" in page
    assert 'href="/account/overheid/?next=%2Faanvragen%2F"' in page
    assert page.count("btn-primary") == 1


def test_the_first_time(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """An address is asked and proven before there is an account; then it works at once."""
    people = User.objects.count()
    answer = traveller.signs_on(next="/mijn-organisatie/")
    assert answer.headers["Location"] == reverse("acm_address")
    assert "Dag Nele Nieuw" in traveller.client.get(reverse("acm_address")).text
    traveller.gives_address(ADDRESS)
    assert (User.objects.count(), SocialAccount.objects.count()) == (people, 0)
    answer = traveller.gives_code()
    assert answer.headers["Location"] == "/mijn-organisatie/"
    person = User.objects.get(email=ADDRESS)
    assert (person.name, person.role) == ("Nele Nieuw", Role.COORDINATOR)
    assert not person.has_usable_password()
    assert state_of(person) == AccountState.ACTIVE
    (membership,) = person.memberships.all()
    assert (membership.organisation, membership.by_sign_on) == (cast.school, True)
    assert traveller.client.get("/mijn-organisatie/").status_code == 200
    assert list(Membership.objects.filter(user=person).of_who_reads_mail()) == [membership]
    assert traveller.events == []


def test_the_next_time_by_sub_alone(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    traveller.begins(ADDRESS)
    traveller.client.post(reverse("account_logout"))
    provider.person |= {"given_name": "Anders", "vo_email": "other@example.org"}
    assert traveller.signs_on().headers["Location"] == "/start/"
    assert traveller.client.session["_auth_user_id"] == str(User.objects.get(email=ADDRESS).pk)
    assert len(traveller.mailbox.mails) == 1


def test_the_door_notes_it(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """Who came in that way, and who did not: how the government names them stands there as a
    digest."""
    traveller.begins(ADDRESS)
    person = User.objects.get(email=ADDRESS)
    provider.person = school_person("999999", sub="een-ander")
    traveller.signs_on()
    facts = SignInEvent.objects.order_by("id").values_list("kind", "person", "how")
    assert [each for each in facts if each[0] != SignInKind.SIGNED_OUT] == [
        (SignInKind.SIGNED_IN, person.pk, How.ACM_IDM),
        (SignInKind.FAILED, None, How.ACM_IDM),
    ]
    assert "een-ander" not in str(list(SignInEvent.objects.values()))


def test_nothing_is_kept_but_sub(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    provider.person["vo_email"] = ADDRESS
    traveller.begins(ADDRESS)
    link = SocialAccount.objects.get()
    assert (link.uid, link.extra_data) == ("nele-123", {})
    kept = json.dumps([row.get_decoded() for row in Session.objects.all()], default=str)
    rows = json.dumps(list(HistoryEvent.objects.values("table", "data", "reason")), default=str)
    for secret in (provider.last_token, "toegang", "11111111-2222", "Zoals het daar heet"):
        assert secret not in kept
        assert secret not in rows
    assert "nele-123" not in rows


def test_an_address_of_the_provider_joins_nothing(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """Whatever address it tells, verified or not: nobody is found by it."""
    provider.person |= {
        "email": cast.coordinator.email, "email_verified": True, "vo_email": cast.coordinator.email,
    }  # fmt: skip
    assert traveller.signs_on().headers["Location"] == reverse("acm_address")
    assert not traveller.is_in
    assert not SocialAccount.objects.exists()
    page = traveller.client.get(reverse("acm_address")).text
    assert f'value="{cast.coordinator.email}"' in page


def test_an_invitation_waits_for_a_proven_mailbox(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    invited = actions.invite(
        email=ADDRESS, name="Nele N.", role=Role.COORDINATOR,
        organisations=[cast.other_school], by=cast.other_coordinator, now=timezone.now(),
    )  # fmt: skip
    traveller.signs_on()
    traveller.gives_address(ADDRESS)
    traveller.gives_code("BBBB-BBBB")
    assert not traveller.is_in
    assert not SocialAccount.objects.exists()
    traveller.gives_code()
    assert traveller.client.session["_auth_user_id"] == str(invited.pk)
    assert {each.organisation: each.by_sign_on for each in invited.memberships.all()} == {
        cast.school: True,
        cast.other_school: False,
    }


def test_an_account_with_a_password_is_joined_by_its_password(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """The mailbox alone is not enough: whoever reads it would have the account."""
    traveller.signs_on()
    traveller.gives_address("Own@Example.org")
    page = traveller.gives_code()
    assert "Geef ook het wachtwoord ervan" in page.text
    assert not SocialAccount.objects.exists()
    page = traveller.gives_code("", password="fout-fout-fout")
    assert "Dit wachtwoord klopt niet" in page.text
    failed = SignInEvent.objects.filter(kind=SignInKind.FAILED)
    assert [(each.person, each.how) for each in failed] == [(cast.coordinator, How.PASSWORD)]
    assert not traveller.is_in
    traveller.gives_code("", password=PASSWORD)
    assert traveller.client.session["_auth_user_id"] == str(cast.coordinator.pk)
    assert SocialAccount.objects.get().user == cast.coordinator
    assert cast.coordinator.check_password(PASSWORD)


def test_passwords_are_tried_five_times(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.signs_on()
    traveller.gives_address("own@example.org")
    traveller.gives_code()
    for _turn in range(5):
        traveller.gives_code("", password="fout-fout-fout")
    page = traveller.gives_code("", password=PASSWORD)
    assert "Te vaak een verkeerd wachtwoord" in page.text
    assert not traveller.is_in


def test_an_address_that_somebody_else_signs_on_with(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.begins(ADDRESS)
    traveller.client = Client()
    provider.person = school_person(sub="een-ander")
    assert "Dit adres kan je hier niet gebruiken" in traveller.begins(ADDRESS).text
    assert traveller.events == ["sign-on-address-taken"]
    assert not traveller.is_in
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("who", ["provider_user", "other_coordinator"])
def test_an_account_of_a_provider_or_a_closed_one_is_not_joined(
    cast: Cast, provider: Provider, traveller: Traveller, who: str
) -> None:
    actions.block(person=cast.other_coordinator, by=cast.officer)
    assert "kan je hier niet gebruiken" in traveller.begins(getattr(cast, who).email).text
    assert not traveller.is_in
    assert not SocialAccount.objects.exists()


def test_the_mailed_code_is_tried_five_times(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.signs_on()
    traveller.gives_address(ADDRESS)
    code = traveller.mailed_code()
    for _turn in range(5):
        assert "Deze code klopt niet" in traveller.gives_code("BBBB-BBBB").text
    assert "Deze code werkt niet meer" in traveller.gives_code(code).text
    assert not User.objects.filter(email=ADDRESS).exists()


def test_the_mailed_code_is_of_one_address_and_one_browser(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.signs_on()
    traveller.gives_address(ADDRESS)
    code = traveller.mailed_code()
    traveller.gives_address("other@example.org")
    assert "Deze code klopt niet" in traveller.gives_code(code).text
    elsewhere = Client().post(reverse("acm_code"), {"code": code})
    assert "duurde te lang" in elsewhere.text
    assert code.replace("-", "") not in str(dict(traveller.client.session))


def test_five_mails_an_hour(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """Of one person, wherever they go to; and to one address, whoever asks."""
    traveller.signs_on()
    pages = [traveller.gives_address(f"{turn}@school.example") for turn in range(6)]
    assert [page.status_code for page in pages] == [302] * 5 + [200]
    assert "We stuurden al enkele mails" in pages[-1].text
    assert len(traveller.mailbox.mails) == 5


def test_the_answer_does_not_say_who_has_an_account(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.signs_on()
    pages = []
    for address in (cast.coordinator.email, "nobody@example.org"):
        traveller.gives_address(address)
        page = traveller.client.get(reverse("acm_code")).text.replace(address, "ADRES")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1]


def test_a_mail_server_that_is_away(
    cast: Cast, provider: Provider, traveller: Traveller, settings: Settings
) -> None:
    settings.EMAIL_PORT = 9
    traveller.signs_on()
    assert "De mail kon niet vertrekken" in traveller.gives_address(ADDRESS).text


def test_a_first_sign_on_does_not_wait_for_ever(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.signs_on()
    session = traveller.client.session
    session["sign_on"] = {**session["sign_on"], "until": 0}
    session.save()
    assert "duurde te lang" in traveller.gives_address(ADDRESS).text


# Refused


def test_an_organisation_we_do_not_know(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    provider.person = school_person("999999")
    page = traveller.signs_on()
    assert (page.status_code, "We kennen de organisatie niet" in page.text) == (403, True)
    nobody_came(traveller, "sign-on-organisation-unknown")


def test_a_closed_school(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    cast.school.closed_on = timezone.localdate() - timedelta(days=1)
    cast.school.save()
    page = traveller.signs_on()
    assert "bestaat niet meer" in page.text
    assert "Opnieuw aanmelden" in page.text
    nobody_came(traveller, "sign-on-organisation-closed")


def test_a_role_we_do_not_know(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    provider.person = person_of("OV", "000018", "Boekhouder:000018")
    assert "geen rol voor Internetvouchers" in traveller.signs_on().text
    nobody_came(traveller, "sign-on-role-unknown")


def test_somebody_who_breaks_it_off(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    state = traveller.sets_out()["state"]
    back = {"error": "access_denied", "state": state}
    assert "Je brak de aanmelding" in traveller.client.get(reverse("acm_callback"), back).text
    nobody_came(traveller, "sign-on-cancelled")


def test_an_error_instead_of_a_code(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """As for a scope that was not granted."""
    state = traveller.sets_out()["state"]
    back = {"error": "invalid_scope", "state": state}
    assert "antwoordt niet" in traveller.client.get(reverse("acm_callback"), back).text
    nobody_came(traveller, "sign-on-unavailable")


@pytest.mark.parametrize("words", [{}, {"code": "x"}, {"code": "x", "state": "verzonnen"}])
def test_an_answer_to_nothing(
    cast: Cast, provider: Provider, traveller: Traveller, words: dict[str, str]
) -> None:
    assert traveller.client.get(reverse("acm_callback"), words).status_code == 403
    nobody_came(traveller, "sign-on-too-late")


def test_twice_and_back_lead_to_the_start_page(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.begins(ADDRESS)
    traveller.sets_out()
    back = traveller.way_back()
    assert traveller.client.get(back).status_code == 302
    assert traveller.client.get(back).headers["Location"] == "/start/"
    assert traveller.events == []


def test_somebody_blocked(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    traveller.begins(ADDRESS)
    person = User.objects.get(email=ADDRESS)
    actions.block(person=person, by=cast.officer)
    traveller.client = Client()
    assert "Met dit account kan je niet aanmelden" in traveller.signs_on().text
    assert traveller.events == ["sign-on-account-closed"]
    assert not traveller.is_in


def test_it_does_not_lead_to_another_site(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.begins(ADDRESS)
    traveller.client.post(reverse("account_logout"))
    answer = traveller.signs_on(next="https://evil.example/")
    assert answer.headers["Location"] == "/start/"


# The ministry


def test_the_ministry_signs_on_there_only(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    answers = {"login": cast.officer.email, "password": PASSWORD}
    page = traveller.client.post(reverse("account_login"), answers, follow=True)
    assert "Mensen van het ministerie melden zich aan via de Vlaamse overheid." in page.text
    assert "Aanmelden via de Vlaamse overheid" in page.text
    assert not traveller.is_in
    assert traveller.events == ["sign-on-only"]


def test_others_keep_their_password(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    answers = {"login": cast.coordinator.email, "password": PASSWORD}
    traveller.client.post(reverse("account_login"), answers)
    assert traveller.is_in


def test_a_sign_on_is_a_second_factor(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """Somebody with an app for codes is not asked for one, and nobody has to set one up."""
    provider.person = ministry_person()
    Authenticator.objects.create(user=cast.officer, type=Authenticator.Type.TOTP, data={})
    traveller.signs_on()
    traveller.gives_address(cast.officer.email)
    traveller.gives_code()
    answer = traveller.gives_code("", password=PASSWORD)
    assert answer.headers["Location"] == "/start/"
    assert traveller.client.get(reverse("ministry_people")).status_code == 200


def test_a_coordinators_sign_on_does_not_open_the_ministry(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    """The role is what the government says of who signed on, not that of the account joined."""
    traveller.signs_on()
    traveller.gives_address(cast.officer.email)
    traveller.gives_code()
    traveller.gives_code("", password=PASSWORD)
    assert traveller.client.get(reverse("ministry_people")).status_code == 403
    assert User.objects.get(pk=cast.officer.pk).role == Role.COORDINATOR


# A session


def test_signing_out_here_signs_out_there(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.begins(ADDRESS)
    answer = traveller.client.post(reverse("account_logout"))
    assert answer.headers["Location"] == reverse("acm_signed_out")
    assert not traveller.is_in
    page = traveller.client.get(reverse("acm_signed_out")).text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found is not None
    there = found[1].replace("&amp;", "&")
    assert there.startswith(f"{provider.address}/logout?client_id=internetvouchers&")
    assert "id_token_hint" not in there
    provider.broken.add("/.well-known/openid-configuration")


def test_who_used_a_password_signs_out_here_only(cast: Cast, provider: Provider) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": cast.coordinator.email, "password": PASSWORD})
    assert client.post(reverse("account_logout")).headers["Location"] == "/"


def test_signing_out_there_may_not_be_offered(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    provider.configured = {"end_session_endpoint": None}
    page = traveller.client.get(reverse("acm_signed_out")).text
    assert "Sluit je browser" in page
    assert "refresh" not in page


def test_confirming_asks_there_again(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """Before codes become visible; the session and the form in it go on."""
    traveller.begins(ADDRESS)
    session = traveller.client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 7200
    session.save()
    letters = reverse("letters_print")
    asked = traveller.client.post(letters, {"selected": "12"}).headers["Location"]
    asked = traveller.client.get(asked).headers["Location"]
    assert asked == f"{reverse('acm_confirm')}?next={quote(letters, safe='')}"
    sent = traveller.sets_out("acm_confirm", next=letters)
    assert sent["prompt"] == "login"
    assert traveller.client.get(traveller.way_back()).headers["Location"] == letters
    page = traveller.client.get(letters).text
    assert "Je kan nu verder" in page
    assert 'name="selected"' in page


def test_confirming_as_somebody_else_is_another_session(
    cast: Cast, provider: Provider, traveller: Traveller
) -> None:
    traveller.begins(ADDRESS)
    provider.person = school_person(sub="een-ander")
    assert traveller.signs_on("acm_confirm").headers["Location"] == reverse("acm_address")
    assert not traveller.is_in


def test_no_password_beside_it(cast: Cast, provider: Provider, traveller: Traveller) -> None:
    """The link of “wachtwoord vergeten” would be a second door, held by whoever reads the mail."""
    traveller.begins(ADDRESS)
    stranger = Client()
    link = reset_link(User.objects.get(email=ADDRESS)).removeprefix(portal_settings.PUBLIC_URL)
    page = stranger.get(link, follow=True)
    chosen = dict.fromkeys(("password1", "password2"), "drie-woorden-zonder-verband")
    answer = stranger.post(page.redirect_chain[-1][0], chosen, follow=True)
    assert "Jij meldt je aan via de Vlaamse overheid." in answer.text
    assert not User.objects.get(email=ADDRESS).has_usable_password()


def test_somebody_of_the_ministry_is_invited_to_sign_on(
    cast: Cast,
    provider: Provider,
    traveller: Traveller,
    django_capture_on_commit_callbacks: object,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        actions.invite(
            email="nora@vlaanderen.example", name="Nora", role=Role.OFFICER,
            by=cast.administrator, now=timezone.now(),
        )  # fmt: skip
    text = traveller.mailbox.mails[0].text
    assert "Meld je aan via de Vlaamse overheid" in text
    assert "/account/login/" in text
    assert "/reset/" not in text
