"""The family of a browser, from what it calls itself."""

import pytest
from django.utils import translation

from accounts.browsers import browser_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"{WINDOWS}; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox op Windows"),
        (f"{WINDOWS}) {WEBKIT} Chrome/130.0.0.0 Safari/537.36", "Chrome op Windows"),
        (f"{WINDOWS}) {WEBKIT} Chrome/130.0 Safari/537.36 Edg/130.0", "Edge op Windows"),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/130.0 Mobile Safari/537.36",
            "Chrome op Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML,"
            " like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari op iPhone",
        ),
        ("curl/8.0", "onbekende browser"),
        ("", "onbekende browser"),
        ("Firefox/3", "Firefox"),
    ],
)
def test_a_browser_is_named_as_a_person_would(agent: str, said: str) -> None:
    assert str(browser_of(agent)) == said


def test_in_english() -> None:
    with translation.override("en"):
        assert str(browser_of(f"{WINDOWS}) Firefox/131.0")) == "Firefox on Windows"
