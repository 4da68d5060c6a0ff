"""The filter of what waits for a second person, and why something does not go on.

Tested in `pages.people.tests.test_waiting`.
"""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Q, QuerySet, TextChoices
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import WaitingAct
from accounts.second_person.kinds import titles
from accounts.second_person.models import OPEN
from common.fields import ANY, ChoiceOfAny
from common.filters import Filter


class Stand(TextChoices):
    """What became of an act; derived from its moments."""

    WAITS = "wacht", gettext_lazy("wacht op een tweede")
    LET_GO = "gaat-door", gettext_lazy("gaat door")
    REFUSED = "geweigerd", gettext_lazy("geweigerd")
    WITHDRAWN = "ingetrokken", gettext_lazy("ingetrokken")
    UNDONE = "ongedaan", gettext_lazy("ongedaan gemaakt")


CONDITIONS = {
    Stand.WAITS: OPEN,
    Stand.LET_GO: Q(let_go_at__isnull=False, undone_at=None),
    Stand.REFUSED: Q(refused_at__isnull=False),
    Stand.WITHDRAWN: Q(withdrawn_at__isnull=False),
    Stand.UNDONE: Q(undone_at__isnull=False),
}


def stand_of(act: WaitingAct) -> Stand:
    """What became of one act; agrees with CONDITIONS, which are for many."""
    if act.undone_at:
        return Stand.UNDONE
    if act.let_go_at:
        return Stand.LET_GO
    if act.refused_at:
        return Stand.REFUSED
    return Stand.WITHDRAWN if act.withdrawn_at else Stand.WAITS


class WaitingFilter(Filter[QuerySet[WaitingAct]]):
    EVERYTHING = "alle"
    exact = {"soort": "kind"}
    opens_with = {"stand": Stand.WAITS.value}
    everything = {"stand": EVERYTHING}

    stand = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[*Stand.choices, (EVERYTHING, gettext_lazy("alle"))],
        required=False,
    )
    soort = ChoiceOfAny(gettext_lazy("Soort"), [])

    def __init__(self, address: QueryDict, *, path: str = "") -> None:
        super().__init__(address, path=path)
        kind = self.fields["soort"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", ANY), *titles()]

    def condition(self) -> Q:
        stand = self.values.get("stand")
        return super().condition() & (CONDITIONS[Stand(stand)] if stand else Q())


class WhyNotForm(forms.Form):
    """Why the second person refuses."""

    use_required_attribute = False
    answer = forms.CharField(
        label=gettext_lazy("Waarom niet?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Wie het vroeg, leest dit."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["answer"].error_messages["required"] = _("Dit moet je nog invullen.")
        self.helper = FormHelper()
        self.helper.form_tag = False
