"""Words that stay out of the address: kept in the session, under a mark."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, QueryDict

from common import searches


class InMemory(SessionBase):
    """A session that is stored nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self._session_cache: dict[str, Any] = {}


@pytest.fixture
def request_() -> HttpRequest:
    found = HttpRequest()
    found.session = InMemory()
    return found


def test_words_come_back_by_their_mark(request_: HttpRequest) -> None:
    mark = searches.keep(request_, " LL 1 ")
    assert searches.kept(request_) == {mark: "LL 1"}
    assert "LL" not in mark
    assert searches.keep(request_, "LL 1") == mark


def test_no_words_have_no_mark(request_: HttpRequest) -> None:
    assert searches.keep(request_, "  ") == ""
    assert searches.kept(request_) == {}


def test_the_latest_are_kept_and_what_is_longer_is_cut(request_: HttpRequest) -> None:
    for number in range(searches.MOST + 3):
        searches.keep(request_, f"LL-{number}")
    again = searches.keep(request_, "LL-3")
    assert list(searches.kept(request_).values())[-2:] == ["LL-22", "LL-3"]
    assert len(searches.kept(request_)) == searches.MOST
    assert again in searches.kept(request_)
    searches.keep(request_, "x" * 500)
    assert searches.kept(request_)[list(searches.kept(request_))[-1]] == "x" * searches.LONGEST


def test_the_address_holds_marks_and_what_is_not_private(request_: HttpRequest) -> None:
    request_.POST = QueryDict("csrfmiddlewaretoken=t&list=/x/&zoek=LL-1&staat=A&golf=")
    at = searches.address(request_, "/x/", ["zoek"])
    (mark,) = searches.kept(request_)
    assert at == f"/x/?zoek={mark}&staat=A"
    request_.POST = QueryDict("zoek=")
    assert searches.address(request_, "/x/", ["zoek"]) == "/x/"
