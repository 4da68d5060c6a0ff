"""Letters to families: one PDF, one A4 page a pupil, made in memory.

The PDF is tagged (PDF/UA-1), with fonts that come with typst, so that it looks the same everywhere.
Codes pass through memory only: no file, and no code in an exception (rule 4). The words are
Dutch at level A2 (docs/ui.md); who knows little Dutch still finds the code, the date and the QR.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import segno
import typst
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

TEMPLATE = Path(__file__).with_suffix(".typ")
QR_MASK = 4  # any mask can be read; a fixed one saves trying all eight

KEPT_COMPILATIONS = 10  # how long typst-py keeps what it made


class LettersFailed(Exception):
    """The PDF could not be made. Says nothing about the letters, since they hold codes."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one family gets.

    `fields`: (label, value) of the code and the other secret fields, exactly as delivered.
    `valid_until`: the last day on which the code works. `instructions`: the provider's own text,
    a step a line. `support_contact`: whom to ask, as it should be read after "Vraag hulp aan:".
    """

    organisation_name: str
    reference: str
    provider_name: str
    start_url: str
    fields: Sequence[tuple[str, str]] = field(repr=False)
    valid_until: date
    instructions: str
    support_contact: str
    request_number: str
    language: str = "nl"


def letters_pdf(letters: Sequence[Letter]) -> bytes:
    """The letters in this order, a page each, as one tagged PDF in the language of the first.

    Raises `LettersFailed` when there is no letter or typst cannot set them.
    """
    if not letters:
        raise LettersFailed("No letters to print.")
    with translation.override(letters[0].language):
        data = {
            "language": letters[0].language,
            "author": letters[0].organisation_name,
            "words": _words(),
            "letters": _letters(letters),
            "codes": {url: _qr(url) for url in {letter.start_url for letter in letters}},
        }
    return _compile(json.dumps(data))


def _words() -> dict[str, str]:
    """The sentences that are the same in every letter."""
    return {
        "document_title": _("Brieven met een code voor gratis internet"),
        "reference": _("Referentie"),
        "to_family": _("Brief voor ouders en leerling"),
        "title": _("Je code voor gratis internet"),
        "greeting": _("Beste ouder, beste leerling"),
        "needed_title": _("Wat heb je nodig?"),
        "needed": _("Een computer, tablet of smartphone met wifi. En deze brief."),
        "until_title": _("Tot wanneer werkt de code?"),
        "free": _("Je betaalt niets."),
        "only_you": _("Deze code is alleen voor jou. Geef de code niet aan iemand anders."),
        "how_title": _("Zo begin je"),
        "scan": _("Scan de QR-code met je smartphone. Of typ dit adres:"),
        "type_exactly": _("Typ alles precies zoals in het kader. Ook de hoofdletters."),
        "done": _("Klaar! Je hebt internet."),
        "keep": _("Bewaar deze brief. Je hebt de code misschien nog eens nodig."),
        "trouble_title": _("Werkt het niet?"),
        "trouble_check": _("Kijk of je alles juist hebt getypt. Probeer het dan nog een keer."),
        "trouble_place": _(
            "Probeer het op een andere plaats, bijvoorbeeld dichter bij het raam. "
            "De wifi werkt niet overal."
        ),
        "home_title": _("Wil je altijd internet thuis?"),
        "home": _(
            "Telenet en Proximus hebben goedkoop internet voor gezinnen met weinig geld. Dat heet "
            "het sociaal internetaanbod. Je betaalt maximaal €\u00a019 per maand. Vraag aan "
            "Telenet, aan Proximus of aan het OCMW of jij dit kan krijgen."
        ),
    }


def _letters(letters: Sequence[Letter]) -> list[dict[str, object]]:
    """The data of each letter; sentences are translated once, not once a letter."""
    sentences = {
        "request": _("Aanvraag %(request)s"),
        "introduction": _(
            "Met de code in deze brief kan je gratis op het internet van %(provider)s. "
            "Zo kan je thuis werken voor school. Je krijgt de code van %(organisation)s."
        ),
        "until": _("Tot en met %(until)s."),
        "open": _("Ga naar de startpagina van %(provider)s."),
        "alt": _("QR-code van %(address)s"),
        "instructions_title": _("Uitleg van %(provider)s"),
        "trouble_ask": _("Vraag hulp aan: %(support)s. Zeg erbij: %(request)s, %(reference)s."),
    }
    return [_data(letter, sentences) for letter in letters]


def _data(letter: Letter, sentences: Mapping[str, str]) -> dict[str, object]:
    """What the template needs of one letter."""
    words = {
        "organisation": letter.organisation_name,
        "provider": letter.provider_name,
        "request": letter.request_number,
        "support": letter.support_contact.strip().removesuffix("."),
        "address": letter.start_url.partition("://")[2].removesuffix("/"),
        "until": date_format(letter.valid_until, "j F Y"),
        "reference": letter.reference,
    }
    return {
        **{name: sentence % words for name, sentence in sentences.items()},
        "organisation": letter.organisation_name,
        "reference": letter.reference,
        "url": letter.start_url,
        "address": words["address"],
        "type_code": _type_code(len(letter.fields)),
        "fields": [{"label": label, "value": value} for label, value in letter.fields],
        "instructions": _steps(letter),
        "roomy": _is_roomy(letter),
    }


def _type_code(fields: int) -> str:
    return _("Typ je code.") if fields == 1 else _("Typ je code en wat er nog in het kader staat.")


def _steps(letter: Letter) -> list[str]:
    """The provider's own text, a step a line."""
    return [line.strip() for line in letter.instructions.splitlines() if line.strip()]


def _is_roomy(letter: Letter) -> bool:
    """Whether it certainly fits on a page at the normal size, so that typst need not measure it."""
    return (
        len(letter.fields) <= 2
        and all(len(value) <= 60 for _label, value in letter.fields)
        and len(letter.organisation_name) <= 60
        and len(letter.support_contact) <= 60
        and len(letter.start_url) <= 60
        and len(_steps(letter)) <= 4
        and all(len(step) <= 70 for step in _steps(letter))
    )


@cache
def _qr(url: str) -> str:
    """The QR code of a start page as SVG. It never holds a pupil's code."""
    picture = io.BytesIO()
    segno.make_qr(url, error="m", mask=QR_MASK).save(
        picture, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None
    )
    return picture.getvalue().decode()


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _fonts(system: bool) -> typst.Fonts:
    """The fonts inside typst, and those of the machine for signs that they lack."""
    return typst.Fonts(include_system_fonts=system)


def _compile(data: str) -> bytes:
    """The PDF: PDF/UA-1, or merely tagged when a sign cannot be shown by the fonts inside typst."""
    attempts: tuple[tuple[bool, Literal["ua-1"] | None], ...] = ((False, "ua-1"), (True, None))
    for system, standard in attempts:
        try:
            return typst.compile(
                _template(),
                font_paths=_fonts(system),
                sys_inputs={"data": data},
                pdf_standards=standard,
            )
        except typst.TypstError:
            continue  # its message quotes the letter
        finally:
            _forget()
    raise LettersFailed("Typst cannot set these letters.")


def _forget() -> None:
    """Make typst let go of the letters.

    It keeps what it made, codes included, for the ten compilations that follow: half a megabyte a
    letter.
    """
    for _turn in range(KEPT_COMPILATIONS + 1):
        typst.compile(b"", font_paths=_fonts(False))
