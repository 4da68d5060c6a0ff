"""A search for a pupil's reference: found on every list, and in no address (15.2)."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from common import searches
from conftest import Cast, SignIn
from pages.coordinator.search import LISTS
from vouchers.models import HandOut, PupilLine
from vouchers.tests import hundreds

WANTED = "KANARIE-7"
# What a page leads to: links, forms, buttons that post elsewhere, scripts that ask.
ADDRESSES = re.compile(r"""(?:href|action|formaction|src|data-[a-z-]*url)="([^"]*)\"""")


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Codes in use, enough for a second page; one pupil has the reference that is wanted."""
    (request,) = hundreds.drafts([cast.school], cast.period, by=cast.coordinator)
    lines = hundreds.add_lines(request, 60)
    PupilLine.objects.filter(pk=lines[7].pk).update(reference=WANTED)
    hundreds.send([request], by=cast.coordinator)
    granted = hundreds.grant([request], by=cast.officer)
    made = hundreds.hand_out(granted, cast.provider, by=cast.officer)
    hundreds.activate(made, by=cast.provider_user)
    return made


@pytest.fixture
def client(cast: Cast, hand_outs: list[HandOut], as_user: SignIn) -> Client:
    return as_user(cast.coordinator)


def search(client: Client, name: str, **asked: str) -> str:
    """Where the filter of this list leads."""
    answer = client.post(reverse("own_search"), {"list": reverse(name), **asked})
    assert answer.status_code == 302
    return answer["Location"]


def addresses(html: str) -> Iterator[str]:
    yield from ADDRESSES.findall(html)


@pytest.mark.parametrize("name", LISTS)
def test_a_reference_is_found_and_is_in_no_address(client: Client, name: str) -> None:
    """Not in that of the page, and in none that the page leads to."""
    stand = {} if name == "request_list" else {"stand": "alle"}
    for sort in ("", "-referentie", "aanvraag"):
        at = search(client, name, zoek=WANTED, sort=sort, **stand)
        page = client.get(at)
        assert page.context["page"].paginator.count == 1
        html = page.content.decode()
        assert f'value="{WANTED}"' in html
        assert f"{WANTED}<" in html  # the chip
        assert [each for each in [at, *addresses(html)] if "KANARIE" in each] == []


@pytest.mark.parametrize("name", LISTS)
def test_no_list_leads_to_an_address_with_a_reference(client: Client, name: str) -> None:
    """Also those of all other pupils, on every page."""
    references = set(PupilLine.objects.values_list("reference", flat=True))
    for query in ("?stand=alle", "?stand=alle&page=2", "?stand=alle&sort=-referentie"):
        html = client.get(reverse(name) + query).content.decode()
        found = {each for at in addresses(html) for each in references if each in at}
        assert found == set(), query


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_with_a_reference_is_posted(client: Client, name: str) -> None:
    html = client.get(reverse(name)).content.decode()
    (form,) = re.findall(r'<form[^>]*role="search"[^>]*>', html)
    assert 'method="post"' in form
    assert f'action="{reverse("own_search")}"' in form


@pytest.mark.parametrize("name", LISTS)
def test_a_reference_typed_in_the_address_is_not_taken(client: Client, name: str) -> None:
    page = client.get(reverse(name), {"zoek": WANTED, "stand": "alle"})
    assert not page.context["filters"].values.get("zoek")


def test_what_else_was_chosen_stands_in_the_address(client: Client) -> None:
    at = search(client, "letters", zoek="", stand="alle", aanvraag="", sort="-aanvraag")
    assert at == f"{reverse('letters')}?stand=alle&sort=-aanvraag"
    assert search(client, "letters", zoek=" ") == reverse("letters")


def test_the_same_words_keep_their_mark_and_the_oldest_go_first(client: Client) -> None:
    first = search(client, "letters", zoek=WANTED)
    assert search(client, "letters", zoek=WANTED) == first
    for number in range(searches.MOST):
        search(client, "letters", zoek=f"LL-{number}")
    assert len(client.session[searches.KEY]) == searches.MOST
    assert client.get(first).context["filters"].values.get("zoek") is None


def test_a_mark_says_nothing_to_somebody_else(client: Client, cast: Cast, as_user: SignIn) -> None:
    at = search(client, "letters", zoek=WANTED)
    other = as_user(cast.other_coordinator)
    assert "KANARIE" not in other.get(at).content.decode()


def test_signing_out_ends_what_was_searched(client: Client) -> None:
    search(client, "letters", zoek=WANTED)
    client.post(reverse("account_logout"))
    assert WANTED not in str(dict(client.session))
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600


def test_only_to_one_of_the_lists(client: Client) -> None:
    for path in ("", "https://elders.example/", reverse("home")):
        answer = client.post(reverse("own_search"), {"list": path, "zoek": WANTED})
        assert answer.status_code == 404
    assert client.get(reverse("own_search")).status_code == 405
