"""In which language somebody reads: that of the account, else the browser's choice, else Dutch."""

from typing import Any

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions, mails
from accounts.language import LanguageMiddleware
from accounts.models import User
from accounts.tests.deliver import deliver
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from history.models import HistoryEvent
from pages.people.summaries import history_of

CHOOSE = reverse("choose_language")
ENGLISH = "Who can ask"
DUTCH = "Wie kan aanvragen"


def choose(client: Client, language: str, at: str = "/wie-kan-aanvragen/") -> Any:
    """Press the button of a page; returns the page that follows."""
    return client.post(CHOOSE, {"language": language, "next": at}, follow=True)


def heading_is(answer: Any, text: str, language: str) -> bool:
    page = answer.content.decode()
    return f"<h1>{text}</h1>" in page and f'<html lang="{language}">' in page


def test_everybody_begins_in_dutch_whatever_the_browser_asks(client: Client, db: None) -> None:
    answer = client.get("/wie-kan-aanvragen/", headers={"Accept-Language": "en"})
    assert heading_is(answer, DUTCH, "nl")
    assert answer["Content-Language"] == "nl"
    assert "Cookie" in answer["Vary"]


def test_a_stranger_chooses_english_and_back_on_the_same_page(client: Client, db: None) -> None:
    answer = choose(client, "en")
    assert heading_is(answer, ENGLISH, "en")
    assert answer["Content-Language"] == "en"
    assert heading_is(client.get("/wie-kan-aanvragen/"), ENGLISH, "en")
    assert heading_is(choose(client, "nl"), DUTCH, "nl")


@pytest.mark.parametrize("language", ["", "fr", "<b>"])
def test_a_language_we_do_not_have_changes_nothing(
    cast: Cast, as_user: SignIn, language: str
) -> None:
    client = as_user(cast.coordinator)
    assert heading_is(choose(client, language), DUTCH, "nl")
    client.cookies["django_language"] = language
    assert heading_is(Client().get("/wie-kan-aanvragen/"), DUTCH, "nl")
    assert User.objects.get(pk=cast.coordinator.pk).language == "nl"


def test_the_choice_of_who_is_signed_in_is_kept_in_the_account(cast: Cast, as_user: SignIn) -> None:
    choose(as_user(cast.coordinator), "en")
    assert heading_is(as_user(cast.coordinator).get("/wie-kan-aanvragen/"), ENGLISH, "en")
    assert heading_is(as_user(cast.other_coordinator).get("/wie-kan-aanvragen/"), DUTCH, "nl")
    assert heading_is(Client().get("/wie-kan-aanvragen/"), DUTCH, "nl")


def test_the_account_wins_from_the_browser(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.coordinator)
    client.cookies["django_language"] = "en"
    assert heading_is(client.get("/wie-kan-aanvragen/"), DUTCH, "nl")


def test_it_needs_a_token_and_leads_nowhere_else(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(CHOOSE, {"language": "en", "next": "/"}).status_code == 403
    answer = Client().post(CHOOSE, {"language": "en", "next": "https://elders.example/"})
    assert answer["Location"] == "/"


def test_the_button_comes_back_to_this_page_or_to_the_form_that_it_answers(
    cast: Cast, as_user: SignIn
) -> None:
    client = as_user(cast.officer)
    page = client.get("/ministerie/mensen/?q=karin&page=2").content.decode()
    assert 'name="next" value="/ministerie/mensen/?q=karin&amp;page=2"' in page
    form = "http://testserver/ministerie/mensen/uitnodigen/?organisatie=1"
    page = client.post(
        "/ministerie/mensen/uitnodigen/", {}, headers={"Referer": form}
    ).content.decode()
    assert f'name="next" value="{form}"' in page


def test_choosing_what_one_has_leaves_no_history(cast: Cast) -> None:
    before = HistoryEvent.objects.count()
    actions.choose_language(person=cast.coordinator, language="nl")
    assert HistoryEvent.objects.count() == before


def test_history_is_kept_in_dutch_and_read_in_the_language_of_the_reader(
    cast: Cast, as_user: SignIn
) -> None:
    choose(as_user(cast.coordinator), "en")
    newest = HistoryEvent.objects.latest("id")
    assert newest.reason == "taal gekozen"
    assert history_of(cast.coordinator)[0]["title"] == "Taal gekozen"
    with translation.override("en"):
        assert history_of(cast.coordinator)[0]["title"] == "Language chosen"


def test_a_mail_is_in_the_language_of_whom_it_is_for(
    cast: Cast, mailbox: Mailbox, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    cast.coordinator.language = "en"
    mails.send_invitation(
        person=cast.coordinator, by=cast.officer, organisations=[cast.school], now=timezone.now()
    )
    with translation.override("en"):
        mails.send_invitation(
            person=cast.other_coordinator, by=cast.officer, organisations=[], now=timezone.now()
        )
    dutch, english = mailbox.mails
    assert english.subject == "Olga Officier has added you to Internet vouchers"
    assert english.text.startswith("Hello Karin Eigen\n")
    assert dutch.subject == "Olga Officier heeft je toegevoegd bij Internetvouchers"


def test_a_new_password_is_mailed_in_the_language_of_the_account(
    cast: Cast, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=cast.coordinator.pk).update(language="en")
    Client().post(reverse("account_reset_password"), {"email": cast.coordinator.email})
    deliver()
    assert [mail.subject for mail in mailbox.mails] == ["Choose a new password"]


def test_nothing_of_a_language_is_left_after_an_answer(cast: Cast) -> None:
    """Failure 29; and a response that is generated while it is sent keeps its language."""

    def slow(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(_(text) for text in [DUTCH])

    request = RequestFactory().get("/")
    request.user = cast.coordinator
    request.user.language = "en"
    answer = LanguageMiddleware(slow)(request)
    assert translation.get_language() == "nl"
    assert isinstance(answer, StreamingHttpResponse)
    assert b"".join(answer) == ENGLISH.encode()
    assert translation.get_language() == "nl"
