"""Which columns a table should have, under any of the headings that people give them."""

import unicodedata
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SHOWN_HEADINGS = 40
# Columns that a file may well have besides those we want; repeating these words reveals nothing.
USUAL_HEADINGS = (
    "naam", "name", "voornaam", "familienaam", "achternaam", "school", "schoolnummer", "klas",
    "leerling", "email", "mail", "e-mailadres", "telefoon", "adres", "postcode", "gemeente",
    "nummer", "nr", "volgnummer", "id", "status", "staat", "voorraad", "pool", "provider",
    "periode", "wachtwoord", "password", "paswoord", "pin", "pincode", "gebruikersnaam",
    "gebruiker", "username", "login", "datum", "dag", "date", "activatiedatum", "geldig tot",
    "geldig vanaf", "vervaldatum", "code", "voucher", "vouchercode", "serienummer", "opmerking",
    "opmerkingen", "commentaar", "aantal", "type", "omschrijving",
)  # fmt: skip

Headings = Mapping[str, Sequence[str]]


class Wanted:
    """The columns wanted, found by their accepted headings."""

    def __init__(
        self, needed: Headings, optional: Headings, usual: Sequence[str] = USUAL_HEADINGS
    ) -> None:
        self.needed = tuple(needed)
        self._by_heading = {
            _same(heading): column
            for column, headings in {**optional, **needed}.items()
            for heading in (column, *headings)
        }
        self._spelled = {
            _same(heading): heading
            for column, headings in [("", usual), *optional.items(), *needed.items()]
            for heading in (*headings, column)
            if heading
        }
        self._shown = {
            column: next(iter(headings), column)
            for column, headings in {**optional, **needed}.items()
        }

    def column(self, heading: str) -> str | None:
        """The canonical name of the column with this heading, when it is wanted."""
        return self._by_heading.get(_same(heading))

    def shown(self, column: str) -> str:
        """The name of a column as the user sees it: the first of its accepted headings."""
        return self._shown[column]

    def missing(self, columns: Sequence[str], header: Sequence[str]) -> str:
        """The sentence about columns that are missing, with those that were found.

        Without a header the first line is data, perhaps codes: nothing of it is repeated (rule 4).
        """
        filled = [self._spelled.get(_same(cell)) for cell in header if cell.strip()]
        words = {"columns": ", ".join(f"'{self.shown(column)}'" for column in columns)}
        if len(columns) == 1:
            sentence = _("We vinden kolom %(columns)s niet in dit bestand.") % words
        else:
            sentence = _("We vinden de kolommen %(columns)s niet in dit bestand.") % words
        if None in filled:
            advice = _("Begint het bestand met een regel met de namen van de kolommen?")
            sentence = f"{sentence} {advice}"
        known = list(dict.fromkeys(heading for heading in filled if heading))
        if not known:
            return sentence
        return f"{sentence} " + _there(known[:SHOWN_HEADINGS], hidden=filled.count(None))


def _there(known: Sequence[str], *, hidden: int) -> str:
    there = ", ".join(f"'{heading}'" for heading in known)
    if not hidden:
        return _("Deze kolommen staan er wel in: %(there)s.") % {"there": there}
    return ngettext(
        "Deze kolommen staan er wel in: %(there)s, en nog %(n)s kolom die we niet tonen: misschien "
        "is het een code.",
        "Deze kolommen staan er wel in: %(there)s, en nog %(n)s kolommen die we niet tonen: "
        "misschien zijn het codes.",
        hidden,
    ) % {"there": there, "n": hidden}


def _same(heading: str) -> str:
    """A heading as it is compared: ignoring case, accents, spaces, underscores and dashes."""
    letters = unicodedata.normalize("NFKD", heading)
    kept = (c for c in letters if not unicodedata.combining(c) and c not in "_-\ufeff\u200b")
    return "".join("".join(kept).split()).casefold()
