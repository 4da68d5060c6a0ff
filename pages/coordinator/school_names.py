"""Which school somebody means who types its number or its name.

Tested in `pages.coordinator.tests.test_school_names`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Value
from django.utils.translation import gettext as _

from common import search
from schools.models import Organisation

# Each name that a form holds is a search through all schools; numbers are looked up together.
MOST_NAMES = 50
SHOWN_FEW = 4  # enough to know that a name is not of one school
SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")


def find_schools(texts: Iterable[str]) -> dict[str, Organisation | str]:
    """For each text the one school it names, or the sentence that says why there is none. Two
    queries, however many texts."""
    numbers = {text: _school_number(text) for text in texts if text}
    by_number = {
        school.number: school
        for school in Organisation.objects.schools().filter(number__in=numbers.values())
    }
    found = {text: by_number.get(number) or _not_found(text) for text, number in numbers.items()}
    return found | _by_name([text for text, number in numbers.items() if not number])


def names_a_school(texts: Iterable[str]) -> bool:
    """Whether any of these contains the 6 digits of a school."""
    numbers = {found[0] for text in texts if (found := SIX_DIGITS.search(text))}
    return Organisation.objects.schools().filter(number__in=numbers).exists()


def _school_number(text: str) -> str:
    """The 6 digits of an instellingsnummer, also when typed without its leading zeros."""
    if text.strip().isdecimal() and len(text.strip()) <= 6:
        return text.strip().zfill(6)
    found = SIX_DIGITS.search(text)
    return found[0] if found else ""


def _not_found(text: str) -> str:
    return _(
        "We vinden geen school met '{text}'. Zoek op naam of gemeente, of kijk het nummer na."
    ).format(text=text)


def _by_name(texts: Sequence[str]) -> dict[str, Organisation | str]:
    """The schools that these names mean, in one query; names beyond MOST_NAMES are not looked up,
    nor those that a search would cut off: they might then find another school."""
    searched = [text for text in texts if search.is_all(text)][:MOST_NAMES]
    matching: dict[str, list[Organisation]] = {text: [] for text in searched}
    for text, school in _matching(searched):
        matching[text].append(school)
    found = {text: _named(text, schools) for text, schools in matching.items()}
    return {text: found.get(text) or _not_searched(text) for text in texts}


def _matching(texts: Sequence[str]) -> Iterator[tuple[str, Organisation]]:
    """The first few schools that each of these names matches."""
    each = [
        Organisation.objects.schools()
        .matching(text)
        .annotate(named_at=Value(at))
        .order_by("name", "pk")[:SHOWN_FEW]
        for at, text in enumerate(texts)
    ]
    if each:
        for school in each[0].union(*each[1:], all=True):
            yield texts[vars(school)["named_at"]], school


def _named(text: str, matching: Sequence[Organisation]) -> Organisation | str:
    if not matching:
        return _not_found(text)
    if len(matching) == 1:
        return matching[0]
    return _("Meer dan één school past bij '{text}', zoals {school}. Vul het nummer in.").format(
        text=text, school=matching[0]
    )


def _not_searched(text: str) -> str:
    if search.is_all(text):
        return _(
            "Vul het nummer van deze school in: in één aanvraag zoeken we ten hoogste {most} namen "
            "op."
        ).format(most=MOST_NAMES)
    return _(
        "Deze naam is te lang om op te zoeken: ten hoogste {words} woorden en {characters} tekens. "
        "Vul het nummer van de school in."
    ).format(words=search.MOST_WORDS, characters=search.MOST_CHARACTERS)
