"""What an alert says and what to do next, in the reader's language; the row itself holds numbers
only.

Never a code or a reference: the ministry reads this. Tested in `pages.ministry.tests.test_alerts`.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.days import in_words
from common.formats import as_moment, as_number
from common.state_text import StateText
from vouchers.models import Alert, Voucher
from vouchers.states import AlertKind, RowOutcome

# About who saw codes; each reveal of that person is listed on a page.
REVEALS = {
    AlertKind.SEEN_AGAIN,
    AlertKind.SEEN_AT_NIGHT,
    AlertKind.SEEN_BY_NEWCOMER,
    AlertKind.SEEN_BY_LEAVER,
    AlertKind.SEEN_BY_ADMITTED,
}


class Way(NamedTuple):
    """A page that helps, and what to do there."""

    url: str
    label: str


class Said(NamedTuple):
    """Everything that is said about one kind of alert."""

    title: str
    why: str
    to_do: list[str]


def title(alert: Alert) -> str:
    """What happened, in one line."""
    return _said(alert).title


def why(alert: Alert) -> str:
    """When the portal raises this alert, and what may be behind it."""
    return _said(alert).why


def what_to_do(alert: Alert) -> list[str]:
    """What to do next, one sentence per step."""
    return _said(alert).to_do


def state(alert: Alert) -> StateText:
    """Whether it is still waiting for somebody, as a label."""
    if alert.handled_at:
        return StateText(_("Afgehandeld op {moment}").format(moment=as_moment(alert.handled_at)))
    if alert.withdrawn_at:
        moment = as_moment(alert.withdrawn_at)
        return StateText(_("Niet meer zo sinds {moment}").format(moment=moment))
    return StateText(_("Te bekijken"), "warning")


def ways(alert: Alert) -> list[Way]:
    """Where to look: rows of a file, a person, an organisation, codes, a request."""
    found = []
    if alert.file_id:
        rows = f"?uitkomst={RowOutcome.NOT_HANDED_OUT}#rijen"
        url = reverse("ministry_file", args=[alert.file_id]) + rows
        found.append(Way(url, _("De rijen van het bestand")))
    if alert.about_id and alert.kind in REVEALS:
        url = reverse("ministry_person_reveals", args=[alert.about_id])
        found.append(Way(url, _("Wat {person} bekeek").format(person=alert.about)))
    if alert.about_id:
        url = reverse("ministry_person", args=[alert.about_id])
        found.append(Way(url, str(alert.about)))
    for person in User.objects.filter(pk__in=alert.data.get("by", [])).order_by("name"):
        sentence = _("{person}, die toegang gaf").format(person=person)
        found.append(Way(reverse("ministry_person", args=[person.pk]), sentence))
    if alert.kind == AlertKind.START_PAGE_CHANGED:
        url = reverse("ministry_provider_edit", args=[alert.provider_id])
        found.append(Way(url, _("De provider")))
    if alert.organisation_id:
        url = reverse("ministry_organisation_reveals", args=[alert.organisation_id])
        found.append(Way(url, _("Bekeken codes van deze organisatie")))
    codes = Voucher.objects.filter(pk__in=alert.data.get("vouchers", []))
    for code in codes.select_related("file").defer("secret", "file__content").order_by("pk"):
        found.append(Way(reverse("ministry_code", args=[code.pk]), code.shown_name))
    if alert.request:
        url = reverse("ministry_request", args=[alert.request.pk])
        found.append(Way(url, _("Aanvraag {request}").format(request=alert.request.label)))
    return found


def _said(alert: Alert) -> Said:
    return SAID[AlertKind(alert.kind)](alert)


def _active_with_nobody(alert: Alert) -> Said:
    codes, held = _number(alert, "codes"), _number(alert, "held")
    what = _(
        "De provider meldt in dit bestand codes als in gebruik die wij aan niemand uitreikten."
    )
    kept = ngettext(
        "{n} lag in de voorraad en wordt nu vastgehouden: niemand krijgt die code.",
        "{n} lagen in de voorraad en worden nu vastgehouden: niemand krijgt die codes.",
        held,
    ).format(n=as_number(held))
    return Said(
        title=ngettext(
            "{n} code in gebruik gemeld die niemand heeft",
            "{n} codes in gebruik gemeld die niemand heeft",
            codes,
        ).format(n=as_number(codes)),
        why=f"{what} {kept}" if held else what,
        to_do=[
            _("Vraag de provider of deze codes echt in gebruik zijn."),
            _(
                "Was het een vergissing? Laat de provider het bestand ongedaan maken: dan komen de "
                "codes terug in de voorraad en verdwijnt deze melding."
            ),
            _(
                "Zijn ze echt in gebruik? Dan blijven ze vastgehouden. Zoek uit hoe dat kon voor "
                "je deze melding afhandelt."
            ),
        ],
    )


def _seen_often(alert: Alert) -> Said:
    codes, people = _number(alert, "codes"), _number(alert, "people")
    by_whom = ngettext("{n} persoon", "{n} mensen", people).format(n=as_number(people))
    return Said(
        title=ngettext(
            "{n} code tot {times} keer bekeken, door {people}",
            "{n} codes tot {times} keer bekeken, door {people}",
            codes,
        ).format(n=as_number(codes), times=as_number(_number(alert, "times")), people=by_whom),
        why=_(
            "We melden dit als een code meer dan {times} keer bekeken is, of door meer dan "
            "{people} mensen. Een brief opnieuw afdrukken mag; zo vaak is ongewoon."
        ).format(times=_limit("times"), people=_limit("people")),
        to_do=[
            _("Bel de organisatie en vraag waarom deze codes zo vaak bekeken zijn."),
            _("Is een code in verkeerde handen? Laat ze vervangen."),
        ],
    )


def _seen_again(alert: Alert) -> Said:
    return Said(
        title=_("{person} bekeek {codes} op {days} verschillende dagen").format(
            person=alert.about, codes=_codes(alert), days=_shown(alert, "days")
        ),
        why=_(
            "We melden dit als iemand meer dan {codes} codes op meer dan {days} verschillende "
            "dagen opnieuw bekijkt. Een brief druk je af en geef je mee; daarna heb je hem niet "
            "meer nodig."
        ).format(codes=_limit("codes_of_days"), days=_limit("days")),
        to_do=_ask_the_organisation(alert),
    )


def _seen_at_night(alert: Alert) -> Said:
    night = date.fromisoformat(alert.data["night"])
    return Said(
        title=_("{person} bekeek {codes} in de nacht van {day}").format(
            person=alert.about, codes=_codes(alert), day=in_words(night)
        ),
        why=_(
            "We melden dit als iemand tussen 23 en 5 uur meer dan {n} codes bekijkt. Op dat uur "
            "werkt bijna geen school, gemeente of OCMW."
        ).format(n=_limit("codes_at_night")),
        to_do=_ask_the_organisation(alert),
    )


def _seen_by_newcomer(alert: Alert) -> Said:
    return Said(
        title=_("{person} bekeek {codes} op de eerste dag").format(
            person=alert.about, codes=_codes(alert)
        ),
        why=_(
            "We melden dit als iemand in de eerste 24 uur voor een organisatie, of voor enkele "
            "samen, meer dan {n} codes bekijkt. Vaak is het een collega die komt helpen; het kan "
            "ook iemand zijn die daar niet hoort."
        ).format(n=_limit("codes_of_newcomer")),
        to_do=_ask_the_organisation(alert),
    )


def _seen_by_leaver(alert: Alert) -> Said:
    return Said(
        title=_("{person} bekeek {codes} en werkt er niet meer").format(
            person=alert.about, codes=_codes(alert)
        ),
        why=_(
            "We melden dit als iemand in de laatste {days} dagen voor een organisatie meer dan "
            "{n} codes bekijkt."
        ).format(n=_limit("codes_of_leaver"), days=_limit("days_of_leaver")),
        to_do=_ask_the_organisation(alert),
    )


def _seen_by_admitted(alert: Alert) -> Said:
    return Said(
        title=_("{person} kreeg toegang van het ministerie en bekeek {codes}").format(
            person=alert.about, codes=_codes(alert)
        ),
        why=_(
            "We melden dit als het ministerie iemand toegang gaf tot een organisatie waar al "
            "iemand werkte, en die persoon daar binnen {days} dagen codes bekijkt. Meestal laat "
            "een organisatie haar eigen mensen toe."
        ).format(days=_limit("days_of_admitted")),
        to_do=[
            _("Bel wie daar al werkte, en vraag of deze persoon een collega is."),
            _("Klopt het niet? Blokkeer de account en laat de codes vervangen."),
        ],
    )


def _many_organisations(alert: Alert) -> Said:
    return Said(
        title=_("{person} werkt sinds kort voor {n} organisaties").format(
            person=alert.about, n=_shown(alert, "organisations")
        ),
        why=_(
            "We melden dit als iemand binnen {days} dagen toegang krijgt tot meer dan {n} "
            "organisaties. Dat kan een scholengroep zijn; het kan ook iemand zijn die codes "
            "verzamelt."
        ).format(days=_limit("days_of_organisations"), n=_limit("organisations")),
        to_do=[
            _("Vraag aan wie toegang gaf, waarom deze persoon zo veel organisaties heeft."),
            _("Bel een paar van die organisaties, en vraag of ze deze persoon kennen."),
            _("Klopt het niet? Blokkeer de account en laat de codes vervangen."),
        ],
    )


def _invited_often(alert: Alert) -> Said:
    return Said(
        title=_("{person} nodigde binnen een uur {n} mensen uit").format(
            person=alert.about, n=_shown(alert, "people")
        ),
        why=_(
            "We melden dit als iemand binnen een uur meer dan {n} mensen uitnodigt. Een "
            "uitnodiging is een mail van het portaal: wie er veel verstuurt, kan er ook iets "
            "anders mee willen."
        ).format(n=_limit("invitations_an_hour")),
        to_do=[
            _("Kijk wie uitgenodigd is, en vraag of het klopt."),
            _("Klopt het niet? Blokkeer de account, en de accounts die uitgenodigd zijn."),
        ],
    )


def _start_page_changed(alert: Alert) -> Said:
    return Said(
        title=_("De startpagina van {provider} veranderde naar {address}").format(
            provider=alert.provider, address=alert.data["after"]
        ),
        why=_(
            "Ze was {address}. De startpagina staat als QR-code op elke brief: wie ze verandert, "
            "stuurt gezinnen ergens anders naartoe."
        ).format(address=alert.data["before"]),
        to_do=[
            _("Vraag aan de provider of dit het juiste adres is."),
            _("Klopt het niet? Zet het vorige adres terug en laat de brieven opnieuw afdrukken."),
        ],
    )


def _looked_up_often(alert: Alert) -> Said:
    return Said(
        title=_("{person} zocht op één dag {n} codes op die niet bestaan").format(
            person=alert.about, n=_shown(alert, "codes")
        ),
        why=_(
            "We melden dit als iemand van het ministerie op een dag meer dan {n} codes opzoekt die "
            "niet bestaan, één voor één of met een lijst: zo zou je codes kunnen raden."
        ).format(n=_limit("unknown_codes")),
        to_do=[
            _("Vraag aan deze collega wat er aan de hand was."),
            _("Past het antwoord niet? Blokkeer de account en verwittig je leidinggevende."),
        ],
    )


def _seal_broken(alert: Alert) -> Said:
    return Said(
        title=_("Het logboek klopt niet meer bij zegel {n}").format(n=_shown(alert, "seal")),
        why=_(
            "We melden dit als iets in het logboek gewijzigd, verdwenen of ertussen geschoven is "
            "nadat het verzegeld werd, of als een zegel niet van het portaal is. Zoiets kan alleen "
            "wie rechtstreeks bij de databank kan."
        ),
        to_do=[
            _(
                "Verwittig meteen de beheerder van de server. Wat die nakijkt, staat in de "
                "handleiding voor beheer, onder “Sealed history”."
            ),
            _("Handel deze melding pas af als vaststaat wie wat deed, en wat hersteld is."),
        ],
    )


def _sealing_stopped(alert: Alert) -> Said:
    since = datetime.fromisoformat(alert.data["since"])
    return Said(
        title=_("Het logboek wordt niet meer verzegeld sinds {moment}").format(
            moment=as_moment(since)
        ),
        why=_(
            "We melden dit als iets al langer dan {n} minuten op een zegel wacht. Zolang dat "
            "duurt, valt niet op dat iemand het logboek wijzigt."
        ).format(n=_limit("minutes_unsealed")),
        to_do=[
            _(
                "Verwittig de beheerder van de server: het programma dat verzegelt staat stil, of "
                "iets houdt de databank bezet."
            ),
        ],
    )


def _many_names_tried(alert: Alert) -> Said:
    addresses = _number(alert, "addresses")
    return Said(
        title=ngettext(
            "{times} keer vergeefs aangemeld vanaf {n} adres, met tot {names} namen in een uur",
            "{times} keer vergeefs aangemeld vanaf {n} adressen, met tot {names} namen in een uur",
            addresses,
        ).format(
            times=_shown(alert, "times"), n=as_number(addresses), names=_shown(alert, "names")
        ),
        why=_(
            "We melden dit als vanaf één internetadres in een uur meer dan {n} verschillende "
            "accounts vergeefs geprobeerd worden. Zo probeert iemand veelgebruikte wachtwoorden "
            "uit; heel soms is het een school waar iedereen tegelijk begint."
        ).format(n=_limit("names_of_address")),
        to_do=[
            _("Vraag een beheerder om bij Aanmeldingen te kijken: welk adres, en lukte er iets?"),
            _("Lukte er een aanmelding vanaf dat adres? Blokkeer die account en bel de persoon."),
            _("Laat wie het portaal beheert het adres tegenhouden als het blijft duren."),
        ],
    )


def _account_attacked(alert: Alert) -> Said:
    addresses = _number(alert, "addresses")
    return Said(
        title=ngettext(
            "{times} keer vergeefs aangemeld als {person}, vanaf {n} adres",
            "{times} keer vergeefs aangemeld als {person}, vanaf {n} adressen",
            addresses,
        ).format(times=_shown(alert, "times"), person=alert.about, n=as_number(addresses)),
        why=_(
            "We melden dit als op een dag meer dan {n} keer een verkeerd wachtwoord of een "
            "verkeerde code gegeven wordt voor dezelfde account."
        ).format(n=_limit("failures_of_account")),
        to_do=[
            _("Bel deze persoon en vraag of die het zelf was."),
            _(
                "Niet zelf? Vraag om een ander wachtwoord te kiezen, en een beheerder om bij "
                "Aanmeldingen te kijken of er iets lukte."
            ),
        ],
    )


def _codes(alert: Alert) -> str:
    """So many codes, and of how many organisations when it is about several."""
    codes = _number(alert, "codes")
    shown = ngettext("{n} code", "{n} codes", codes).format(n=as_number(codes))
    if alert.data.get("organisations", 1) == 1:
        return shown
    return _("{codes} van {n} organisaties").format(codes=shown, n=_shown(alert, "organisations"))


def _ask_the_organisation(alert: Alert) -> list[str]:
    return [
        _("Bel de organisatie, liefst een collega van deze persoon, en vraag of het klopt.")
        if alert.organisation_id
        else _("Bel enkele van de organisaties, liefst een collega van deze persoon."),
        _("Klopt het niet? Blokkeer de account en laat de codes vervangen."),
    ]


def _number(alert: Alert, name: str) -> int:
    return int(alert.data[name])


def _shown(alert: Alert, name: str) -> str:
    return as_number(_number(alert, name))


def _limit(name: str) -> str:
    return as_number(settings.WATCH_LIMITS[name])


SAID: dict[AlertKind, Callable[[Alert], Said]] = {
    AlertKind.ACTIVE_WITH_NOBODY: _active_with_nobody,
    AlertKind.SEEN_OFTEN: _seen_often,
    AlertKind.SEEN_AGAIN: _seen_again,
    AlertKind.SEEN_AT_NIGHT: _seen_at_night,
    AlertKind.SEEN_BY_NEWCOMER: _seen_by_newcomer,
    AlertKind.SEEN_BY_LEAVER: _seen_by_leaver,
    AlertKind.SEEN_BY_ADMITTED: _seen_by_admitted,
    AlertKind.MANY_ORGANISATIONS: _many_organisations,
    AlertKind.INVITED_OFTEN: _invited_often,
    AlertKind.LOOKED_UP_OFTEN: _looked_up_often,
    AlertKind.START_PAGE_CHANGED: _start_page_changed,
    AlertKind.MANY_NAMES_TRIED: _many_names_tried,
    AlertKind.ACCOUNT_ATTACKED: _account_attacked,
    AlertKind.SEAL_BROKEN: _seal_broken,
    AlertKind.SEALING_STOPPED: _sealing_stopped,
}
