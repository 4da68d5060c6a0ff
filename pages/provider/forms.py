"""The provider's forms: report activations, confirm or refuse renewals.

Tested in `pages.provider.tests.test_views`.
"""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.fields import DayField, FileForm
from common.uploads import with_limit


class ActivationFileForm(FileForm):
    """A CSV with activations and the day up to which it is complete.

    The day comes before the file, so that it is not lost when a file that is too large is left
    unread.
    """

    complete_until = DayField(
        label=gettext_lazy("Volledig tot en met (peildatum)"),
        help_text=gettext_lazy(
            "Tot en met welke dag staan alle activaties in dit bestand? Bijvoorbeeld 31/12/2026."
        ),
        error_messages={"required": gettext_lazy("Vul de peildatum in.")},
    )
    file = forms.FileField(
        label=gettext_lazy("CSV-bestand"),
        help_text=with_limit(gettext_lazy("Hoogstens {megabytes} MB.")),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        error_messages={
            "required": gettext_lazy("Kies het bestand met de activaties."),
            "empty": gettext_lazy("Dit bestand is leeg. Kies het bestand met de lijst."),
        },
        allow_empty_file=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.add_input(Submit("send", _("Bestand laden")))


class ConfirmRenewalsForm(forms.Form):
    """On which day the codes were renewed, and until when they are valid now."""

    on = DayField(
        label=gettext_lazy("Verlengd op"),
        help_text=gettext_lazy("De dag waarop jullie de codes verlengden."),
        error_messages={"required": gettext_lazy("Vul de dag in waarop jullie verlengden.")},
    )
    valid_until = DayField(
        label=gettext_lazy("Geldig tot en met"),
        error_messages={"required": gettext_lazy("Vul in tot wanneer de codes nu geldig zijn.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False


class RefuseRenewalsForm(forms.Form):
    """Why the codes cannot be renewed."""

    reason = forms.CharField(
        label=gettext_lazy("Waarom kan het niet?"),
        help_text=gettext_lazy("De school leest dit. Zeg ook wat ze kan doen."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        error_messages={
            "required": gettext_lazy("Zeg waarom, zodat de school weet wat ze kan doen.")
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
