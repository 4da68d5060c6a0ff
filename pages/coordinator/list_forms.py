"""Filters of the lists of who asks: GET forms, so that a list can be bookmarked."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.models import Organisation
from vouchers.models import Period
from vouchers.states import RequestState


class FilterForm(forms.Form):
    """A filter in the address. Fields without a value do not filter."""

    zoek = forms.CharField(label=gettext_lazy("Zoeken"), required=False, max_length=100)

    def __init__(self, *args: Any, own: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        if len(own) > 1:
            choices = [("", _("Alle organisaties")), *((str(each.pk), str(each)) for each in own)]
            self.fields["organisatie"] = forms.ChoiceField(
                label=_("Organisatie"), choices=choices, required=False
            )

    def value(self, name: str) -> str:
        """What this field filters on; empty when it does not, or when the address is nonsense."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


class RequestFilter(FilterForm):
    """Requests by number or reference, state and period."""

    staat = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    golf = forms.ChoiceField(label=gettext_lazy("Golf"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zoek"].label = _("Nummer of referentie")
        states, periods = self.fields["staat"], self.fields["golf"]
        assert isinstance(states, forms.ChoiceField)
        assert isinstance(periods, forms.ChoiceField)
        states.choices = [("", _("Alle")), *RequestState.choices]
        periods.choices = [
            ("", _("Alle")),
            *Period.objects.latest_first().values_list("slug", "name"),
        ]


class StageFilter(FilterForm):
    """Codes by where they are, by reference and by request."""

    stand = forms.ChoiceField(label=gettext_lazy("Toon"), required=False)
    aanvraag = forms.CharField(label=gettext_lazy("Aanvraag"), required=False, max_length=20)

    def __init__(self, *args: Any, stages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zoek"].label = _("Referentie")
        self.fields["aanvraag"].widget.attrs["placeholder"] = "G1-00012"
        stand = self.fields["stand"]
        assert isinstance(stand, forms.ChoiceField)
        stand.choices = list(stages)
        self.first_stage = stages[0][0]
        if len(stages) == 1:
            del self.fields["stand"]

    def stage(self) -> str:
        """The chosen stage; the first when none was chosen."""
        return self.value("stand") or self.first_stage
