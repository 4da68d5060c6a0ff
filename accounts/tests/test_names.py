"""What is the name of a person, and what hides an address."""

import pytest

from accounts.names import is_a_name


@pytest.mark.parametrize(
    "name",
    ["An", "Karin Peeters", "J.P. Van den Bossche", "Jean-Pierre D'Hondt", "Zoë Łukasik",
     "An St. Clair", "Nguyễn Văn Ba", "أمينة العلوي", "Jan Jr."],
)  # fmt: skip
def test_a_name(name: str) -> None:
    assert is_a_name(name)


@pytest.mark.parametrize(
    "text",
    ["Ga naar www.evil.be", "evil.be", "Koop nu op http://fout.example", "t.co", "An 2", "an@x",
     "An\nBcc: x", "", "- - .", "www。evil。be", "a" * 201, "An <b>", "x.y"],
)  # fmt: skip
def test_no_name(text: str) -> None:
    assert not is_a_name(text)
