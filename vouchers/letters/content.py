"""What a letter to a family says: the wording, and the facts of one code.

The wording is Dutch at level A2 (docs/ui.md); a reader with little Dutch still finds the code, the
date and the QR code. Tested in `vouchers.letters.tests.test_pdf`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vouchers.models import HandOut


@dataclass(frozen=True, slots=True)
class Letter:
    """What one family gets.

    `fields`: (label, value) of the code and the other secret fields, exactly as delivered.
    `valid_until`: the last day on which the code works. `instructions`: the provider's own text,
    one step per line. `support_contact`: whom to ask, as it reads after "Vraag hulp aan:".
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


def letter_of(hand_out: HandOut, fields: Mapping[str, str]) -> Letter:
    """The letter for a code that was just opened.

    hand_out: with its last day, and with organisation, request and provider loaded. fields: the
    columns of the code as delivered; their names become its labels.
    """
    line, provider = hand_out.line, hand_out.voucher.provider
    return Letter(
        organisation_name=line.organisation.name,
        reference=line.reference,
        provider_name=provider.name,
        start_url=provider.start_url,
        fields=[(name.replace("_", " ").capitalize(), value) for name, value in fields.items()],
        valid_until=vars(hand_out)["last_day"],
        instructions=provider.instructions,
        support_contact=line.organisation.name,
        request_number=line.request.label,
    )


def content_of(letters: Sequence[Letter]) -> dict[str, Any]:
    """Everything the template prints except the QR codes, in the language of the first letter."""
    with translation.override(letters[0].language):
        return {
            "language": letters[0].language,
            "author": letters[0].organisation_name,
            "words": _words(),
            "letters": _letters(letters),
        }


def _words() -> dict[str, str]:
    """The sentences that every letter shares."""
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
    """The data of each letter; sentences are translated once, not once per letter."""
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
    """The provider's own text, one step per line."""
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
