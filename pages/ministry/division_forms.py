"""How to divide a shortage: chosen on the page that shows the result.

Tested in `pages.ministry.tests.test_divisions`.
"""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from vouchers.actions.hand_out.plan import Plan
from vouchers.states import DivisionRule

WAITING_LIST = "wachtrij"


class PlanForm(forms.Form):
    """A rule and its minimum, from the address; a missing or invalid value means the default."""

    regel = forms.ChoiceField(
        choices=DivisionRule.choices, required=False, widget=forms.HiddenInput
    )
    minstens = forms.IntegerField(
        label=gettext_lazy("Eerst elk zoveel codes"),
        required=False,
        min_value=0,
        max_value=9999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )
    wie = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict) -> None:
        super().__init__(address)
        self.full_clean()

    def plan(self, checksum: str = "") -> Plan:
        """The plan that the form asks for; with the checksum of what was shown it may be carried
        out. Without a rule it is first come, which has no minimum."""
        rule = self.cleaned_data.get("regel") or DivisionRule.FIRST_COME.value
        minimum = self.cleaned_data.get("minstens") or 0
        return Plan(
            rule=rule,
            minimum=0 if rule == DivisionRule.FIRST_COME else minimum,
            only_queue=self.cleaned_data.get("wie") == WAITING_LIST,
            checksum=checksum,
        )


def fields_of(plan: Plan) -> list[tuple[str, str]]:
    """The form fields that ask for this plan."""
    asked = [("regel", plan.rule)] if plan.rule else []
    if plan.minimum:
        asked.append(("minstens", str(plan.minimum)))
    if plan.only_queue:
        asked.append(("wie", WAITING_LIST))
    return asked


def address_of(plan: Plan) -> str:
    """The same as a query string, without the "?"."""
    asked = QueryDict(mutable=True)
    for name, value in fields_of(plan):
        asked[name] = value
    return asked.urlencode()
