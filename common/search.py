"""What somebody typed to search with → the words to search for.

Each word is a condition on every row, so their number is bounded (rule 11).
"""

MOST_CHARACTERS = 100
MOST_WORDS = 8


def cut(text: str) -> str:
    """The first words of a text, as many as are searched for, with single spaces."""
    return " ".join(text[:MOST_CHARACTERS].split()[:MOST_WORDS])


def words(text: str) -> list[str]:
    """The words of `cut`, each once."""
    return list(dict.fromkeys(cut(text).split()))


def is_all(text: str) -> bool:
    """Whether nothing of the text is cut off."""
    return cut(text) == " ".join(text.split())
