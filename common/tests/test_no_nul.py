"""What the middleware does by itself; on every page: `voucherportal.tests.test_raw_text`."""

import pytest
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.no_nul import NoNulMiddleware


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(sorted(request.COOKIES)))


def passes(request: HttpRequest) -> bool:
    try:
        NoNulMiddleware(view).process_view(request, view, (), {})
    except BadRequest:
        return False
    return True


@pytest.mark.parametrize("text", ["", "0", "%00", "\\0", "é\r\n\t\x01\x7f"])
def test_any_other_text_passes(text: str) -> None:
    assert passes(RequestFactory().get("/", {"x": text, text: "x"}))
    assert passes(RequestFactory().post("/", {"x": [text, text], text: "x"}))


def test_a_nul_is_refused_wherever_it_stands() -> None:
    asked = RequestFactory()
    assert not passes(asked.get("/a%00/"))
    assert not passes(asked.get("/", {"x": ["a", "b\0"]}))
    assert not passes(asked.get("/", {"\0": "a"}))
    assert not passes(asked.post("/?x=%00", {"x": "a"}))
    assert not passes(asked.post("/", {"x": ["a", "b\0"]}))
    assert not passes(asked.post("/", {"x\0": "a"}))
    plain = "application/x-www-form-urlencoded"
    assert not passes(asked.post("/", "x=a&y=%00", content_type=plain))


def test_a_cookie_with_a_nul_counts_as_absent() -> None:
    request = RequestFactory().get("/", headers={"cookie": r'a=1; sessionid="abcdefgh\000"; b=2'})
    assert request.COOKIES["sessionid"] == "abcdefgh\0"
    answer = NoNulMiddleware(view)(request)
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"a,b"
