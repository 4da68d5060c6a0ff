"""How a shortage is divided: chosen on the page that shows what it comes to."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from vouchers.actions.hand_out.plan import Plan
from vouchers.states import DivisionRule

WAITING_LIST = "wachtrij"


class PlanForm(forms.Form):
    """A rule and its minimum, in the address; what is not there or nonsense is as by default."""

    regel = forms.ChoiceField(
        choices=DivisionRule.choices, required=False, widget=forms.HiddenInput
    )
    minstens = forms.IntegerField(
        label=gettext_lazy("Eerst elk zoveel codes"), required=False, min_value=0, max_value=9999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )  # fmt: skip
    wie = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict) -> None:
        super().__init__(address)
        self.full_clean()

    def plan(self, checksum: str = "") -> Plan:
        """What this asks; with the checksum of what was seen it is to be done. First come when no
        rule was chosen, and that knows no minimum."""
        rule = self.cleaned_data.get("regel") or DivisionRule.FIRST_COME.value
        minimum = self.cleaned_data.get("minstens") or 0
        return Plan(
            rule=rule,
            minimum=0 if rule == DivisionRule.FIRST_COME else minimum,
            only_queue=self.cleaned_data.get("wie") == WAITING_LIST,
            checksum=checksum,
        )


def fields_of(plan: Plan) -> list[tuple[str, str]]:
    """The fields of the form that ask this plan."""
    asked = [("regel", plan.rule)]
    if plan.minimum:
        asked.append(("minstens", str(plan.minimum)))
    if plan.only_queue:
        asked.append(("wie", WAITING_LIST))
    return asked


def address_of(plan: Plan) -> str:
    """The same as the part of an address after "?"."""
    asked = QueryDict(mutable=True)
    for name, value in fields_of(plan):
        asked[name] = value
    return asked.urlencode()
