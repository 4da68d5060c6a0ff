"""Forms of the watch: find alerts, handle one, set a code apart, look one up, find reveals.

Tested in `pages.ministry.tests.test_alerts`.
"""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy

from common.fields import ChoiceOfAny, DayField, SearchField
from common.filters import Filter
from pages.ministry.forms import Choices, about
from pages.shared.one_column import OneColumn
from vouchers.models import Provider
from vouchers.models.alerts import OPEN, AlertQuerySet
from vouchers.models.hand_outs import RevealQuerySet
from vouchers.states import AlertKind, Channel


class AlertFilter(Filter[AlertQuerySet]):
    """Alerts; it opens with those that wait."""

    WAITING, HANDLED, WITHDRAWN, EVERYTHING = "te-bekijken", "afgehandeld", "niet-meer-zo", "alle"
    STATES: Choices = [
        (WAITING, gettext_lazy("te bekijken")),
        (HANDLED, gettext_lazy("afgehandeld")),
        (WITHDRAWN, gettext_lazy("niet meer zo")),
        (EVERYTHING, gettext_lazy("alle")),
    ]
    IN_STATE = {
        WAITING: OPEN,
        HANDLED: Q(handled_at__isnull=False),
        WITHDRAWN: Q(withdrawn_at__isnull=False),
    }

    opens_with = {"staat": WAITING}
    everything = {"staat": EVERYTHING}
    exact = {"soort": "kind"}

    zoek = SearchField(gettext_lazy("Naam, nummer of bestand"))
    staat = forms.ChoiceField(label=gettext_lazy("Status"), choices=STATES, required=False)
    soort = ChoiceOfAny(gettext_lazy("Soort"), AlertKind.choices)

    def condition(self) -> Q:
        found = super().condition()
        if state := self.values.get("staat"):
            found &= self.IN_STATE[state]
        if text := self.values.get("zoek"):
            named = Q(about__name__icontains=text) | Q(about__email__icontains=text)
            found &= about(text, named | Q(file__name__icontains=text))
        return found


class ReasonForm(forms.Form):
    """A reason, on a page that asks for confirmation."""

    reason = forms.CharField(
        label=gettext_lazy("Waarom?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Zet hier geen code en geen gegevens van een leerling."),
        error_messages={"required": gettext_lazy("Zeg in enkele woorden waarom.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False


class NoteForm(ReasonForm):
    """What somebody did or found out about an alert."""

    reason = forms.CharField(
        label=gettext_lazy("Wat deed je, of wat vond je?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Zet hier geen code en geen gegevens van een leerling."),
        error_messages={"required": gettext_lazy("Schrijf in enkele woorden wat je deed.")},
    )


class NotShownAgain(forms.PasswordInput):
    """Legible while typing; the response never contains what was typed."""

    input_type = "text"


class LookupForm(OneColumn, forms.Form):
    """A code that somebody reads out; what was typed is never shown again."""

    button = gettext_lazy("Opzoeken")
    provider = forms.ModelChoiceField(
        label=gettext_lazy("Van welke provider?"), queryset=Provider.objects.order_by("name")
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=200,
        widget=NotShownAgain(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        help_text=gettext_lazy(
            "De code zelf of de gebruikersnaam, nooit het wachtwoord. We bewaren niet wat je typt."
        ),
    )


class RevealFilter(Filter[RevealQuerySet]):
    """Who saw codes, and when."""

    exact = {"hoe": "channel"}

    dag = DayField(label=gettext_lazy("Dag"), required=False)
    hoe = ChoiceOfAny(gettext_lazy("Hoe"), Channel.choices)

    def found(self, reveals: RevealQuerySet) -> RevealQuerySet:
        """A day is a day in Brussels."""
        reveals = super().found(reveals)
        day = self.values.get("dag")
        return reveals.on_day(day) if day else reveals
