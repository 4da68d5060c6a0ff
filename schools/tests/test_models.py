"""What a search among organisations costs, however much is typed. What it finds:
`pages.people.tests.test_views`."""

import pytest

from accounts import people
from accounts.models import User
from common import search
from schools.models import Organisation
from schools.tests.factories import make_school


def conditions(text: str) -> int:
    """The conditions on each organisation in a search for this text."""
    return str(Organisation.objects.matching(text).query).count(" LIKE ")


def test_a_long_search_is_no_more_work_than_that_of_eight_words() -> None:
    one = conditions("a")
    assert one > 0
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert conditions(" ".join(letters[: search.MOST_WORDS])) == search.MOST_WORDS * one
    assert conditions(" ".join(letters)) == search.MOST_WORDS * one
    assert conditions("e " * 5_000) == one


def test_a_search_among_people_too() -> None:
    def of(text: str) -> int:
        return str(User.objects.filter(people.matching(text)).query).count(" LIKE ")

    assert of("abcdefgh"[:1]) * search.MOST_WORDS == of(" ".join("abcdefghijklmnopqrstuvwxyz"))


@pytest.mark.django_db
def test_what_is_within_the_limit_narrows_as_before() -> None:
    found = make_school(number="000018", name="Vrije Basisschool De Linde", municipality="Aalst")
    make_school(number="000026", name="Vrije Basisschool De Beuk", municipality="Aalst")
    assert list(Organisation.objects.matching("aalst linde de vrije")) == [found]
