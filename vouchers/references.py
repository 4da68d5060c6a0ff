"""The school's own opaque reference for a pupil, never a name (rule 5).

What is refused, in this order: nothing to compare (no letter, no digit), more than 40 characters,
an e-mail address, a national or bis number, a date of birth, the start of a formula, a name. No
sentence repeats the text.

**What looks like a name.** Words are runs of letters. Words of the school itself (`lln`, `klas`,
`nummer`, …) say nothing about a person and are left out. Then:

- Without any digit only a short code passes: one or two letters not written as a name (`AB`, `b`,
  not `An`), or three capitals without a vowel (`KLM`, not `TOM`). So `Jan`, `peeters`,
  `Peeters, Jan`, `AB CD`, `محمد` are refused, `AB` and `lln B` pass.
- With a digit a word counts as a name when it has three letters or more and a vowel, does not
  follow a digit directly (`3Latijn`) and is no abbreviation of at most four capitals (`ASO 3`).
  Refused are two such words (`van damme 3`), one beside a loose initial, particle or abbreviation
  (`Jan P. 3A`, `el amrani 3`, `PEETERS JAN 3`), or one written as a name (`Jan 12`, `Peeters3B`).
  One in small letters or in capitals passes (`rupsen 3`, `BASIS-12`): people work around a portal
  that refuses every word.

A rule of thumb, at times wrong both ways, so the sentence says what to do instead.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from stdnum.be import bis, nn

from common.refused import Refused

MAX_LENGTH = 40
NATIONAL_NUMBER_DIGITS = 11


def check_reference(text: str) -> str:
    """The reference as it is stored: trimmed, spaces collapsed, NFC. Raises `Refused`."""
    reference = _tidy(text)
    if not reference_key(reference):
        raise Refused(_("Vul een referentie in, zoals LL-014."), code="reference-missing")
    if max(len(reference), len(reference_key(reference))) > MAX_LENGTH:
        raise Refused(
            _("Deze referentie is langer dan %(most)s tekens. Kies een kort nummer, zoals LL-014.")
            % {"most": MAX_LENGTH},
            code="reference-too-long",
        )
    if _EMAIL.search(reference):
        raise Refused(
            _("Dit lijkt op een e-mailadres.") + " " + _way_out(), code="looks-like-email"
        )
    if find_national_number(reference):
        raise Refused(
            _("Hierin staat een rijksregisternummer.") + " " + _way_out(), code="national-number"
        )
    if _holds_birth_date(reference):
        raise Refused(_("Dit lijkt op een geboortedatum.") + " " + _way_out(), code="birth-date")
    if reference.startswith(_FORMULA):
        raise Refused(
            _(
                "Excel leest een referentie die begint met =, + of @ als een formule. "
                "Begin met een letter of een cijfer, zoals LL-014."
            ),
            code="reads-as-formula",
        )
    if _looks_like_name(reference):
        raise Refused(_("Dit lijkt op een naam.") + " " + _way_out(), code="looks-like-name")
    return reference


def check_free_text(text: str, field: str = "") -> str:
    """The text unchanged. Raises `Refused`, about this field of a form, when it contains a national
    number, or a day next to a word like 'geboren' (other days may well be needed, and so may an
    address to reply to)."""
    if find_national_number(text):
        raise Refused(
            _(
                "In deze tekst staat een rijksregisternummer. Haal het weg: "
                "we bewaren geen gegevens waarmee je een leerling herkent."
            ),
            field,
            code="national-number",
        )
    if _tells_birth(unicodedata.normalize("NFKC", text)):
        raise Refused(
            _(
                "In deze tekst staat een geboortedatum. Haal ze weg: "
                "we bewaren geen gegevens waarmee je een leerling herkent."
            ),
            field,
            code="birth-date",
        )
    return text


def is_heading(text: str) -> bool:
    """Whether this is the name of a column (`Referentie`, `lln-nummer`), which is never a
    reference."""
    words = [_plain(word[0]) for word in _WORD.finditer(text)]
    known = all(word in _SCHOOL_WORDS or word in _HEADINGS for word in words)
    return bool(words) and known and not any(sign.isdecimal() for sign in text)


def reference_key(text: str) -> str:
    """What two spellings of one reference have in common: no case, spaces, dashes or dots.

    Between two digits these do count, all alike: `3-07` is `3 07` and not `30-7`.
    """
    plain = unicodedata.normalize("NFKC", _tidy(text)).casefold()
    plain = re.sub(r"(?<=\d)[\W_]+(?=\d)", "-", plain)
    return re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)", "", plain)


def find_national_number(text: str) -> bool:
    """Whether a valid national or bis number occurs anywhere in the text, however it is separated.

    Eleven digits in a row, or groups of digits that make 11 with up to three other characters
    between them (`93.05.18-223.61`). A telephone number starting with + or 0032 does not count.
    """
    groups = list(re.finditer(r"\d+", unicodedata.normalize("NFKC", text)))
    return any(nn.is_valid(number) or bis.is_valid(number) for number in _eleven_digits(groups))


def _eleven_digits(groups: list[re.Match[str]]) -> Iterator[str]:
    """Each run of adjacent groups of digits that holds exactly 11 digits."""
    for first, group in enumerate(groups):
        if group.string.endswith("+", 0, group.start()) or group[0].startswith("0032"):
            continue
        digits, end = "", group.start()
        for follower in groups[first : first + NATIONAL_NUMBER_DIGITS]:
            between = group.string[end : follower.start()]
            if len(between) > 3 or any(sign.isalpha() for sign in between):
                break
            digits, end = digits + follower[0], follower.end()
            if len(digits) >= NATIONAL_NUMBER_DIGITS:
                break
        if len(digits) == NATIONAL_NUMBER_DIGITS:
            yield "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _way_out() -> str:
    return _(
        "Gebruik een nummer of code die alleen je school kent, zoals LL-014. "
        "Hou zelf bij welke leerling dat is."
    )


def _tidy(text: str) -> str:
    """NFC, without invisible characters, spaces collapsed and trimmed."""
    normal = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if c.isspace() else c for c in normal)
    return " ".join(
        "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf"}).split()
    )


# Mail addresses and dates of birth

_FORMULA = ("=", "+", "@")
_BORN = re.compile(r"°|º|(?<!\w)(?:geboren|geboorte\w*|geb|gebdat\w*|born|birth\w*)(?!\w)", re.I)
BESIDE = 30
_EMAIL = re.compile(r"\S\s?@\s?\S")
# fmt: off
_MONTHS = {
    "jan": 1, "feb": 2, "mrt": 3, "maa": 3, "apr": 4, "mei": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "okt": 10, "nov": 11, "dec": 12,
}
# fmt: on
_BIRTH_DATES = (
    re.compile(r"(?<!\d)(?P<d>\d{1,2})([-/. ])(?P<m>\d{1,2})\2(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})([-/. ])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{2})([-/.])(?P<m>\d{2})\2(?P<y>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{2})([-/.])(?P<m>\d{2})\2(?P<d>\d{2})(?!\d)"),
    re.compile(r"(?<!\w)(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})(?!\w)"),
    re.compile(r"(?<!\w)(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?!\w)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})[-/. ]?(?P<m>{'|'.join(_MONTHS)})[a-z]*[-/. ]*"
        r"(?P<y>\d{4}|\d{2})(?!\d)",
        re.IGNORECASE,
    ),
)


def _holds_birth_date(reference: str) -> bool:
    """Whether it contains a day between 1900 and 2050, with or without separators.

    A two-digit year counts only when day and month have two digits as well: `3-4-12` may be class,
    group and number.
    """
    return any(_is_day(found) for dates in _BIRTH_DATES for found in dates.finditer(reference))


def _tells_birth(text: str) -> bool:
    """Whether a day is written close to a word for being born."""
    return any(
        _is_day(found) and _BORN.search(text[max(0, found.start() - BESIDE) : found.end() + BESIDE])
        for dates in _BIRTH_DATES
        for found in dates.finditer(text)
    )


def _is_day(found: re.Match[str]) -> bool:
    """Whether the parts of a written date make a day on which somebody could have been born."""
    year, month = int(found["y"]), found["m"].lower()
    number = int(month) if month.isdecimal() else _MONTHS[month]
    if year < 100:
        year += 2000
    try:
        return 1900 <= date(year, number, int(found["d"])).year <= 2050
    except ValueError:
        return False


# Names

# fmt: off
_SCHOOL_WORDS = frozenset({
    "ll", "lln", "leerling", "leerlingen", "leerlingnummer", "leerlingnr", "student",
    "studenten", "studentnummer", "cursist", "pupil", "kind", "gezin", "klas", "klasse",
    "klasnr", "klasnummer", "klnr", "groep", "gr", "jaar", "leerjaar", "graad", "nr",
    "nummer", "num", "volgnr", "volgnummer", "ref", "referentie", "kenmerk", "code", "id",
    "dossier", "school", "afdeling", "campus", "vestiging", "wijk", "kleuter", "lager",
    "lagere", "secundair", "basis",
})
# fmt: on
_HEADINGS = frozenset(
    {
        "referenties",
        "codes",
        "nummers",
        "kenmerken",
        "leerlingcode",
        "leerlingencode",
        "naam",
        "stamnummer",
        "stamboeknummer",
        "intern",
        "uniek",
        "van",
        "de",
        "per",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VOWELS = frozenset("aeiouy")


def _looks_like_name(reference: str) -> bool:
    """The rule of this module's docstring."""
    if _UUID.fullmatch(reference):
        return False
    words = [word for word in _WORD.finditer(reference) if _plain(word[0]) not in _SCHOOL_WORDS]
    if not any(sign.isdecimal() for sign in reference):
        return not (len(words) == 1 and _is_short_code(words[0][0]))
    names = [word[0] for word in words if not _follows_digit(word) and _could_be_name(word[0])]
    beside = any(_is_loose(word) for word in words)
    return len(names) > 1 or (len(names) == 1 and (beside or _is_titled(names[0])))


def _is_loose(word: re.Match[str]) -> bool:
    """An initial, particle or abbreviation standing apart: what accompanies a name."""
    apart = not _follows_digit(word) and not word.string[word.end() :][:1].isdecimal()
    return apart and (len(word[0]) <= 2 or (len(word[0]) <= 4 and word[0].isupper()))


def _is_short_code(word: str) -> bool:
    """`AB`, `b` or `KLM` without a vowel, not `An` or `TOM`."""
    if len(word) <= 2:
        return not _is_titled(word) and word.isascii()
    return len(word) == 3 and word.isupper() and not _has_vowel(word)


def _could_be_name(word: str) -> bool:
    """Long enough, pronounceable, and no abbreviation in capitals."""
    return len(word) >= 3 and _has_vowel(word) and not (word.isupper() and len(word) <= 4)


def _is_titled(word: str) -> bool:
    """Starts with a capital and has small letters, as names are written (`Jan`, `d'Hondt`)."""
    return any(part[0].isupper() and not part.isupper() for part in re.split(r"['’]", word))


def _has_vowel(word: str) -> bool:
    """Whether it can be pronounced; always so in scripts without our vowels."""
    plain = _plain(word)
    return not plain.isascii() or not _VOWELS.isdisjoint(plain)


def _plain(word: str) -> str:
    """Lower case, without accents."""
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(c for c in letters if not unicodedata.combining(c))


def _follows_digit(word: re.Match[str]) -> bool:
    return word.string[: word.start()][-1:].isdecimal()
