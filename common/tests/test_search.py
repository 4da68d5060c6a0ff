from hypothesis import given
from hypothesis import strategies as st

from common import search


def test_the_first_eight_words_of_a_hundred_characters_are_searched() -> None:
    assert search.cut("  Vrije \t Basisschool\n") == "Vrije Basisschool"
    assert search.cut("a b c d e f g h i j") == "a b c d e f g h"
    assert search.cut("x" * 101) == "x" * 100
    assert search.words("a A b a B a") == ["a", "A", "b", "B"]
    assert search.words("") == []


def test_a_text_of_which_nothing_is_cut_is_searched_whole() -> None:
    assert search.is_all(" Vrije  Basisschool ")
    assert not search.is_all("a b c d e f g h i")
    assert not search.is_all("x" * 101)


@given(st.text())
def test_no_text_gives_more_words_than_that(text: str) -> None:
    assert len(search.words(text * 50)) <= search.MOST_WORDS
    assert search.words(text) == search.words(search.cut(text))
