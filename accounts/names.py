"""What can be the name of a person: it stands in mails to others, so no address hides in it.

Tested in `accounts.tests.test_names`.
"""

import unicodedata

from django.utils.translation import gettext_lazy

NOT_A_NAME = gettext_lazy("Dit is geen naam. Schrijf voornaam en achternaam.")
LONGEST = 200


def is_a_name(text: str) -> bool:
    """Letters, spaces and `'-.`; a full stop ends a word or an initial, as in "J.P. St. Clair",
    and is never followed by a word, as in the address of a page."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST or not any(map(str.isalpha, text)):
        return False
    return all(_fits(sign, text[at + 1 :]) for at, sign in enumerate(text))


def _fits(sign: str, after: str) -> bool:
    if sign == ".":
        return not after[:1].isalpha() or after[1:2] == "."
    return sign in " '’-" or unicodedata.category(sign)[0] in "LM"
